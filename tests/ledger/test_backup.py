"""Backup and restore, tried: copies are made while records are written, and the restored ledger is worked with."""

from __future__ import annotations

import re
import sqlite3
import stat
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from conftest import StartProxy
from sqlalchemy import make_url, select
from support.postgres import postgres_program

from proxy.ledger.backup import back_up, restore
from proxy.ledger.database import connect, ledger_url
from proxy.ledger.ledger import Ledger, LedgerError, new_reference
from proxy.ledger.records import DecisionRecord, EscalationRecord, Turn
from proxy.ledger.schema import metadata

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TEXT = b"Refunds are paid within 14 days."
HASH = f"{14:064x}"
OPERATIONS = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
# As the docs say it, and nothing more.
RESTORE_OPTIONS = re.findall(
    r"^pg_restore (--exit-on-error) (--single-transaction) --dbname=", OPERATIONS, re.MULTILINE
)[0]


@dataclass
class Written:
    """What a running proxy has been told is durable, in order."""

    answers: list[str] = field(default_factory=list)
    cases: list[str] = field(default_factory=list)

    def so_far(self) -> tuple[set[str], set[str]]:
        return set(self.answers), set(self.cases)


@contextmanager
def written_to(ledger: Ledger) -> Iterator[Written]:
    """Records and cases, as fast as they become durable, from a thread of their own."""
    written, enough = Written(), threading.Event()
    ledger.keep("refunds", "refunds.md", HASH, TEXT)

    def write() -> None:
        while not enough.is_set():
            number = len(written.answers)
            ledger.record(decision(f"r{number}"), {"refunds": HASH})
            written.answers.append(f"r{number}")
            ledger.turns.keep(Turn(f"r{number}", "me", NOW, None, [], {"text": "x" * 2000}))
            ref = ledger.escalate(
                EscalationRecord(new_reference(), f"r{number}", f"d{number}", "why", NOW)
            ).ref
            written.cases.append(ref)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield written
    finally:
        enough.set()
        writer.join()


def wait_for(written: Written, more: int) -> None:
    goal = len(written.cases) + more
    pause = threading.Event()
    while len(written.cases) < goal:
        pause.wait(0.01)


def decision(response_id: str) -> DecisionRecord:
    question = "When do I get my money? — “soon”, 今すぐ"
    return DecisionRecord(
        response_id,
        NOW,
        "default",
        "enforce",
        "deliver",
        True,
        "gpt-4o",
        question=question,
        versions={"corpus": "v1"},
    )


def rows_of(url: str) -> dict[str, set[str]]:
    """Every row of every table, as text."""
    engine = connect(ledger_url(url))
    with engine.connect() as connection:
        found = {
            name: {repr(tuple(row)) for row in connection.execute(select(table))}
            for name, table in metadata.tables.items()
        }
    engine.dispose()
    return found


def check_is_whole(restored: str, original: str, answers: set[str], cases: set[str]) -> None:
    """All that was durable before the copy began is there, and nothing that the original does not have."""
    with Ledger.open(restored) as ledger:
        assert answers <= {record.response_id for record in ledger.answers(limit=10**6)}
        assert cases <= {case.ref for case in ledger.escalations(limit=10**6)}
        assert ledger.document_content(HASH) == TEXT == ledger.last_good("refunds.md")
    there, expected = rows_of(restored), rows_of(original)
    assert {name for name, rows in there.items() if not rows <= expected[name]} == set()
    assert len(there["turns"]) >= len(answers) - 1


def check_is_worked_with(restored: str, start_proxy: StartProxy, before: int) -> None:
    """A proxy goes on with it, and what makes rows append-only has come along."""
    proxy = start_proxy(database_url=restored)
    proxy.provider.answers("You must apply before you travel.")
    response = proxy.ask("When must I apply for the bereavement fare?")
    assert response.headers["x-cxai-verified"] == "yes"
    with proxy.ledger() as ledger:
        ledger.ping_writer()
        assert len(ledger.answers(limit=10**6)) == before + 1
        with pytest.raises(Exception, match="append-only"), ledger._engine.begin() as connection:
            connection.exec_driver_sql("UPDATE decisions SET decision = 'deliver'")


def test_a_copy_made_beside_a_running_writer_is_restored_and_worked_with(
    tmp_path: Path, start_proxy: StartProxy
) -> None:
    url = f"sqlite:///{tmp_path / 'cxai.db'}"
    copies = []
    with Ledger.open(url) as ledger, written_to(ledger) as written:
        for number in range(3):
            wait_for(written, 20)
            before = written.so_far()
            file = tmp_path / f"copy-{number}.db"
            copies.append((file, before, back_up(url, file)))
        wait_for(written, 5)
    for number, (file, before, contents) in enumerate(copies):
        restored = f"sqlite:///{tmp_path / f'restored-{number}' / 'cxai.db'}"
        assert restore(file, restored) == contents
        check_is_whole(restored, url, *before)
        assert len(before[0]) <= contents.answers <= len(written.answers)
        assert contents.newest is not None and contents.newest.startswith("2026-03-01 12:00:00")
    check_is_worked_with(restored, start_proxy, contents.answers)


def test_a_copy_is_for_its_owner_only_and_stands_alone(tmp_path: Path) -> None:
    url, copy = f"sqlite:///{tmp_path / 'cxai.db'}", tmp_path / "copies" / "copy.db"
    copy.parent.mkdir()
    with Ledger.open(url) as ledger:
        ledger.record(decision("r1"))
        back_up(url, copy)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert [file.name for file in copy.parent.iterdir()] == ["copy.db"]


