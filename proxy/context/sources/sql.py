"""One row of a database, by a query with ``:customer_id``.

It is only read: SQLite and PostgreSQL see to it themselves, for other databases a user that may only read has to.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from proxy.context.sources.source import Asked, Found, SourceError, Surroundings
from proxy.context.sources.threads import MOST, Threads
from proxy.rules.context_options import Origin, SourceOptions, SqlOptions, Variable
from proxy.rules.mistakes import suggestion

_STEPS_BETWEEN_LOOKS = 10_000  # of SQLite's machine: a millisecond or so


class SqlSource:
    """The engine is made when it is first asked, so that a database that is away does not stop the proxy."""

    def __init__(
        self, options: SqlOptions, origins: Mapping[str, Origin], surroundings: Surroundings
    ) -> None:
        self._query = text(options.query)
        self._database = options.database
        self._timeout_s = options.timeout.total_seconds()
        self._origins = origins
        self._environment = surroundings.environment
        self._threads = Threads(options.name)
        self._opening = threading.Lock()
        self._engine: Engine | None = None

    async def read(self, asked: Asked) -> Mapping[str, Found]:
        row = await self._threads.run(lambda: self._row(asked.customer_id))
        return {} if row is None else {fact: _found(row, fact, of) for fact, of in self._origins.items()}

    async def close(self) -> None:
        self._threads.close()
        if self._engine is not None:
            self._engine.dispose()

    def _url(self) -> URL:
        place = self._database
        if isinstance(place, str):
            return make_url(place)
        return _url_in(place, self._environment)

    def _opened(self) -> Engine:
        with self._opening:
            if self._engine is None:
                self._engine = _engine(self._url(), self._timeout_s)
            return self._engine

    def _row(self, customer_id: str) -> Mapping[str, Any] | None:
        engine = self._opened()
        try:
            with engine.connect() as connection:
                if connection.dialect.name == "sqlite":
                    _limit(connection.connection.driver_connection, self._timeout_s)
                found = connection.execute(self._query, {"customer_id": customer_id}).mappings().first()
                return None if found is None else dict(found)
        except (SQLAlchemyError, OSError) as error:
            cause = getattr(error, "orig", None) or error
            raise SourceError(f"cannot be read: {type(cause).__name__}") from None


def open_sql(options: SourceOptions, origins: Mapping[str, Origin], surroundings: Surroundings) -> SqlSource:
    assert isinstance(options, SqlOptions)
    return SqlSource(options, origins, surroundings)


def _url_in(place: Variable, environment: Mapping[str, str]) -> URL:
    written = environment.get(place.env, "").strip()
    if not written:
        raise SourceError(f"needs its database: the environment variable {place.env} is not set")
    try:
        return make_url(written)
    except ArgumentError:
        raise SourceError(
            f"needs its database: what stands in {place.env} is no database's address"
        ) from None


def _engine(url: URL, timeout_s: float) -> Engine:
    """Raises SourceError where the database's driver is not installed."""
    arguments: dict[str, Any] = {}
    backend = url.get_backend_name()
    if backend == "sqlite":
        _expect_file(url)
        arguments = {"timeout": timeout_s, "check_same_thread": False}
    elif backend == "postgresql":
        if url.drivername == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
        given = url.query.get("options", "")
        limits = f"{given} -c statement_timeout={timeout_s * 1000:.0f}ms -c default_transaction_read_only=on"
        arguments = {
            "connect_timeout": max(2, round(timeout_s)),
            "tcp_user_timeout": round(timeout_s * 1000),
            "options": limits,
        }
    try:
        engine = create_engine(
            url,
            connect_args=arguments,
            pool_size=MOST,
            max_overflow=0,
            pool_pre_ping=True,
            hide_parameters=True,
        )
    except (ImportError, SQLAlchemyError):
        raise SourceError(f"needs the driver of {url.drivername}, which is not installed") from None
    if backend == "sqlite":
        event.listen(engine, "connect", _only_read)
    return engine


def _expect_file(url: URL) -> None:
    """SQLite would make an empty database of a misspelt name."""
    named = url.database or ""
    if named not in ("", ":memory:") and not named.startswith("file:") and not Path(named).exists():
        raise SourceError("cannot be read: there is no such database file")


def _only_read(connection: sqlite3.Connection, _: Any) -> None:
    connection.execute("PRAGMA query_only=ON")


def _limit(connection: Any, timeout_s: float) -> None:
    """SQLite looks at the clock while it works, and stops itself."""
    until = time.monotonic() + timeout_s
    connection.set_progress_handler(lambda: time.monotonic() > until, _STEPS_BETWEEN_LOOKS)


def _found(row: Mapping[str, Any], fact: str, origin: Origin) -> Found:
    for column in (origin.value or fact, origin.true_at):
        if column is not None and column not in row:
            return Found(problem=f'is in no column "{column}" of the query{suggestion(column, list(row))}')
    return Found(row[origin.value or fact], row[origin.true_at] if origin.true_at else None)
