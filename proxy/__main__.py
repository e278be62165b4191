"""``python -m proxy`` is ``cxai``."""

from proxy.cli import main

main()
