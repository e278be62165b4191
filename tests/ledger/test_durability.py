"""Durable before the call returns: what was recorded is there after a kill, and what was not is said."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import event, text

from proxy.ledger.database import connect
from proxy.ledger.database import ledger_url as parsed
from proxy.ledger.ledger import Ledger, LedgerError
from proxy.ledger.records import DecisionRecord

REPOSITORY = Path(__file__).parents[2]

ESCALATE_THEN_WAIT = """
import sys, time
from datetime import UTC, datetime
from proxy.ledger.ledger import Ledger, new_reference
from proxy.ledger.records import EscalationRecord
ledger = Ledger.open(sys.argv[1])
while True:
    ref = new_reference()
    ledger.escalate(EscalationRecord(ref, "r", ref, "why", datetime.now(UTC)))
    print(ref, flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


def record(response_id: str, question: str = "") -> DecisionRecord:
    now = datetime.now(UTC)
    return DecisionRecord(
        response_id, now, "default", "enforce", "deliver", True, "gpt-4o", question=question
    )


def test_an_escalation_survives_a_kill_right_after_it(ledger_url: str) -> None:
    for _ in range(3):
        command = [sys.executable, "-c", ESCALATE_THEN_WAIT, ledger_url]
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY
        )
        assert process.stdout is not None
        ref = process.stdout.readline().strip()
        process.send_signal(signal.SIGKILL)
        process.communicate()
        with Ledger.open(ledger_url) as ledger:
            assert ledger.escalation(ref) is not None


def test_every_commit_is_forced_to_the_disk(file: Path) -> None:
    """SQLite's numbers: synchronous 2 is FULL. WAL with NORMAL would lose the last commits in a power cut."""
    engine = connect(parsed(f"sqlite:///{file}"))
    with engine.connect() as connection:
        settings = [
            connection.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]
    engine.dispose()
    assert settings == ["wal", 2, 1, 5000]


def test_a_server_that_would_not_wait_for_its_disk_is_told_to(postgres_url: str) -> None:
    careless = f"{postgres_url}%20-csynchronous_commit%3Doff"
    engine = connect(parsed(careless))
    with engine.connect() as connection:
        assert connection.execute(text("SHOW synchronous_commit")).scalar_one() == "on"
    engine.dispose()


def test_a_file_removed_under_the_running_process_is_noticed(file: Path) -> None:
    with Ledger.open(f"sqlite:///{file}") as ledger:
        ledger.record(record("r1"))
        file.unlink()
        with pytest.raises(LedgerError, match="the file has been removed or replaced"):
            ledger.record(record("r2"))
        with pytest.raises(LedgerError, match="the file has been removed or replaced"):
            ledger.ping()


def test_a_full_disk_is_said_and_nothing_counts_as_recorded(file: Path) -> None:
    with Ledger.open(f"sqlite:///{file}") as ledger:
        ledger.record(record("r1"))
        # The same error that a full disk gives, SQLITE_FULL, from SQLite's own limit on a file's size.
        event.listen(ledger._engine.pool, "checkout", _limit_size)
        with pytest.raises(LedgerError, match="disk or the database's size limit is full; free space"):
            ledger.record(record("r2", question="x" * 1_000_000))
        assert ledger.answer("r1") is not None
        assert ledger.answer("r2") is None


def _limit_size(connection: sqlite3.Connection, *_: object) -> None:
    connection.execute("PRAGMA max_page_count=50")


def test_a_database_locked_for_too_long_is_said_once_for_all_that_wait(file: Path) -> None:
    with Ledger.open(f"sqlite:///{file}") as ledger:
        ledger._engine.pool.dispose()
        event.listen(ledger._engine.pool, "checkout", _hurry)
        backup = sqlite3.connect(file, isolation_level=None)
        backup.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        waiting = [ledger.submit(record(f"r{n}")) for n in range(20)]
        for future in waiting:
            with pytest.raises(LedgerError, match="another process held the database locked"):
                future.result()
        assert time.monotonic() - began < 2
        backup.execute("ROLLBACK")
        backup.close()
        ledger.record(record("after"))


def _hurry(connection: sqlite3.Connection, *_: object) -> None:
    connection.execute("PRAGMA busy_timeout=200")


def test_a_short_lock_is_waited_for(file: Path) -> None:
    with Ledger.open(f"sqlite:///{file}") as ledger:
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        future = ledger.submit(record("r1"))
        time.sleep(0.3)
        assert not future.done()
        other.execute("ROLLBACK")
        other.close()
        future.result(timeout=5)


def test_a_connection_cut_by_the_server_is_opened_again(postgres_url: str) -> None:
    with Ledger.open(postgres_url) as ledger:
        ledger.record(record("r1"))
        engine = connect(parsed(postgres_url))
        with engine.connect() as connection:
            cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'cxai-ledger'"
            connection.execute(text(f"{cut} AND pid <> pg_backend_pid()"))
        engine.dispose()
        ledger.record(record("r2"))
        assert {found.response_id for found in ledger.answers()} == {"r1", "r2"}


def test_a_live_copy_made_as_the_docs_say_is_a_whole_ledger(file: Path, tmp_path: Path) -> None:
    copy = tmp_path / "backup.db"
    with Ledger.open(f"sqlite:///{file}") as ledger:
        ledger.record(record("r1"))
        with sqlite3.connect(file) as source:
            source.execute("VACUUM INTO ?", (str(copy),))
        source.close()
    with Ledger.open(f"sqlite:///{copy}") as restored:
        assert restored.answer("r1") is not None


def test_what_retention_removed_cannot_be_read_from_the_file(file: Path) -> None:
    with Ledger.open(f"sqlite:///{file}") as ledger:
        ledger.record(record("r1", question="my secret is xyzzy"))
        ledger.purge(datetime.now(UTC))
    assert not any(b"xyzzy" in left.read_bytes() for left in file.parent.iterdir())


def test_the_folder_of_a_new_ledger_is_made(tmp_path: Path) -> None:
    folder = tmp_path / "var" / "lib"
    Ledger.open(f"sqlite:///{folder / 'ledger.db'}").close()
    assert (folder / "ledger.db").exists()
