"""The one error that leaves the ledger, and how a database's own errors are put into words."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

_SQLITE = {
    "SQLITE_FULL": (
        "the disk or the database's size limit is full",
        "free space or move the file to a larger disk",
    ),
    "SQLITE_BUSY": (
        "another process held the database locked for too long",
        "look for a backup or a shell that keeps a transaction open on it; several replicas need PostgreSQL",
    ),
    "SQLITE_CANTOPEN": (
        "the file cannot be opened",
        "check that its folder exists and that this user may write there",
    ),
    "SQLITE_READONLY": ("the file is read-only", "give this user the right to write the file and its folder"),
    "SQLITE_NOTADB": ("the file is not an SQLite database", "name another file, or restore it from a backup"),
    "SQLITE_CORRUPT": (
        "the file is damaged",
        "restore it from a backup (docs/operations.md#backup-and-restore)",
    ),
    "SQLITE_IOERR": (
        "the disk reports an error",
        "check the disk and its file system (the system log says more)",
    ),
}
_POSTGRESQL = {
    "53100": ("the server's disk is full", "free space on the database server"),
    "53300": ("the server has no connection left", "raise max_connections or run fewer workers"),
    "55P03": (
        "another transaction held a lock for too long",
        "look for long transactions in pg_stat_activity",
    ),
    "42501": ("this user lacks a right", "GRANT it the rights on the ledger's schema"),
    "25006": ("the server is read-only", "point the URL at the primary server"),
}
_SCHEMA = ("the ledger's tables are missing or old", "run `cxai db upgrade`")


class LedgerError(Exception):
    """The ledger could not read or write: the message says what, where, and the way out.

    After this error nothing counts as recorded.
    """


def explain(error: Exception, where: str) -> LedgerError:
    """Put a database error into words; ``where`` names the database without its password."""
    if isinstance(error, LedgerError):
        return error
    what, way_out = _diagnosis(error)
    return LedgerError(f"ledger {where}: {what}; {way_out} ({_first_line(error)})")


def is_unavailable(error: Exception) -> bool:
    """Whether the database itself is in trouble, so that trying the next record would fail as well."""
    if not isinstance(error, DBAPIError):
        return False
    if isinstance(error.orig, sqlite3.Error):
        return _sqlite_name(error) in _SQLITE
    sqlstate = getattr(error.orig, "sqlstate", None)
    return error.connection_invalidated or sqlstate is None or sqlstate[:2] in {"08", "53", "57", "58"}


def is_passing(error: DBAPIError) -> bool:
    """Whether the same write is likely to succeed at once: a cut connection, or a deadlock that the server broke."""
    return error.connection_invalidated or str(getattr(error.orig, "sqlstate", None))[:2] == "40"


def _diagnosis(error: Exception) -> tuple[str, str]:
    if not isinstance(error, DBAPIError):
        unknown = (
            "it could not be used"
            if isinstance(error, SQLAlchemyError | OSError)
            else "a record cannot be stored"
        )
        return unknown, "the reason stands in brackets"
    name = _sqlite_name(error)
    if name is not None:
        missing = "no such table" in str(error.orig) or "no such column" in str(error.orig)
        fallback = ("SQLite refused", "the reason stands in brackets")
        return _SCHEMA if missing else _SQLITE.get(name, fallback)
    sqlstate = getattr(error.orig, "sqlstate", None)
    if sqlstate is None or error.connection_invalidated or sqlstate[:2] in {"08", "57"}:
        return (
            "the server cannot be reached",
            "check that it runs and that the URL's host, port, name and user are right",
        )
    if sqlstate in {"42P01", "42703"}:
        return _SCHEMA
    return _POSTGRESQL.get(
        sqlstate, (f"PostgreSQL refused (SQLSTATE {sqlstate})", "the reason stands in brackets")
    )


def _sqlite_name(error: DBAPIError) -> str | None:
    """SQLite's primary result code: ``SQLITE_IOERR`` for ``SQLITE_IOERR_WRITE``."""
    name = getattr(error.orig, "sqlite_errorname", None)
    return "_".join(name.split("_")[:2]) if name else None


def _first_line(error: Exception) -> str:
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    return (str(cause).strip() or type(cause).__name__).splitlines()[0]
