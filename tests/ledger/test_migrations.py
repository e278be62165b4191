"""Migrations: they make exactly the tables the code expects, once, however many upgrade at a time."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect, text

from proxy.ledger.database import WRITES, connect
from proxy.ledger.database import ledger_url as parsed
from proxy.ledger.desk.outbox import Target
from proxy.ledger.ledger import Ledger, LedgerError
from proxy.ledger.migrations import (
    VERSION_TABLE,
    _config,
    current_revision,
    expected_revision,
    fresh,
    migrate,
    upgrade,
)
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


@pytest.fixture
def migrated() -> Engine:
    """An empty SQLite database that went through each migration."""
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        migrate(connection)
    return engine


def test_a_new_sqlite_ledger_is_what_the_migrations_make(migrated: Engine, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    upgrade(url)
    new = connect(parsed(url))
    with new.connect() as made, migrated.connect() as connection:
        assert fresh.statements(made) == fresh.statements(connection), "run scripts/fresh-ledger"
        for table in metadata.tables:
            assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar() == 0, table
        assert fresh.FILE.read_text(encoding="utf-8") == fresh.written(connection, expected_revision())
    new.dispose()


def test_a_new_sqlite_ledger_gets_the_migrations_that_came_after_its_file(
    migrated: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = create_engine("sqlite://")
    with older.begin() as connection:
        command.upgrade(_config(connection), "r0012")
        (tmp_path / "fresh.sql").write_text(fresh.written(connection, "r0012"))
    monkeypatch.setattr(fresh, "FILE", tmp_path / "fresh.sql")
    url = f"sqlite:///{tmp_path / 'new.db'}"
    assert upgrade(url) == current_revision(url) == expected_revision()
    new = connect(parsed(url))
    with new.connect() as made, migrated.connect() as connection:
        assert sorted(fresh.statements(made)) == sorted(fresh.statements(connection))
    new.dispose()


def test_the_revision_that_the_code_works_with_is_the_last_migration() -> None:
    assert expected_revision() == ScriptDirectory.from_config(_config()).get_current_head()


def test_a_ledger_that_needs_no_migration_is_opened_without_alembic(tmp_path: Path) -> None:
    code = (
        "import sys; from proxy.ledger.ledger import Ledger\n"
        "for _ in 'new', 'there already': Ledger.open(sys.argv[1]).close()\n"
        "print('alembic' in sys.modules)"
    )
    started = [sys.executable, "-c", code, f"sqlite:///{tmp_path / 'ledger.db'}"]
    ran = subprocess.run(started, capture_output=True, text=True, check=True, cwd=REPOSITORY)
    assert ran.stdout == "False\n"


def test_upgrading_twice_is_upgrading_once(tableless_url: str) -> None:
    assert current_revision(tableless_url) is None
    assert upgrade(tableless_url) == expected_revision() == current_revision(tableless_url)
    assert upgrade(tableless_url) == expected_revision()


def test_an_upgrade_keeps_what_is_recorded(open_ledger: Callable[..., Ledger], ledger_url: str) -> None:
    ledger = open_ledger()
    ledger.record(record("r1"))
    upgrade(ledger_url)
    assert ledger.answer("r1") is not None


def test_what_had_drifted_before_others_were_told_of_it_is_told_to_nobody(tableless_url: str) -> None:
    engine = connect(parsed(tableless_url))
    with engine.execution_options(**{WRITES: True}).begin() as connection:
        command.upgrade(_config(connection), "r0025")
        connection.execute(
            text("INSERT INTO drift_looks VALUES ('default', '2026-11-29', :at, :found)"),
            [{"at": "2026-11-29 12:00:00", "found": '{"alarm": [{"name": "language"}]}'}],
        )
    engine.dispose()
    upgrade(tableless_url)
    with Ledger.open(tableless_url) as ledger:
        assert ledger.drift_alarms.hand_out([Target("ops", frozenset())], datetime.now(UTC)) == 0
        assert ledger.drift_alarms.take("ops", datetime.now(UTC)) == []


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
