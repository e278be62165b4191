"""Which words say that a person told the customer something else."""

from __future__ import annotations

import pytest
from support.customers import account_answer, after, contact
from support.detecting import looked, the_file

from proxy.ledger.failures.filters import FailureFilter
from proxy.ledger.failures.records import FailureEvent
from proxy.ledger.ledger import Ledger
from proxy.ledger.texts import StoreText
from proxy.recovery.detecting.fed_back import says_told_otherwise


@pytest.mark.parametrize(
    "text",
    [
        "The agent told me otherwise.",
        "Your colleague on the phone said something different",
        "in the shop they told me the opposite!",
        "I was informed differently by your staff",
        "The man at the desk explained it completely different",
    ],
)
def test_told_otherwise(text: str) -> None:
    assert says_told_otherwise(text)


@pytest.mark.parametrize(
    "text",
    [
        "That helped, thanks.",
        "You told me to call.",
        "Is there a different plan?",
        "The agent told me the same.",
    ],
)
def test_not_told_otherwise(text: str) -> None:
    assert not says_told_otherwise(text)


@pytest.mark.parametrize(
    ("data", "text", "why"),
    [
        ({"rating": "down"}, None, "thumbs_down"),
        ({"rating": "up", "told_otherwise": True}, None, "told_otherwise"),
        ({}, "The agent told me otherwise.", "told_otherwise"),
    ],
)
def test_it_is_proposed(ledger: Ledger, data: dict[str, object], text: str | None, why: str) -> None:
    ledger.record(account_answer("r", 1))
    told = {**data, "response_id": "r"}
    ledger.customers.report([contact("1", "feedback", 3, data=told, text=text)])
    assert looked(ledger) == {"feedback": 1}
    found = the_file(ledger, "wrong_claim")
    assert found.events[0].data["why"] == why and not found.state.counted


def test_content_customers_suggest_nothing(ledger: Ledger) -> None:
    ledger.record(account_answer("r", 1))
    told = {"rating": "up", "response_id": "r"}
    ledger.customers.report([contact("1", "feedback", 3, data=told, text="Great!")])
    assert looked(ledger) == {}


@pytest.mark.parametrize("level", StoreText)
def test_it_is_proposed_however_little_text_is_kept(ledger_url: str, level: StoreText) -> None:
    like_a_number = "cxr-a1234567bcdefabcdefabcde"
    with Ledger.open(ledger_url, store_text=level) as ledger:
        ledger.record(account_answer(like_a_number, 1))
        told = {"rating": "down", "response_id": like_a_number}
        ledger.customers.report([contact("1", "feedback", 3, data=told)])
        assert looked(ledger) == {"feedback": 1}
        assert the_file(ledger, "wrong_claim").failure.response_id == like_a_number


def test_a_complaint_after_a_dismissal_is_there_to_be_looked_at(ledger: Ledger) -> None:
    ledger.record(account_answer("r", 1))
    ledger.customers.report([contact("1", "feedback", 3, data={"rating": "down", "response_id": "r"})])
    looked(ledger)
    found = the_file(ledger, "wrong_claim")
    ledger.failures.add(found.id, FailureEvent("no", "dismissed", after(5), "ana"))
    assert looked(ledger) == {}
    ledger.customers.report([contact("2", "complaint", 30, data={"amount": "300", "currency": "EUR"})])
    assert looked(ledger) == {"contacts": 1}
    (waiting,) = ledger.failures.states(FailureFilter(status="proposed"))
    assert (waiting.failure_id, waiting.amount, waiting.counted) == (found.id, 300.0, False)