def test_what_was_removed_from_the_ledger_is_not_in_a_copy(tmp_path: Path) -> None:
    url, copy = f"sqlite:///{tmp_path / 'cxai.db'}", tmp_path / "copy.db"
    with Ledger.open(url) as ledger:
        ledger.record(decision("secret-id-of-a-removed-answer"))
        ledger.purge(datetime.now(UTC))
        back_up(url, copy)
    assert b"secret-id" not in copy.read_bytes()


def test_a_backup_overwrites_nothing(tmp_path: Path) -> None:
    url, copy = f"sqlite:///{tmp_path / 'cxai.db'}", tmp_path / "copy.db"
    Ledger.open(url).close()
    copy.write_text("precious")
    with pytest.raises(LedgerError, match="exists already; name another file"):
        back_up(url, copy)
    assert copy.read_text() == "precious"


@pytest.mark.parametrize("left", ["cxai.db", "cxai.db-wal", "cxai.db-shm"])
def test_a_restore_replaces_nothing_and_mixes_with_nothing(left: str, tmp_path: Path) -> None:
    """An old write-ahead log beside a new file would be played into it."""
    copy = made_copy(tmp_path)
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / left).write_bytes(b"")
    with pytest.raises(LedgerError, match=f"{left}; stop the proxy and move it away"):
        restore(copy, f"sqlite:///{tmp_path / 'there' / 'cxai.db'}")
    assert [file.name for file in (tmp_path / "there").iterdir()] == [left]


def test_a_damaged_copy_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    copy = made_copy(tmp_path)
    damaged = bytearray(copy.read_bytes())
    damaged[4096 * 3 : 4096 * 9] = b"\xff" * 4096 * 6
    copy.write_bytes(damaged)
    with pytest.raises(LedgerError, match=r"damaged|malformed"):
        restore(copy, f"sqlite:///{tmp_path / 'there' / 'cxai.db'}")
    assert list((tmp_path / "there").iterdir()) == []


def test_what_is_no_ledger_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE decisions (id INTEGER)")
    url = f"sqlite:///{tmp_path / 'there' / 'cxai.db'}"
    with pytest.raises(LedgerError, match="no ledger of the proxy"):
        restore(other, url)
    other.write_text("not a database, though it is long enough to be taken for one " * 20)
    with pytest.raises(LedgerError, match="file is not a database"):
        restore(other, url)
    with pytest.raises(LedgerError, match="there is no file"):
        restore(tmp_path / "nowhere.db", url)
    with pytest.raises(LedgerError, match="there is no ledger"):
        back_up(url, tmp_path / "copy.db")


def test_a_full_or_missing_place_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'cxai.db'}"
    Ledger.open(url).close()
    with pytest.raises(LedgerError, match="could not be copied"):
        back_up(url, tmp_path / "no such folder" / "copy.db")


def test_postgresql_is_told_of_its_own_tools(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match=r"use pg_dump and pg_restore") as refused:
        back_up("postgresql://cxai:secret@db/cxai", tmp_path / "copy.db")
    assert "secret" not in str(refused.value)


def made_copy(folder: Path) -> Path:
    url, copy = f"sqlite:///{folder / 'source.db'}", folder / "copy.db"
    with Ledger.open(url) as ledger:
        for number in range(50):
            ledger.record(decision(f"r{number}"))
        back_up(url, copy)
    return copy


def test_a_dump_of_postgresql_made_beside_a_running_writer_is_restored_and_worked_with(
    postgres_url: str, tmp_path: Path, start_proxy: StartProxy
) -> None:
    """As docs/operations.md says it; the schema stands for the database that a company has for this."""
    dump = tmp_path / "cxai.dump"
    with Ledger.open(postgres_url) as ledger, written_to(ledger) as written:
        wait_for(written, 20)
        before = written.so_far()
        run_postgres(
            "pg_dump",
            postgres_url,
            "--format=custom",
            f"--schema={schema_of(postgres_url)}",
            f"--file={dump}",
        )
        wait_for(written, 5)
    original = rows_of(postgres_url)
    with moved_away(postgres_url) as aside:
        run_postgres("pg_restore", postgres_url, *RESTORE_OPTIONS, str(dump))
        check_is_whole(postgres_url, aside, *before)
        assert original == rows_of(aside)
        check_is_worked_with(postgres_url, start_proxy, len(rows_of(postgres_url)["decisions"]))


def schema_of(url: str) -> str:
    return str(make_url(url).query["options"]).partition("search_path=")[2]


def plain(url: str) -> str:
    return make_url(url).set(drivername="postgresql", query={}).render_as_string(hide_password=False)


def run_postgres(program: str, url: str, *arguments: str) -> None:
    command = [postgres_program(program), f"--dbname={plain(url)}", *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr


@contextmanager
def moved_away(url: str) -> Iterator[str]:
    """The schema under another name, as if it had been lost; the URL under which it can still be read."""
    schema = schema_of(url)
    with psycopg.connect(plain(url), autocommit=True) as connection:
        connection.execute(f"ALTER SCHEMA {schema} RENAME TO {schema}_lost".encode())
        try:
            yield url.replace(schema, f"{schema}_lost")
        finally:
            with suppress(psycopg.errors.InvalidSchemaName):
                connection.execute(f"DROP SCHEMA {schema}_lost CASCADE".encode())
