"""Sealing: what is written is sealed once, in order, by one replica at a time, and by rule it goes again."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from support.audit_rows import a_bit_of_everything
from support.cases import moved
from support.customers import answer

from proxy.ledger.audit import verifying
from proxy.ledger.audit.sealed import SEALED
from proxy.ledger.audit.sealing import LARGEST_BATCH, prepare, sealing
from proxy.ledger.ledger import Ledger
from proxy.ledger.schema import audit_batches, audit_entries, audit_pending, audit_salts

NOW = datetime.now(UTC)


def count(ledger: Ledger, table: object) -> int:
    with ledger._reading() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()  # type: ignore[arg-type]


def test_all_that_is_written_is_sealed_once(ledger: Ledger) -> None:
    a_bit_of_everything(ledger)
    waiting = count(ledger, audit_pending)
    assert waiting == len(SEALED) - 1  # nothing was removed
    assert ledger.audit.seal() == waiting
    assert ledger.audit.seal() == 0
    assert count(ledger, audit_entries) == count(ledger, audit_salts) == waiting
    assert count(ledger, audit_pending) == 0
    found = ledger.audit.verify()
    assert (found.findings, found.rows, found.batches) == ([], waiting, 1)


def test_more_than_a_batch_is_sealed_in_several(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "_AT_ONCE", 2)  # batches that are read at a time
    for future in [ledger.submit(answer(f"r{n}")) for n in range(2 * LARGEST_BATCH + 3)]:
        future.result()
    assert ledger.audit.seal() == 2 * LARGEST_BATCH + 3
    assert count(ledger, audit_batches) == 3
    found = ledger.audit.verify()
    assert (found.findings, found.batches, found.entries) == ([], 3, 2 * LARGEST_BATCH + 3)


def test_replicas_that_seal_at_once_seal_each_row_once(
    ledger: Ledger, open_ledger: Callable[..., Ledger]
) -> None:
    replicas = [ledger, open_ledger(), open_ledger()]
    for number in range(300):
        ledger.submit(answer(f"r{number}"))
    ledger.ping_writer()
    with ThreadPoolExecutor(3) as pool:
        sealed = sum(pool.map(lambda one: one.audit.seal(), replicas))
    sealed += ledger.audit.seal()
    assert sealed == count(ledger, audit_entries) == 300
    assert ledger.audit.verify().findings == []


def test_what_was_prepared_behind_another_head_is_not_written(
    ledger: Ledger, open_ledger: Callable[..., Ledger]
) -> None:
    ledger.record(answer("r1"))
    with ledger._reading() as connection:
        prepared = prepare(connection)
    assert prepared is not None
    assert open_ledger().audit.seal() == 1
    assert ledger._writer.submit(sealing(prepared)).result() == 0
    assert ledger.audit.verify().findings == []


def test_a_row_that_is_erased_while_it_is_sealed_is_not_missing(
    ledger: Ledger, open_ledger: Callable[..., Ledger]
) -> None:
    ledger.record(answer("r1"))
    with ledger._reading() as connection:
        prepared = prepare(connection)
    assert prepared is not None
    open_ledger().customers.erase("default", "c-4711")
    assert ledger._writer.submit(sealing(prepared)).result() == 0
    assert ledger.audit.seal() == 1
    assert ledger.audit.verify().findings == []


def test_an_erased_customer_is_removed_by_rule_and_not_missing(ledger: Ledger) -> None:
    a_bit_of_everything(ledger)
    ledger.audit.seal()
    ledger.customers.erase("default", "c-4711")
    before = ledger.audit.verify()
    assert before.findings == []
    # decision, case, its two events, contact, promise; the answer's review in four rows; failure and event
    assert before.removed == {"erasure": 12}
    assert ledger.audit.seal() == 15  # the notes; decision, failure and event, blank
    assert ledger.audit.verify().findings == []


def test_what_an_erased_customer_was_called_is_nowhere_in_the_log(ledger: Ledger) -> None:
    a_bit_of_everything(ledger)
    ledger.audit.seal()
    ledger.customers.erase("default", "c-4711")
    ledger.audit.seal()
    with ledger._reading() as connection:
        kept = "".join(
            str(row)
            for table in (audit_entries, audit_salts, audit_pending, audit_batches)
            for row in connection.execute(select(table))
        )
    for told in ("c-4711", "'r1'", "CX-1", "PR-1"):
        assert told not in kept


def test_what_retention_removes_is_removed_by_rule(ledger: Ledger) -> None:
    a_bit_of_everything(ledger, 1)
    a_bit_of_everything(ledger, 2)
    moved(ledger, "CX-1", "closed", by="ana")
    ledger.keep("refunds", "refunds-1.md", f"{9:064x}", b"Refunds take 9 days.")
    ledger.audit.seal()
    ledger.purge(NOW + timedelta(days=400))
    found = ledger.audit.verify()
    assert found.findings == []
    assert set(found.removed) == {"retention"} and found.removed["retention"] >= 5
    ledger.audit.seal()
    assert ledger.audit.verify().findings == []


def test_a_forgotten_fact_leaves_the_decision_sealed_anew(ledger: Ledger) -> None:
    facts = {"phone": {"state": "fresh", "value": "123", "readings": []}}
    ledger.record(answer("r1", context={"facts": facts}))
    ledger.audit.seal()
    assert ledger.forget_facts(["phone"], NOW) == 1
    ledger.audit.seal()
    found = ledger.audit.verify()
    assert (found.findings, found.removed) == ([], {"forgotten fact": 1})


def test_what_was_there_before_the_log_is_sealed_too(tableless_url: str) -> None:
    from alembic import command

    from proxy.ledger.database import WRITES, connect
    from proxy.ledger.database import ledger_url as parsed
    from proxy.ledger.migrations import _config
    from proxy.ledger.schema import document_placements, document_versions

    engine = connect(parsed(tableless_url))
    with engine.execution_options(**{WRITES: True}).begin() as connection:
        command.upgrade(_config(connection), "r0005")
        version = {"content_hash": "h", "content": b"Refunds take 14 days."}
        connection.execute(document_versions.insert(), version)
        placed = {"document_id": "refunds", "path": "refunds.md", "content_hash": "h", "kept_at": NOW}
        connection.execute(document_placements.insert(), placed)
    engine.dispose()
    with Ledger.open(tableless_url) as ledger:
        assert ledger.audit.seal() == 2
        assert ledger.audit.verify().findings == []


@pytest.mark.parametrize(
    "value", [2**70, -(2**70), 1e300, 0.1, "\u2028 \U0001f600 é", {"a": [None, {"b": 2**64}]}]
)
def test_whatever_json_a_row_holds_is_sealed(ledger: Ledger, value: object) -> None:
    ledger.record(answer("r1", usage={"odd": value}))
    ledger.audit.seal()
    assert ledger.audit.verify().findings == []
