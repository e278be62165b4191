"""Contacts: each is kept once, is its tenant's alone, and may change the status of the case that it names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from support.customers import CUSTOMER, LATER, after, answer, case, contact, promise

from proxy.ledger.customers.contacts import KeyTaken, UnknownReference
from proxy.ledger.ledger import Ledger

CASE = "CX-2222-2222"
PROMISED = "PR-2222-2222-2222"


def told(ledger: Ledger, customer: str = CUSTOMER, tenant: str = "default") -> list[dict[str, Any]]:
    return [one.detail for one in ledger.customers.timeline(tenant, customer) if one.type == "contact"]


def status(ledger: Ledger) -> str:
    found = ledger.escalation(CASE)
    assert found is not None
    return found.status


def test_the_same_contact_twice_is_one(ledger: Ledger) -> None:
    one = contact("tel-1", "called", text="Asked for the refund.", data={"minutes": 7})
    assert ledger.customers.report([one, one]) == [True, False]
    assert ledger.customers.report([one]) == [False]
    assert told(ledger) == [
        {
            "key": "tel-1", "kind": "called", "channel": "voice", "actor": "ana", "ref": None,
            "text": "Asked for the refund.", "data": {"minutes": 7},
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [{"kind": "complaint"}, {"text": "Other"}, {"customer_id": "c-1"}, {"at": after(1)}, {"data": {"a": 1}}],
)
def test_another_contact_under_its_key_is_an_error(ledger: Ledger, change: dict[str, Any]) -> None:
    ledger.customers.report([contact("tel-1")])
    with pytest.raises(KeyTaken, match=r"'tel-1' was reported before.*its own key"):
        ledger.customers.report([replace(contact("tel-1"), **change)])


def test_a_retry_that_names_no_time_is_the_same_contact(ledger: Ledger) -> None:
    first = contact("tel-1", received_at=after(0))
    retried = contact("tel-1", hours=3, received_at=after(3))
    assert ledger.customers.report([first]) == [True] and ledger.customers.report([retried]) == [False]


def test_a_list_is_reported_whole_or_not_at_all(ledger: Ledger) -> None:
    ledger.customers.report([contact("taken")])
    with pytest.raises(KeyTaken):
        ledger.customers.report([contact("new"), contact("taken", "complaint")])
    assert [one["key"] for one in told(ledger)] == ["taken"]


def test_a_key_is_a_tenants_own(ledger: Ledger) -> None:
    ledger.customers.report([contact("1", text="ours")])
    assert ledger.customers.report([contact("1", text="theirs", tenant="acme")]) == [True]
    assert [one["text"] for one in told(ledger)] == ["ours"]
    assert [one["text"] for one in told(ledger, tenant="acme")] == ["theirs"]


@pytest.mark.parametrize(
    ("level", "text", "data"),
    [
        ("full", "Mail jane@example.com", {"source": ["jane@example.com"], "amount": 12.5}),
        ("masked", "Mail [email•••••••••]", {"source": ["[email•••••••••]"], "amount": 12.5}),
        ("none", None, {"amount": 12.5}),
    ],
)
def test_text_is_kept_as_far_as_the_setting_says(
    open_ledger: Callable[..., Ledger], level: str, text: str | None, data: dict[str, Any]
) -> None:
    one = contact("1", text="Mail jane@example.com", data={"source": ["jane@example.com"], "amount": 12.5})
    ledger = open_ledger(store_text=level)
    ledger.customers.report([one])
    assert [(kept["text"], kept["data"]) for kept in told(ledger)] == [(text, data)]
    assert open_ledger(store_text="full").customers.report([one]) == [False]


NOT_OURS = {
    "rating": "jane@example.com", "settled": "Mail jane@example.com", "response_id": "for jane@example.com",
    "failure": "FL-JANE-2222-2222", "not_fresh": ["jane@example.com"], "conversation_id": "jane@example.com",
}  # fmt: skip
OURS = {"rating": "down", "response_id": "cxr-a1234567bcdefabcdefabcde", "failure": "FL-7K3F-92QD-X4MN"}


@pytest.mark.parametrize("level", ["masked", "none"])
@pytest.mark.parametrize("kind", ["feedback", "returned_to_automation", "note"])
def test_no_text_is_kept_in_the_place_of_an_id_or_a_word_of_ours(
    open_ledger: Callable[..., Ledger], level: str, kind: str
) -> None:
    ledger = open_ledger(store_text=level)
    ledger.customers.report([contact("1", kind, data=NOT_OURS)])
    (kept,) = told(ledger)
    assert "jane" not in str(kept) and "JANE" not in str(kept)
    assert level == "masked" or kept["data"] == {}


@pytest.mark.parametrize("level", ["masked", "none"])
def test_ids_and_words_of_ours_are_kept_where_our_own_doors_note_them(
    open_ledger: Callable[..., Ledger], level: str
) -> None:
    """What other systems call by such names is theirs, and kept as their other texts are."""
    ledger = open_ledger(store_text=level)
    one = contact("1", "feedback", 1, data=OURS)
    assert ledger.customers.report([one, contact("2", "note", data=OURS)]) == [True, True]
    assert ledger.customers.report([one]) == [False]
    ours, theirs = told(ledger)
    assert ours["data"] == OURS
    assert OURS["failure"] not in str(theirs) and OURS["response_id"] not in str(theirs)


@pytest.mark.parametrize("kind", ["resolved", "closed"])
def test_a_contact_with_a_cases_reference_closes_it(ledger: Ledger, kind: str) -> None:
    ledger.escalate(case(CASE))
    ledger.customers.report([contact("note", "called", 1, ref=CASE)])
    assert status(ledger) == "open"
    ledger.customers.report([contact("done", kind, 2, ref=CASE)])
    assert status(ledger) == "closed"
    (event,) = (
        one for one in ledger.customers.timeline("default", CUSTOMER) if one.type == "escalation_event"
    )
    assert event.at == after(2)
    assert event.detail == {"ref": CASE, "status": "closed", "actor": "ana", "note": "contact done"}


@pytest.mark.parametrize("kind", ["resolved", "closed", "complaint"])
def test_a_contact_without_a_reference_is_about_no_case(ledger: Ledger, kind: str) -> None:
    """Whosever case is the newest: it is nobody's who reports that something else is over."""
    ledger.escalate(case(CASE))
    ledger.escalate(case("CX-3333-3333", 1, customer_id="c-1"))
    ledger.customers.report([contact("done", kind, 2)])
    assert {one.status for one in ledger.escalations()} == {"open"}
    assert all(one.type != "escalation_event" for one in ledger.customers.timeline("default", CUSTOMER))
    assert all(one.type != "escalation_event" for one in ledger.customers.timeline("default", "c-1"))


