"""Brings a database's tables to what this version expects, safely beside running workers and other upgrades.

Running workers keep working because migrations only add: a release that stops using a column comes before the
one that drops it. Two upgrades at once wait for each other (PostgreSQL: an advisory lock; SQLite: the write
lock).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from threading import Lock

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, text

from proxy.ledger.database import WRITES, connect, ledger_url, place
from proxy.ledger.errors import LedgerError, explain

VERSION_TABLE = "cxai_ledger_version"
_LOCK = 0x63786169_00000001  # "cxai", 1
_ALEMBIC_IS_GLOBAL = Lock()  # ``alembic.context`` is one per process
_WAIT_FOR_OTHER_UPGRADE_S = 300


def upgrade(url: str) -> str:
    """Upgrade the database to ``expected_revision()`` and return it; a second time does nothing.

    Raises LedgerError when the database cannot be reached or belongs to a newer release.
    """
    parsed = ledger_url(url)
    engine = connect(parsed)
    try:
        return upgrade_engine(engine, place(parsed))
    finally:
        engine.dispose()


def current_revision(url: str) -> str | None:
    """The database's revision; None before its first upgrade. Raises LedgerError if it cannot be read."""
    parsed = ledger_url(url)
    engine = connect(parsed)
    try:
        return engine_revision(engine, place(parsed))
    finally:
        engine.dispose()


@cache
def expected_revision() -> str:
    """The revision this version of the code works with."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None, "there is at least one migration"
    return head


def engine_revision(engine: Engine, where: str) -> str | None:
    try:
        with engine.connect() as connection:
            return _revision(connection)
    except Exception as error:
        raise explain(error, where) from error


def upgrade_engine(engine: Engine, where: str) -> str:
    expected = expected_revision()
    if engine_revision(engine, where) == expected:
        return expected
    try:
        with engine.execution_options(**{WRITES: True}).begin() as connection:
            _wait_for_other_upgrades(connection)
            with _ALEMBIC_IS_GLOBAL:
                command.upgrade(_config(connection), "head")
    except CommandError as error:
        raise LedgerError(
            f"ledger {where}: a newer release has upgraded it past {expected}; run that one here too ({error})"
        ) from error
    except Exception as error:
        raise explain(error, where) from error
    return expected


def _revision(connection: Connection) -> str | None:
    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
    return context.get_current_revision()


def _wait_for_other_upgrades(connection: Connection) -> None:
    """SQLite's transaction holds the only write lock already; PostgreSQL's takes one that ends with it."""
    if connection.dialect.name != "postgresql":
        return
    own = connection.execute(text("SHOW lock_timeout")).scalar_one()
    set_timeout = text("SELECT set_config('lock_timeout', :timeout, true)")
    connection.execute(set_timeout, {"timeout": f"{_WAIT_FOR_OTHER_UPGRADE_S}s"})
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    # From here on briefly: a migration that waits for a table holds up every worker that comes after it.
    connection.execute(set_timeout, {"timeout": own})


def _config(connection: Connection | None = None) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
