"""Brings a database's tables to what this version expects, safely beside running workers and other upgrades.

Running workers keep working because migrations only add: a release that stops using a column comes before the
one that drops it (docs/operations.md#upgrades-without-downtime; tests/ledger/test_rolling_upgrades.py holds every
migration to it). So this release also works on the tables of a newer one, as long as what it needs is there. Two
upgrades at once wait for each other (PostgreSQL: an advisory lock; SQLite: the write lock). Alembic is loaded only
where there is something to migrate: most starts find the tables as they need them.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import Connection, Engine, inspect, text

from proxy.ledger.database import WRITES, connect, ledger_url, place
from proxy.ledger.errors import LedgerError, explain
from proxy.ledger.migrations import fresh
from proxy.ledger.newer_tables import lacking

if TYPE_CHECKING:
    from alembic.config import Config

VERSION_TABLE = "cxai_ledger_version"
_LOCK = 0x63786169_00000001  # "cxai", 1
_ALEMBIC_IS_GLOBAL = Lock()  # ``alembic.context`` is one per process
_WAIT_FOR_OTHER_UPGRADE_S = 300
_log = structlog.get_logger(__name__)


def upgrade(url: str) -> str:
    """Upgrade the database to ``expected_revision()`` and return its revision; a second time does nothing.

    Nor does the first, where a newer release was here: that one's revision is returned. Raises LedgerError when the
    database cannot be reached, or a newer release has taken away what this one needs.
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


def expected_revision() -> str:
    """The revision this version of the code works with."""
    return _own_revisions()[-1]


def engine_revision(engine: Engine, where: str) -> str | None:
    try:
        with engine.connect() as connection:
            return revision_at(connection)
    except Exception as error:
        raise explain(error, where) from error


def usable_revision(engine: Engine, where: str) -> str:
    """The database's revision. Raises LedgerError unless this release can read and write its tables."""
    found, expected = engine_revision(engine, where), expected_revision()
    if found == expected:
        return found
    if found is None or found in _own_revisions():
        raise LedgerError(
            f"ledger {where}: its tables are at revision {found}, this version needs {expected}; "
            "run `cxai db upgrade` with the newest release in use"
        )
    try:
        with engine.connect() as connection:
            missing = lacking(connection)
    except Exception as error:
        raise explain(error, where) from error
    if missing:
        raise LedgerError(
            f"ledger {where}: a newer release has upgraded it past {expected}, to {found}, and this version cannot "
            f"work with its tables any more ({', '.join(missing)}); run that release here too"
        )
    return found


def upgrade_engine(engine: Engine, where: str) -> str:
    """As ``upgrade``, for an engine that is there."""
    expected = expected_revision()
    found = engine_revision(engine, where)
    if found is None and engine.dialect.name == "sqlite":
        found = _make(engine, where)
    if found is None or (found != expected and found in _own_revisions()):
        _migrate(engine, where)
    usable = usable_revision(engine, where)
    if usable != expected:
        _log.warning("ledger of a newer release", found=usable, expected=expected)
    return usable


def _make(engine: Engine, where: str) -> str:
    try:
        with engine.execution_options(**{WRITES: True}).begin() as connection:
            return revision_at(connection) or fresh.make(connection, VERSION_TABLE)
    except Exception as error:
        raise explain(error, where) from error


def migrate(connection: Connection) -> None:
    """Run the migrations that the database lacks, in the connection's transaction."""
    from alembic import command

    with _ALEMBIC_IS_GLOBAL:
        command.upgrade(_config(connection), "head")


def _migrate(engine: Engine, where: str) -> None:
    from alembic.util import CommandError

    try:
        with engine.execution_options(**{WRITES: True}).begin() as connection:
            _wait_for_other_upgrades(connection)
            migrate(connection)
    except CommandError:
        return  # a newer release was quicker, and Alembic does not know its revision: the tables are looked at next
    except Exception as error:
        raise explain(error, where) from error


@cache
def _own_revisions() -> tuple[str, ...]:
    """This release's revisions, the oldest first, by their files' names; any other is a newer release's."""
    files = (Path(__file__).parent / "versions").glob("r*.py")
    return tuple(sorted(file.name.partition("_")[0] for file in files))


def revision_at(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    found: str | None = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()
    return found


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
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
