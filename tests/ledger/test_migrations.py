"""Migrations: they make exactly the tables the code expects, once, however many upgrade at a time."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from proxy.ledger.database import WRITES, connect
from proxy.ledger.database import ledger_url as parsed
from proxy.ledger.ledger import Ledger, LedgerError
from proxy.ledger.migrations import VERSION_TABLE, current_revision, expected_revision, upgrade
from proxy.ledger.records import DecisionRecord
from proxy.ledger.schema import APPEND_ONLY, metadata

REPOSITORY = Path(__file__).parents[2]


def change(url: str, statement: str) -> None:
    engine = connect(parsed(url))
    with engine.execution_options(**{WRITES: True}).begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_migrations_make_the_tables_that_the_code_describes(tableless_url: str) -> None:
    upgrade(tableless_url)
    engine = connect(parsed(tableless_url))
    with engine.connect() as connection:
        opts = {"compare_type": True, "compare_server_default": True, "version_table": VERSION_TABLE}
        differences = compare_metadata(MigrationContext.configure(connection, opts=opts), metadata)
        assert set(inspect(connection).get_table_names()) == {*metadata.tables, VERSION_TABLE}
    engine.dispose()
    assert differences == []


def test_upgrading_twice_is_upgrading_once(tableless_url: str) -> None:
    assert current_revision(tableless_url) is None
    assert upgrade(tableless_url) == expected_revision() == current_revision(tableless_url)
    assert upgrade(tableless_url) == expected_revision()


def test_an_upgrade_keeps_what_is_recorded(open_ledger: Callable[..., Ledger], ledger_url: str) -> None:
    ledger = open_ledger()
    ledger.record(record("r1"))
    upgrade(ledger_url)
    assert ledger.answer("r1") is not None


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_every_append_only_table_has_its_guard(table: str, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    upgrade(url)
    engine = connect(parsed(url))
    with engine.connect() as connection:
        guards = connection.execute(
            text("SELECT tbl_name FROM sqlite_master WHERE type = 'trigger'")
        ).scalars()
        assert table in set(guards)
    engine.dispose()


def test_threads_that_upgrade_at_once_all_succeed(tableless_url: str) -> None:
    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(upgrade, [tableless_url] * 6)) == {expected_revision()}


def test_processes_that_upgrade_at_once_all_succeed(tableless_url: str) -> None:
    code = "import sys; from proxy.ledger.migrations import upgrade; print(upgrade(sys.argv[1]))"
    command = [sys.executable, "-c", code, tableless_url]
    upgrades = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=REPOSITORY)
        for _ in range(4)
    ]
    ended = [(*process.communicate(timeout=60), process.returncode) for process in upgrades]
    assert ended == [(f"{expected_revision()}\n", "", 0)] * 4


def test_replicas_that_start_at_once_on_an_empty_database_all_record(tableless_url: str) -> None:
    def start(replica: int) -> None:
        with Ledger.open(tableless_url) as ledger:
            ledger.record(record(f"r{replica}"))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(start, range(6)))
    with Ledger.open(tableless_url) as ledger:
        assert len(ledger.answers()) == 6


def test_a_database_that_a_newer_release_has_made_unusable_is_not_touched(tableless_url: str) -> None:
    upgrade(tableless_url)
    change(tableless_url, f"UPDATE {VERSION_TABLE} SET version_num = 'r9999'")
    change(tableless_url, "ALTER TABLE decisions DROP COLUMN question")
    with pytest.raises(LedgerError, match="a newer release has upgraded it"):
        upgrade(tableless_url)
    with pytest.raises(LedgerError, match="a newer release has upgraded it"):
        Ledger.open(tableless_url)
    assert current_revision(tableless_url) == "r9999"


def test_a_ledger_told_not_to_upgrade_names_the_command(tableless_url: str) -> None:
    with pytest.raises(LedgerError, match=r"revision None, this version needs r.*run `cxai db upgrade`"):
        Ledger.open(tableless_url, upgrade=False)
    upgrade(tableless_url)
    Ledger.open(tableless_url, upgrade=False).close()


def record(response_id: str) -> DecisionRecord:
    return DecisionRecord(response_id, datetime.now(UTC), "default", "enforce", "deliver", True, "gpt-4o")
