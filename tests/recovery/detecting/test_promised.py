"""A broken promise is a failure from when it was due; kept later, it is put right."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from support.customers import CUSTOMER, after, answer, contact, promise
from support.detecting import looked, the_file

from proxy.ledger.customers.promises import Happened
from proxy.ledger.ledger import Ledger
from proxy.ledger.records import Contact

REF = "PR-2222-2222-2222"


def told(key: str, kind: str, hours: float, **more: Any) -> Contact:
    return contact(key, kind, hours, ref=REF, received_at=datetime.now(UTC), **more)


def promised(ledger: Ledger, due_in_hours: float | None = 24) -> None:
    made = promise(REF, 0, due_in_hours)
    ledger.submit(answer(made.response_id, 0, trace_id="cd" * 16), promised=[made]).result()


def test_what_a_person_tells_is_a_failure_from_when_it_was_due(ledger: Ledger) -> None:
    promised(ledger)
    ledger.customers.report([told("tel-1", "promise_broken", 40)])
    assert looked(ledger) == {"promises": 1}
    found = the_file(ledger, "broken_promise")
    assert (found.failure.occurred_at, found.state.detected_at) == (after(24), after(40))
    assert (found.failure.customer_id, found.failure.trace_id) == (CUSTOMER, "cd" * 16)
    assert (found.state.amount, found.state.currency, found.state.detected_by) == (120.0, "USD", "agent")
    assert not found.state.doubtful
    assert looked(ledger) == {}


def test_without_a_date_or_before_it_it_is_broken_when_that_is_told(ledger: Ledger) -> None:
    promised(ledger, due_in_hours=None)
    ledger.customers.report([told("tel-1", "promise_broken", 40)])
    looked(ledger)
    assert the_file(ledger, "broken_promise").failure.occurred_at == after(40)


def test_what_a_fact_says_is_found_too(ledger: Ledger) -> None:
    promised(ledger)
    ledger.customers.note_promises("default", CUSTOMER, [Happened("refunded_at", "refund", after(30))])
    assert looked(ledger) == {"promises": 1}
    assert the_file(ledger, "broken_promise").state.detected_by == "guard"


def test_kept_after_all_it_is_put_right_and_not_yet_restored(ledger: Ledger) -> None:
    promised(ledger)
    ledger.customers.report([told("tel-1", "promise_broken", 40)])
    looked(ledger)
    ledger.customers.report([told("tel-2", "promise_kept", 60)])
    assert looked(ledger, now=after(70)) == {"promises_kept": 1}
    state = the_file(ledger, "broken_promise").state
    assert (state.status, state.corrected_at, state.restored_at) == ("corrected", after(60), None)
    assert looked(ledger, now=after(71)) == {}


def test_a_promise_that_was_kept_is_no_failure(ledger: Ledger) -> None:
    promised(ledger)
    ledger.customers.report([told("tel-2", "promise_kept", 6)])
    assert looked(ledger) == {}
