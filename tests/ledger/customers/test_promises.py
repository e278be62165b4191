"""Promises are durable with the answer that made them; whether they were kept is told by contacts and by facts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from support.customers import CUSTOMER, after, answer, contact, promise

from proxy.ledger.customers.promises import Happened
from proxy.ledger.ledger import Ledger, LedgerError
from proxy.ledger.references import own_reference, promise_reference

PROMISED = "PR-2222-2222-2222"
SOON = (datetime.now(UTC) + timedelta(days=3) - promise("").created_at) / timedelta(hours=1)


def state(ledger: Ledger) -> str:
    (found,) = ledger.customers.promises(customer_id=CUSTOMER)
    return found.state


def test_a_promise_is_recorded_with_its_answer_once(ledger: Ledger) -> None:
    for _ in range(2):
        ledger.submit(answer("r"), promised=[promise(PROMISED)]).result()
    (found,) = ledger.customers.promises()
    assert found == promise(PROMISED, state="unknown")


def test_without_its_answer_there_is_no_promise(ledger: Ledger) -> None:
    ledger.record(answer("r"))
    with pytest.raises(LedgerError, match="another decision"):
        ledger.submit(answer("r", decision="rewrite"), promised=[promise(PROMISED)]).result()
    assert ledger.customers.promises() == []


@pytest.mark.parametrize(
    ("due_in_hours", "expected"),
    [(SOON, "open"), (None, "open"), (24, "unknown")],
    ids=["soon", "no time named", "past"],
)
def test_nobody_knows_of_a_promise_that_is_due_and_untold(
    ledger: Ledger, due_in_hours: float | None, expected: str
) -> None:
    ledger.submit(answer("r"), promised=[promise(PROMISED, due_in_hours=due_in_hours)]).result()
    ledger.customers.report([contact("1", "called", 2, ref=PROMISED), contact("2", "promise_kept", 2)])
    assert state(ledger) == expected
    assert len(ledger.customers.promises(state="unknown")) == (expected == "unknown")


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([("promise_kept", 5)], "kept"),
        ([("refunded", 5)], "kept"),
        ([("promise_broken", 5)], "broken"),
        ([("promise_broken", 5), ("promise_kept", 9)], "kept"),
        ([("promise_kept", 9), ("promise_broken", 5)], "kept"),
        ([("promise_kept", 5), ("promise_broken", 5)], "broken"),
        ([("resolved", 5)], "unknown"),
    ],
)
def test_kept_or_broken_is_what_was_told_last(
    ledger: Ledger, told: list[tuple[str, float]], expected: str
) -> None:
    ledger.submit(answer("r"), promised=[promise(PROMISED)]).result()
    for number, (kind, hours) in enumerate(told):
        ledger.customers.report([contact(str(number), kind, hours, ref=PROMISED)])
    assert state(ledger) == expected


def refunded(hours: float, action: str = "refund") -> Happened:
    return Happened("last_refund_at", action, after(hours))


@pytest.mark.parametrize(
    ("happened", "expected"),
    [
        (refunded(5), "kept"),
        (refunded(30), "broken"),
        (refunded(-1), "unknown"),
        (refunded(5, "call"), "unknown"),
    ],
    ids=["in time", "too late", "before it was promised", "something else"],
)
def test_a_fact_settles_a_promise_by_when_it_happened(
    ledger: Ledger, happened: Happened, expected: str
) -> None:
    ledger.submit(answer("r"), promised=[promise(PROMISED)]).result()
    for _ in range(2):  # customers come again, and the fact is still there
        ledger.customers.note_promises("default", CUSTOMER, [happened])
    assert state(ledger) == expected
    noted = [entry for entry in ledger.customers.timeline("default", CUSTOMER) if entry.type == "contact"]
    assert len(noted) == (expected != "unknown")


def test_what_was_told_of_a_promise_is_not_noted_again(ledger: Ledger) -> None:
    ledger.submit(answer("r"), promised=[promise(PROMISED)]).result()
    ledger.customers.report([contact("1", "promise_broken", 4, ref=PROMISED)])
    assert ledger.customers.note_promises("default", CUSTOMER, [refunded(5)]) == 0
    assert state(ledger) == "broken"


@pytest.mark.parametrize(("told_at", "noted"), [(None, 0), (3, 0), (1, 1)], ids=["open", "later", "before"])
def test_of_two_promises_a_fact_settles_the_later_once_the_earlier_was_over(
    ledger: Ledger, told_at: float | None, noted: int
) -> None:
    earlier, later = promise("PR-3333-3333-3333", 0), promise(PROMISED, 2)
    ledger.submit(answer("r"), promised=[earlier]).result()
    ledger.submit(answer("r2", 2), promised=[later]).result()
    if told_at is not None:
        ledger.customers.report([contact("1", "promise_kept", told_at, ref=earlier.id)])
    assert ledger.customers.note_promises("default", CUSTOMER, [refunded(5)]) == noted
    assert ledger.customers.note_promises("acme", CUSTOMER, [refunded(5)]) == 0


@pytest.mark.parametrize(
    ("level", "text"),
    [("full", "Mail jane@example.com"), ("masked", "Mail [email•••••••••]"), ("none", None)],
)
def test_its_text_is_kept_as_far_as_the_setting_says(
    open_ledger: Callable[..., Ledger], level: str, text: str | None
) -> None:
    ledger = open_ledger(store_text=level)
    ledger.submit(answer("r"), promised=[promise(PROMISED, text="Mail jane@example.com")]).result()
    (found,) = ledger.customers.promises()
    assert found.text == text and found.what == promise(PROMISED).what


def test_promises_are_found_by_tenant_and_customer(ledger: Ledger) -> None:
    ids = {("default", CUSTOMER): "PR-A", ("default", "c-1"): "PR-B", ("acme", CUSTOMER): "PR-C"}
    for number, ((tenant, customer), id) in enumerate(ids.items()):
        one = promise(id, hours=number, tenant=tenant, customer_id=customer)
        ledger.submit(answer(f"r{number}"), promised=[one]).result()
    found = {key: ledger.customers.promises(tenant=key[0], customer_id=key[1]) for key in ids}
    assert {key: [one.id for one in several] for key, several in found.items()} == {
        key: [id] for key, id in ids.items()
    }
    assert [one.id for one in ledger.customers.promises(limit=2)] == ["PR-C", "PR-B"]


def test_a_promises_reference_follows_from_its_answer() -> None:
    made = {promise_reference(f"cxr-{answer}", number) for answer in range(500) for number in range(2)}
    assert len(made) == 1000 and promise_reference("cxr-1", 0) in made
    assert all(own_reference(ref) == ref for ref in made)
