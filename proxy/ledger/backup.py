"""Copies of an SQLite ledger: made while it is written to, looked through, and put in place whole or not at all.

PostgreSQL brings its own tools for this, which docs/operations.md names.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from proxy.ledger.database import ledger_url, place, sqlite_file
from proxy.ledger.errors import LedgerError
from proxy.ledger.migrations import VERSION_TABLE

BESIDE = (
    "-wal",
    "-shm",
)  # SQLite's files beside a database; an old one would spoil a new database of its name


@dataclass(frozen=True, slots=True)
class Contents:
    """What a copy holds; ``newest`` is when its newest answer was recorded, in UTC, None without one."""

    revision: str
    answers: int
    escalations: int
    newest: str | None


def back_up(url: str, copy: Path) -> Contents:
    """Copy the ledger as it is at one moment, beside a proxy that writes to it; the file is for this user only.

    Raises LedgerError where there is no SQLite ledger, ``copy`` exists, or the copy is not whole.
    """
    ledger = _file(url)
    if not ledger.is_file():
        raise LedgerError(f"there is no ledger at {ledger}")
    if copy.exists():
        raise LedgerError(f"{copy} exists already; name another file, backups are not overwritten")
    return _copy(ledger, copy)


def restore(copy: Path, url: str) -> Contents:
    """Put a copy in the place of a ledger that is gone.

    Raises LedgerError where the place is taken, also by what SQLite left beside a file, or the copy is no whole ledger.
    """
    ledger = _file(url)
    if not copy.is_file():
        raise LedgerError(f"there is no file {copy}")
    taken = [str(file) for file in (ledger, *(Path(f"{ledger}{end}") for end in BESIDE)) if file.exists()]
    if taken:
        raise LedgerError(
            f"there is something already where the ledger belongs: {', '.join(taken)}; "
            "stop the proxy and move it away, then restore"
        )
    ledger.parent.mkdir(parents=True, exist_ok=True)
    return _copy(copy, ledger)


def _file(url: str) -> Path:
    parsed = ledger_url(url)
    file = sqlite_file(parsed)
    if file is None:
        raise LedgerError(
            f"{place(parsed)} is PostgreSQL: use pg_dump and pg_restore (docs/operations.md#backup-and-restore)"
        )
    return file


def _copy(source: Path, target: Path) -> Contents:
    unfinished = None
    try:
        # mkstemp's file is for its owner only: a ledger holds what customers have said.
        handle, name = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
        os.close(handle)
        unfinished = Path(name)
        with closing(sqlite3.connect(source, isolation_level=None)) as connection:
            connection.execute("VACUUM INTO ?", (name,))
        contents = _looked_through(unfinished)
        _force_to_disk(unfinished)
        unfinished.rename(target)
        _force_to_disk(target.parent)
    except (OSError, sqlite3.Error) as error:
        raise LedgerError(f"{source} could not be copied to {target}: {error}") from error
    finally:
        if unfinished is not None:
            unfinished.unlink(missing_ok=True)
    return contents


def _looked_through(file: Path) -> Contents:
    """What is in a copy, every page of which has been read. Raises LedgerError where it is no ledger."""
    with closing(sqlite3.connect(file)) as connection:
        (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        if found != "ok":
            raise LedgerError(f"the copy is damaged: {found}")
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        if not {VERSION_TABLE, "decisions", "escalations"} <= tables:
            raise LedgerError("this is an SQLite file, but no ledger of the proxy")
        (revision,) = connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone()
        answers, newest = connection.execute("SELECT count(*), max(created_at) FROM decisions").fetchone()
        (escalations,) = connection.execute("SELECT count(*) FROM escalations").fetchone()
    return Contents(revision, answers, escalations, newest)


def _force_to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
