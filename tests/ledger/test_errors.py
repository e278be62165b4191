"""A ledger that cannot be used says what is wrong, where, and what to do; never a password."""

from __future__ import annotations

import os
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from proxy.ledger.database import WRITES, connect
from proxy.ledger.database import ledger_url as parsed
from proxy.ledger.ledger import Ledger, LedgerError
from proxy.ledger.migrations import VERSION_TABLE, current_revision


def test_a_folder_is_not_a_database(tmp_path: Path) -> None:
    with pytest.raises(
        LedgerError, match=f"sqlite:///{tmp_path}: the file cannot be opened; check that its folder"
    ):
        Ledger.open(f"sqlite:///{tmp_path}")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LedgerError, match=f"cannot make its folder {tmp_path / 'file' / 'below'}"):
        Ledger.open(f"sqlite:///{tmp_path / 'file' / 'below' / 'ledger.db'}")


def test_another_file_is_not_overwritten(tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear customer, " * 100)
    with pytest.raises(LedgerError, match="the file is not an SQLite database; name another file"):
        Ledger.open(f"sqlite:///{letter}")
    assert letter.read_text().startswith("Dear customer, ")


def test_a_damaged_file_points_to_the_backup(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    Ledger.open(f"sqlite:///{file}").close()
    content = bytearray(file.read_bytes())
    content[100:8192] = os.urandom(8092)
    file.write_bytes(content)
    with pytest.raises(LedgerError, match="damaged; restore it from a backup"):
        Ledger.open(f"sqlite:///{file}")


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_ledger_in_memory_is_refused(url: str) -> None:
    with pytest.raises(LedgerError, match="in memory would be lost"):
        Ledger.open(url)


def test_what_is_no_url_is_explained() -> None:
    with pytest.raises(LedgerError, match=r"'ledger\.db' is no database URL; write sqlite:///"):
        Ledger.open("ledger.db")


def test_another_kind_of_database_is_refused() -> None:
    with pytest.raises(LedgerError, match="only sqlite:/// and postgresql://"):
        Ledger.open("mysql://user:hunter2@localhost/cxai")


def test_an_unknown_level_of_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="store_text 'some' is unknown; choose full, masked or none"):
        Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}", store_text="some")


def test_a_server_that_does_not_answer_is_named_without_its_password() -> None:
    with socket.socket() as nobody_listens:
        nobody_listens.bind(("127.0.0.1", 0))
        port = nobody_listens.getsockname()[1]
        with pytest.raises(LedgerError) as error:
            Ledger.open(f"postgresql://cxai:hunter2@127.0.0.1:{port}/cxai")
    assert "the server cannot be reached; check that it runs" in str(error.value)
    assert f"127.0.0.1:{port}/cxai" in str(error.value)
    assert "hunter2" not in str(error.value)


def test_a_database_that_does_not_exist_is_named(postgres_server: str) -> None:
    missing = make_url(postgres_server).set(database="nowhere").render_as_string(hide_password=False)
    with pytest.raises(LedgerError, match='database "nowhere" does not exist'):
        Ledger.open(missing)


def test_a_missing_table_names_the_command(ledger: Ledger, ledger_url: str) -> None:
    engine = connect(parsed(ledger_url))
    with engine.execution_options(**{WRITES: True}).begin() as connection:
        cascade = " CASCADE" if engine.dialect.name == "postgresql" else ""
        connection.execute(text(f"DROP TABLE decisions{cascade}"))
        connection.execute(text(f"DELETE FROM {VERSION_TABLE}"))
    engine.dispose()
    with pytest.raises(LedgerError, match="run `cxai db upgrade`"):
        ledger.answers()
    with pytest.raises(LedgerError, match="run `cxai db upgrade`"):
        ledger.ping()


@pytest.mark.parametrize("url", ["postgres://cxai@localhost/x", "postgresql://cxai@localhost/x"])
def test_the_usual_spellings_of_a_postgresql_url_mean_the_same(url: str) -> None:
    assert parsed(url).drivername == "postgresql+psycopg"


def test_asking_for_the_revision_of_a_broken_file_explains_it(tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear customer, " * 100)
    with pytest.raises(LedgerError, match="not an SQLite database"):
        current_revision(f"sqlite:///{file}")


def test_a_file_that_another_program_made_is_left_as_it_is(tmp_path: Path) -> None:
    """Ours are added beside its tables; its own rows stay."""
    file = tmp_path / "other.db"
    other = sqlite3.connect(file)
    other.execute("CREATE TABLE theirs (x)")
    other.execute("INSERT INTO theirs VALUES (1)")
    other.commit()
    other.close()
    Ledger.open(f"sqlite:///{file}").close()
    assert sqlite3.connect(file).execute("SELECT x FROM theirs").fetchall() == [(1,)]


def test_a_locked_ledger_can_be_read_and_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proxy.ledger.database.BUSY_TIMEOUT_S", 0.1)
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    with Ledger.open(url) as ledger, closing(sqlite3.connect(tmp_path / "ledger.db")) as another:
        ledger.ping_writer()
        another.execute("BEGIN IMMEDIATE")
        ledger.ping()
        with pytest.raises(LedgerError, match="another process held the database locked"):
            ledger.ping_writer()
        with pytest.raises(LedgerError, match="another process held the database locked"):
            Ledger.open(url)
        Ledger.open(url, upgrade=False).close()


def test_a_server_that_only_reads_is_found_out_before_the_first_record(postgres_url: str) -> None:
    Ledger.open(postgres_url).close()
    reads_only = make_url(postgres_url).update_query_dict({"options": "-c default_transaction_read_only=on"})
    with pytest.raises(LedgerError, match="the server is read-only; point the URL at the primary server"):
        Ledger.open(reads_only.render_as_string(hide_password=False))


def test_asking_whether_records_can_be_written_leaves_none(tmp_path: Path) -> None:
    with Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}") as ledger:
        ledger.ping_writer()
        assert ledger.answers() == []
