"""A customer whom people held and automation answered all the same is noted, once for each answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event
from support.cases import moved
from support.customers import CUSTOMER, NOON, account_answer, after, answer, case, contact

from proxy.ledger.ledger import Ledger

HELD = contact("tel-1", "escalated", 0)


def returned(ledger: Ledger, tenant: str = "default") -> list[str]:
    entries = ledger.customers.timeline(tenant, CUSTOMER)
    notes = [one.detail for one in entries if one.detail.get("kind") == "returned_to_automation"]
    return sorted(note["data"]["response_id"] for note in notes)


@pytest.mark.parametrize("kind", ["escalated", "complaint", "reopened"])
def test_an_answer_about_the_account_after_a_person_took_over_is_noted(ledger: Ledger, kind: str) -> None:
    ledger.record(account_answer("r", 1))
    ledger.customers.report([contact("tel-1", kind, 0)])
    (note,) = (one for one in ledger.customers.timeline("default", CUSTOMER) if one.id == "cxai:returned:r")
    assert note.at == after(1)
    assert note.detail["data"] == {"response_id": "r", "not_fresh": ["open_case"]}


def test_a_flag_that_was_fresh_and_wrong_is_noted_too_and_told_apart(ledger: Ledger) -> None:
    """The report came after the answer: the customer was sent back to automation all the same."""
    ledger.record(account_answer("r", 1, state="fresh"))
    ledger.customers.report([HELD])
    assert ledger.customers.timeline("default", CUSTOMER)[1].detail["data"]["not_fresh"] == []
    assert returned(ledger) == ["r"]


@pytest.mark.parametrize("reports", [1, 2])
def test_each_answer_is_noted_once(ledger: Ledger, reports: int) -> None:
    ledger.record(account_answer("r", 1))
    for number in range(reports):
        ledger.customers.report([contact(f"tel-{number}", "escalated", 0)])
    assert ledger.customers.note_returned("default", CUSTOMER, after(0)) == 0
    assert returned(ledger) == ["r"]


@pytest.mark.parametrize(
    "other",
    [
        account_answer("r", -1),
        account_answer("r", 0),
        account_answer("r", 1, decision="escalate"),
        account_answer("r", 1, decision="refuse"),
        account_answer("r", 1, customer_id="c-1"),
        account_answer("r", 1, tenant="acme"),
        answer("r", 1),
        answer("r", 1, request={"about_account": False}),
    ],
    ids=["before", "at once", "escalated", "refused", "another's", "another tenant's", "unknown", "general"],
)
def test_what_was_not_returned_is_not_noted(ledger: Ledger, other: Any) -> None:
    ledger.record(other)
    ledger.customers.report([HELD])
    assert returned(ledger) == [] == returned(ledger, "acme")


def test_what_left_though_it_would_have_been_escalated_was_given_by_automation(ledger: Ledger) -> None:
    ledger.record(account_answer("r", 1, decision="escalate", mode="observe"))
    ledger.customers.report([HELD])
    assert returned(ledger) == ["r"]


def test_nothing_is_noted_once_the_matter_is_closed(ledger: Ledger) -> None:
    ledger.record(account_answer("while held", 1))
    ledger.record(account_answer("afterwards", 3))
    ledger.customers.report([HELD])
    assert returned(ledger) == ["afterwards", "while held"]
    ledger.customers.report([contact("tel-2", "resolved", 2)])
    assert returned(ledger) == ["while held"]


@pytest.mark.parametrize(("ref", "held"), [("A", False), ("B", True), (None, False)])
def test_closing_another_matter_closes_nothing(ledger: Ledger, ref: str | None, held: bool) -> None:
    ledger.record(account_answer("r", 3))
    ledger.customers.report([contact("1", "escalated", 0, ref="A"), contact("2", "resolved", 2, ref=ref)])
    assert returned(ledger) == (["r"] if held else [])


def test_a_case_that_staff_closed_is_held_no_longer(ledger: Ledger) -> None:
    ledger.escalate(case("CX-2222-2222", -1))
    moved(ledger, "CX-2222-2222", "closed", by="ana")
    tomorrow = (datetime.now(UTC) + timedelta(days=1) - NOON) / timedelta(hours=1)
    ledger.record(account_answer("while held", 1))
    ledger.record(account_answer("afterwards", tomorrow))
    ledger.customers.report([contact("tel-1", "escalated", 0, ref="CX-2222-2222")])
    assert returned(ledger) == ["while held"]


def test_a_fact_that_tells_since_when_notes_the_same(ledger: Ledger) -> None:
    ledger.record(account_answer("before", -1))
    ledger.record(account_answer("since", 1))
    assert ledger.customers.note_returned("default", CUSTOMER, after(0)) == 1
    assert ledger.customers.note_returned("default", CUSTOMER, after(0)) == 0
    assert ledger.customers.note_returned("acme", CUSTOMER, after(0)) == 0
    assert returned(ledger) == ["since"]
    ledger.customers.report([contact("tel-1", "resolved", 4)])
    assert returned(ledger) == ["since"]


def test_a_fact_notes_nothing_after_a_contact_closed_the_matter(ledger: Ledger) -> None:
    ledger.record(account_answer("r", 3))
    ledger.customers.report([contact("tel-1", "resolved", 2)])
    assert ledger.customers.note_returned("default", CUSTOMER, after(0)) == 0


def test_many_open_matters_do_not_make_the_search_longer(ledger: Ledger) -> None:
    for number in range(20):
        ledger.record(account_answer(f"r{number}", 1))
    ledger.customers.report(
        [contact(f"tel-{number}", "complaint", ref=f"SD-{number}") for number in range(30)]
    )
    asked: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        ledger.customers.report([contact("one more", "complaint", ref="SD-more")])
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert len(returned(ledger)) == 20 and len(asked) < 2 * 20, "each answer is looked at once"
