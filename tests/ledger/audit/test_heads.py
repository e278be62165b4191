"""Exported heads: they show a tail that was cut and a chain that was rewritten, and cannot be forged."""

from __future__ import annotations

import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import delete
from support.audit_rows import a_bit_of_everything

from proxy.ledger.audit.finding import Wrong
from proxy.ledger.audit.heads import append, public_text, read_heads, signed, signing_key
from proxy.ledger.audit.keeping import Keeper, export_head
from proxy.ledger.audit.options import AuditFiles, AuditOptions
from proxy.ledger.audit.sealed import SEALED
from proxy.ledger.database import WRITES
from proxy.ledger.ledger import Ledger, LedgerError
from proxy.ledger.schema import audit_batches, audit_entries, audit_pending, audit_salts


@pytest.fixture
def files(tmp_path: Path) -> AuditFiles:
    return AuditFiles(tmp_path / "audit")


def exported(ledger: Ledger, files: AuditFiles, *numbers: int) -> None:
    for number in numbers:
        a_bit_of_everything(ledger, number)
        ledger.audit.seal()
        export_head(ledger.audit, files)


def wrong_heads(ledger: Ledger, files: AuditFiles) -> list[str]:
    found = ledger.audit.verify(read_heads(files.heads), {public_text(signing_key(files.key))})
    return [one.text for one in found.findings if one.wrong is Wrong.HEAD]


def cut_off(ledger: Ledger, after: int) -> None:
    """The batches after this one go, as if they had never been."""
    with ledger._engine.execution_options(**{WRITES: True}).begin() as connection:
        gone = audit_entries.c.batch > after
        seqs = [row.seq for row in connection.execute(audit_entries.select().where(gone))]
        connection.execute(delete(audit_salts).where(audit_salts.c.seq.in_(seqs)))
        connection.execute(delete(audit_entries).where(gone))
        connection.execute(delete(audit_batches).where(audit_batches.c.number > after))


def test_a_log_that_goes_on_agrees_with_all_its_heads(ledger: Ledger, files: AuditFiles) -> None:
    exported(ledger, files, 1, 2, 3)
    assert len(list(read_heads(files.heads))) == 3
    assert wrong_heads(ledger, files) == []


def test_a_tail_that_was_cut_off_shows(ledger: Ledger, files: AuditFiles) -> None:
    exported(ledger, files, 1, 2)
    cut_off(ledger, after=1)
    (text,) = wrong_heads(ledger, files)
    assert "batch 2 was sealed, and the log ends with batch 1" in text


def test_a_log_that_was_rewritten_shows(ledger: Ledger, files: AuditFiles) -> None:
    """The last batch is sealed again with other salts: without the heads it would be a good log."""
    exported(ledger, files, 1, 2)
    with ledger._engine.execution_options(**{WRITES: True}).begin() as connection:
        rows = connection.execute(audit_salts.select().where(audit_salts.c.seq > len(SEALED) - 1)).all()
        queue = [{"table_name": row.table_name, "row_key": row.row_key} for row in rows]
    cut_off(ledger, after=1)
    with ledger._engine.execution_options(**{WRITES: True}).begin() as connection:
        connection.execute(audit_pending.insert(), queue)
    ledger.audit.seal()
    assert ledger.audit.verify().findings == []
    (text,) = wrong_heads(ledger, files)
    assert "it was rewritten" in text


def test_a_forged_head_is_not_believed(ledger: Ledger, files: AuditFiles, tmp_path: Path) -> None:
    exported(ledger, files, 1)
    whole = files.heads.read_text()
    files.heads.write_text(whole.replace('"batch":1', '"batch":2'))
    assert "signature is not good" in wrong_heads(ledger, files)[0]
    stranger = signing_key(tmp_path / "other.pem")
    files.heads.write_bytes(signed(ledger.audit.head(), stranger) + b"\n")
    assert "not trusted" in wrong_heads(ledger, files)[0]


def test_a_head_is_exported_once(ledger: Ledger, files: AuditFiles) -> None:
    assert export_head(ledger.audit, files) is None
    exported(ledger, files, 1)
    export_head(ledger.audit, files)
    assert len(list(read_heads(files.heads))) == 1


def test_a_line_that_was_cut_short_spoils_no_other(ledger: Ledger, files: AuditFiles) -> None:
    exported(ledger, files, 1)
    with files.heads.open("a") as heads:
        heads.write('{"batch":2,"ent')
    exported(ledger, files, 2)
    read = list(read_heads(files.heads))
    assert [one.authentic for one in read] == [True, False, True]


def test_the_key_is_for_its_owner_alone_and_made_once(files: AuditFiles) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: public_text(signing_key(files.key)), range(8)))
    assert len(keys) == 1
    assert stat.S_IMODE(files.key.stat().st_mode) == 0o600
    assert list(files.key.parent.iterdir()) == [files.key]


@pytest.mark.parametrize(
    "content", [b"", b"not a key", b"-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n"]
)
def test_what_is_no_key_is_told(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    file.write_bytes(content)
    with pytest.raises(LedgerError, match=r"key\.pem"):
        signing_key(file)


def test_processes_that_export_at_once_write_whole_lines(ledger: Ledger, files: AuditFiles) -> None:
    exported(ledger, files, 1)
    key = signing_key(files.key)
    head = ledger.audit.head()
    lines = [signed(type(head)(n, head.hash, head.entries, head.sealed_at), key) for n in range(2, 30)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda line: append(files.heads, line), lines))
    assert sorted(one.batch for one in read_heads(files.heads)) == list(range(1, 30))


def test_a_keeper_seals_exports_and_bears_a_folder_that_it_cannot_write(
    ledger: Ledger, tmp_path: Path, open_ledger: Callable[..., Ledger]
) -> None:
    a_bit_of_everything(ledger, 1)
    options = AuditOptions()
    good = AuditFiles(tmp_path / "audit")
    Keeper(ledger.audit, options, good).tick()
    assert [one.batch for one in read_heads(good.heads)] == [1]
    (tmp_path / "file").write_text("")
    a_bit_of_everything(ledger, 2)
    Keeper(ledger.audit, options, AuditFiles(tmp_path / "file")).tick()
    assert ledger.audit.head().batch == 2
