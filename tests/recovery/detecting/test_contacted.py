"""Customers who come back suggest that an answer failed; only a person's word makes it count."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from support.customers import after, answer, contact, promise
from support.detecting import files, looked, the_file

from proxy.ledger.failures.records import FailureEvent
from proxy.ledger.ledger import Ledger
from proxy.ledger.records import Contact, DecisionRecord

REFUND = "How long does my refund for the cancelled flight take?"
REFUND_TOLD = "Your refund reaches your account within five working days."
LUGGAGE = "How heavy may my suitcase be?"
LUGGAGE_TOLD = "A suitcase may weigh up to 23 kg."
STILL_NO_REFUND = "My refund for the flight that you cancelled has not come."


def given(response_id: str, hours: float, question: str, told: str, **more: Any) -> DecisionRecord:
    choices = [
        {"delivered_text": told, "claims": [{"text": told, "verdict": "supported", "action": "deliver"}]}
    ]
    return answer(
        response_id, hours, question=question, choices=choices, **{"conversation_id": response_id, **more}
    )


@pytest.fixture
def answered(ledger: Ledger) -> Ledger:
    ledger.record(given("refund", 0, REFUND, REFUND_TOLD))
    ledger.record(given("luggage", 1, LUGGAGE, LUGGAGE_TOLD))
    return ledger


def told(key: str, kind: str, hours: float, text: str | None = None, **more: Any) -> Contact:
    return contact(key, kind, hours, text=text, received_at=datetime.now(UTC), **more)


@pytest.mark.parametrize("kind", ["complaint", "called", "written", "visited"])
def test_another_contact_on_its_topic_suggests_that_an_answer_failed(answered: Ledger, kind: str) -> None:
    answered.customers.report([told("tel-1", kind, 30, STILL_NO_REFUND, actor="ana")])
    assert looked(answered) == {"contacts": 1}
    found = the_file(answered, "wrong_claim")
    assert found.failure.response_id == "refund"
    assert (found.state.status, found.state.counted) == ("proposed", False)
    (event,) = found.events
    assert (event.source, event.actor, event.data["why"], event.note) == (
        "customer",
        "ana",
        kind,
        STILL_NO_REFUND,
    )
    assert looked(answered) == {}


@pytest.mark.parametrize("kind", ["complaint", "refunded"])
def test_without_words_it_is_about_the_last_answer(answered: Ledger, kind: str) -> None:
    answered.customers.report([told("crm-1", kind, 30, data={"amount": "-80.50", "currency": "GBP"})])
    looked(answered)
    found = the_file(answered, "wrong_claim")
    assert found.failure.response_id == "luggage"
    assert (found.state.amount, found.state.currency) == (80.5, "GBP")


@pytest.mark.parametrize(
    "other",
    [
        told("1", "called", 30),
        told("1", "called", 30, "I would like to change my address."),
        told("1", "note", 30, STILL_NO_REFUND),
        told("1", "complaint", -1, STILL_NO_REFUND),
        told("1", "complaint", 24 * 8, STILL_NO_REFUND),
        told("1", "complaint", 30, STILL_NO_REFUND, customer_id="c-1"),
        told("1", "complaint", 30, STILL_NO_REFUND, tenant="acme"),
    ],
    ids=["no words", "another topic", "a note", "before", "much later", "another's", "another tenant's"],
)
def test_what_is_not_about_an_answer_suggests_nothing(answered: Ledger, other: Contact) -> None:
    answered.customers.report([other])
    assert looked(answered) == {} == looked(answered, tenant="acme")


def test_a_kept_promise_is_no_refund_that_puts_something_right(answered: Ledger) -> None:
    answered.submit(answer("r"), promised=[promise("PR-2222-2222-2222")]).result()
    answered.customers.report([told("1", "refunded", 5, ref="PR-2222-2222-2222")])
    assert looked(answered) == {}


def test_a_question_of_another_conversation_on_the_same_topic(answered: Ledger) -> None:
    answered.record(given("again", 40, "When will I get the refund for my cancelled flight?", REFUND_TOLD))
    assert looked(answered) == {"asked_again": 1}
    found = the_file(answered, "wrong_claim")
    assert (found.failure.response_id, found.state.counted) == ("refund", False)
    assert found.events[0].data == {"why": "asked_again", "response_id": "again"}
    assert looked(answered) == {}


@pytest.mark.parametrize(
    "more",
    [
        {"question": "And when will the refund for my cancelled flight come?", "conversation_id": "refund"},
        {"question": "What is on the menu?"},
        {"question": "Any news?"},
        {"question": "Thank you, that helped!"},
        {"question": REFUND, "customer_id": "c-1"},
        {"question": None},
    ],
    ids=["the same conversation", "another topic", "asks for news", "thanks", "another's", "not kept"],
)
def test_what_is_no_repetition(answered: Ledger, more: dict[str, Any]) -> None:
    answered.record(given("next", 40, **{"told": "Fine.", **more}))
    assert looked(answered) == {}


def test_what_a_person_answered_is_held_to_the_same_standard(ledger: Ledger) -> None:
    choices = [{"delivered_text": f"Maria has answered: {REFUND_TOLD}", "claims": []}]
    ledger.record(answer("told", 0, question=REFUND, choices=choices, answered_by="maria"))
    ledger.customers.report([told("1", "complaint", 20, STILL_NO_REFUND)])
    looked(ledger)
    assert the_file(ledger, "wrong_human_answer").failure.author == "human"


def test_a_case_that_was_handed_over_gave_no_answer(ledger: Ledger) -> None:
    ledger.record(given("r", 0, REFUND, "A colleague will look at it.", decision="escalate"))
    ledger.customers.report([told("1", "complaint", 20)])
    assert looked(ledger) == {} and files(ledger) == []


def test_what_is_known_to_be_a_failure_is_not_proposed_again(answered: Ledger) -> None:
    answered.customers.report([told("1", "complaint", 20, STILL_NO_REFUND)])
    looked(answered)
    found = the_file(answered, "wrong_claim")
    answered.failures.add(found.id, FailureEvent("by hand", "detected", after(21), "ben", "agent"))
    answered.customers.report([told("2", "complaint", 22, STILL_NO_REFUND)])
    assert looked(answered) == {}
    state = the_file(answered, "wrong_claim").state
    assert state.counted and state.detected_at == after(21)
