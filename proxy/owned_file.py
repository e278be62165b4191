"""Files that only their owner may read, from their first byte on."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

OWNER_ONLY = 0o600


def make_for_owner(file: Path) -> None:
    """Make an empty file where there is none yet, whatever the umask; one that is there stays as it is.

    SQLite makes its own files readable for all. It takes an empty file for a new database, and gives what it makes
    beside one (``-wal``, ``-shm``, ``-journal``) the same mode. Where this fails SQLite does too, and says why.
    """
    with suppress(OSError):
        if not file.exists():
            file.touch(OWNER_ONLY)
