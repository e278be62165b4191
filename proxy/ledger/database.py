"""Opens the database, SQLite (WAL, every commit on disk) or PostgreSQL, set up for a ledger."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, Insert, Row, Select, Table, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError

from proxy.ledger.errors import LedgerError
from proxy.owned_file import make_for_owner

Read = Callable[[Select[Any]], Sequence[Row[Any]]]  # what ``Ledger`` reads with, for those who ask

BUSY_TIMEOUT_S = 5
CONNECT_TIMEOUT_S = 5
NETWORK_TIMEOUT_S = 10
WRITES = "cxai_writes"  # execution option of connections that write: SQLite then begins with the write lock

_SQLITE_SETTINGS = ("synchronous=FULL", "foreign_keys=ON", "secure_delete=ON")
# A server whose default is synchronous_commit=off would lose the last records in a crash.
_POSTGRESQL_SETTINGS = f"""
SELECT set_config('TimeZone', 'UTC', false), set_config('lock_timeout', '{BUSY_TIMEOUT_S}s', false),
       CASE WHEN current_setting('synchronous_commit') = 'off'
            THEN set_config('synchronous_commit', 'on', false) END
"""


def ledger_url(text: str) -> URL:
    """Read a ledger URL: ``sqlite:///relative.db``, ``sqlite:////absolute.db`` or ``postgresql://user@host/name``."""
    try:
        url = make_url(text)
    except ArgumentError:
        raise LedgerError(
            f"{text!r} is no database URL; write sqlite:///cxai.db or postgresql://..."
        ) from None
    backend = url.get_backend_name()
    if backend in {"postgresql", "postgres"}:
        return url.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise LedgerError(f"ledger {place(url)}: only sqlite:/// and postgresql:// can hold a ledger")
    if url.database in {None, "", ":memory:"}:
        raise LedgerError("a ledger in memory would be lost with the process; name a file: sqlite:///cxai.db")
    return url


def place(url: URL) -> str:
    """The database as messages name it: the URL without its password."""
    return url.render_as_string(hide_password=True)


def sqlite_file(url: URL) -> Path | None:
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


def connect(url: URL) -> Engine:
    """An engine for this URL; nothing is opened before the first use, except that SQLite's folder is made."""
    file = sqlite_file(url)
    serializer = partial(json.dumps, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    if file is None:
        return _postgresql(url, serializer)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LedgerError(
            f"ledger {place(url)}: cannot make its folder {file.parent} ({error.strerror})"
        ) from error
    engine = create_engine(
        url,
        json_serializer=serializer,
        connect_args={"timeout": BUSY_TIMEOUT_S},
        hide_parameters=True,  # errors and debug logs would quote customers
    )
    event.listen(engine, "do_connect", lambda *_: make_for_owner(file))
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _postgresql(url: URL, serializer: Any) -> Engine:
    wanted: dict[str, Any] = {
        "connect_timeout": CONNECT_TIMEOUT_S,
        "tcp_user_timeout": NETWORK_TIMEOUT_S * 1000,
        "keepalives_idle": NETWORK_TIMEOUT_S,
        "application_name": "cxai-ledger",
    }
    chosen = {name: value for name, value in wanted.items() if name not in url.query}
    engine = create_engine(
        url,
        json_serializer=serializer,
        connect_args=chosen,
        isolation_level="READ COMMITTED",
        pool_pre_ping=True,
        hide_parameters=True,
    )
    event.listen(engine, "connect", _set_up_postgresql)
    return engine


def _set_up_sqlite(connection: sqlite3.Connection, _: Any) -> None:
    connection.isolation_level = None  # transactions begin in _begin_sqlite; the driver's own come too late
    for setting in _SQLITE_SETTINGS:
        connection.execute(f"PRAGMA {setting}")
    _use_wal(connection, give_up_at=time.monotonic() + BUSY_TIMEOUT_S)


def _use_wal(connection: sqlite3.Connection, give_up_at: float) -> None:
    """Turn the write-ahead log on, for good. Switching does not wait for locks, so it is tried again."""
    while True:
        try:
            if connection.execute("PRAGMA journal_mode=WAL").fetchone()[0] == "wal":
                return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > give_up_at:
                raise
        else:
            raise LedgerError("this SQLite file cannot have a write-ahead log; put it on a local disk")
        time.sleep(0.01)


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _set_up_postgresql(connection: Any, _: Any) -> None:
    connection.execute(_POSTGRESQL_SETTINGS)
    connection.commit()


def insert_new(connection: Connection, table: Table) -> Insert:
    """An INSERT that leaves a row alone whose key is there already."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    return insert(table).on_conflict_do_nothing()


def inode_of(file: Path | None) -> tuple[int, int] | None:
    """Device and inode of a file; None where there is none: a file that was replaced has others."""
    if file is None:
        return None
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
