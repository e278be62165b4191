"""``python -m proxy.demo``: the guard at work, with no key, no network and no model."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from types import FrameType

from proxy.demo.run import demo_console, run_demo
from proxy.loopback import StartError


def main() -> int:
    """The exit status: 0; 1 when a conversation ended other than expected; 2 when the demo could not start."""
    parser = argparse.ArgumentParser(prog="python -m proxy.demo", description=__doc__)
    parser.add_argument(
        "--once", action="store_true", help="end after the table (as ONCE=1 in the environment)"
    )
    once = parser.parse_args().once or os.environ.get("ONCE", "") not in ("", "0")
    signal.signal(signal.SIGTERM, _interrupt)
    console = demo_console()
    try:
        return run_demo(console, once=once)
    except StartError as error:
        console.print(str(error), style="red", markup=False)
        return 2
    except KeyboardInterrupt:
        return 130


def _interrupt(signum: int, frame: FrameType | None) -> None:
    """SIGTERM ends the demo as Ctrl-C does: the proxy is stopped and the data removed."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