def test_a_late_report_of_an_earlier_closing_does_not_close_what_was_reopened_since(ledger: Ledger) -> None:
    ledger.escalate(case(CASE))
    ledger.customers.report([contact("again", "reopened", 5, ref=CASE)])
    ledger.customers.report([contact("done", "resolved", 2, ref=CASE)])
    assert status(ledger) == "open"


def test_closed_and_reopened_at_the_same_instant_is_open(ledger: Ledger) -> None:
    ledger.escalate(case(CASE))
    ledger.customers.report([contact("again", "reopened", 2, ref=CASE)])
    ledger.customers.report([contact("done", "resolved", 2, ref=CASE)])
    assert status(ledger) == "open"


def test_a_closing_from_before_the_case_does_not_make_it_look_long_closed(ledger: Ledger) -> None:
    ledger.escalate(case(CASE))
    ledger.customers.report([contact("done", "resolved", -10_000, ref=CASE)])
    assert ledger.purge(after(-1)) == 0
    assert status(ledger) == "closed"


def test_a_case_of_nobody_in_particular_may_be_closed_for_a_customer(ledger: Ledger) -> None:
    ledger.escalate(case(CASE, customer_id=None))
    ledger.customers.report([contact("done", "resolved", 2, ref=CASE)])
    assert status(ledger) == "closed"


@pytest.mark.parametrize(
    "whose",
    [{"customer_id": "c-1"}, {"tenant": "acme"}, {"customer_id": None, "tenant": "acme"}],
    ids=["another customer", "another tenant", "nobody at another tenant"],
)
def test_a_reference_of_others_is_as_unknown_as_one_that_there_is_not(
    ledger: Ledger, whose: dict[str, Any]
) -> None:
    ledger.escalate(case(CASE, **whose))
    message = r"no case or promise {}; send the reference that the customer was told"
    for ref in (CASE, "CX-3333-3333"):
        with pytest.raises(UnknownReference, match=message.format(ref)):
            ledger.customers.report([contact("done", "resolved", 2, ref=ref)])
    assert status(ledger) == "open" and told(ledger) == []


def test_the_same_holds_for_promises(ledger: Ledger) -> None:
    ledger.submit(answer("r"), promised=[promise(PROMISED)]).result()
    ledger.customers.report([contact("1", "promise_kept", 2, ref=PROMISED)])
    for other in ({"customer_id": "c-1"}, {"tenant": "acme"}):
        with pytest.raises(UnknownReference):
            ledger.customers.report([contact("2", "promise_broken", 3, ref=PROMISED, **other)])
    assert [one.state for one in ledger.customers.promises()] == ["kept"]


def test_what_another_system_calls_its_own_is_kept_as_it_is(ledger: Ledger) -> None:
    ledger.customers.report([contact("1", "resolved", ref="JIRA-17")])
    assert [one["ref"] for one in told(ledger)] == ["JIRA-17"]


def test_what_cannot_be_stored_everywhere_is_replaced(ledger: Ledger) -> None:
    one = contact("1", text="a\x00b\ud800", data={"k\x00": [float("nan")]}, received_at=LATER)
    assert ledger.customers.report([one]) == [True] and ledger.customers.report([one]) == [False]
    assert [(kept["text"], kept["data"]) for kept in told(ledger)] == [("a�b�", {"k�": [None]})]
