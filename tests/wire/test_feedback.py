"""What customers say of answers is kept once, on their timeline, and never counted by itself."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from conftest import RunningProxy
from support.customers import account_answer
from support.detecting import files, looked

PATH = "/v1/feedback"
CUSTOMER = "c-4711"


@pytest.fixture
def answered(proxy: RunningProxy) -> RunningProxy:
    with proxy.ledger() as ledger:
        ledger.record(account_answer("r-1", 1, conversation_id="conv", question="Where is my refund?"))
        ledger.record(account_answer("r-2", 2, conversation_id="conv", question="And the rest?"))
        ledger.record(account_answer("r-3", 3, customer_id=None))
    return proxy


def said(key: str = "k", **more: Any) -> dict[str, Any]:
    return {"key": key, "response_id": "r-1", "rating": "down", **more}


def error_of(response: httpx.Response, status: int = 400) -> dict[str, Any]:
    assert response.status_code == status, response.text
    error: dict[str, Any] = response.json()["error"]
    return error


def timeline(proxy: RunningProxy, customer: str = CUSTOMER) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = httpx.get(
        f"{proxy.url}/v1/customers/{customer}/timeline", timeout=30
    ).json()["data"]
    return found


def test_it_is_kept_once_and_stands_on_the_customers_timeline(answered: RunningProxy) -> None:
    told = said("fb-1", text="That is not what the shop said.", at="2026-03-02T15:00:00Z")
    assert [answered.post(PATH, told).json()["created"] for _ in range(2)] == [True, False]
    (entry,) = [one for one in timeline(answered) if one.get("kind") == "feedback"]
    assert entry["text"] == told["text"] and entry["at"] == "2026-03-02T15:00:00Z"
    assert entry["data"] == {"rating": "down", "response_id": "r-1", "conversation_id": "conv"}


def test_the_conversations_last_answer_is_meant_where_none_is_named(answered: RunningProxy) -> None:
    response = answered.post(PATH, {"key": "conv", "conversation_id": "conv", "rating": "up"})
    assert response.json()["response_id"] == "r-2" and response.json()["customer_id"] == CUSTOMER


def test_of_an_answer_to_nobody_in_particular_it_is_kept_too(answered: RunningProxy) -> None:
    response = answered.post(PATH, said("anon", response_id="r-3"))
    assert response.json()["customer_id"] == "answer:r-3"


def test_thumbs_down_suggest_a_failure_and_count_nowhere(answered: RunningProxy) -> None:
    answered.post(PATH, said("down", response_id="r-2", text="<b>Wrong!</b>"))
    with answered.ledger() as ledger:
        looked(ledger)
        (found,) = [one for one in files(ledger) if one.failure.response_id == "r-2"]
    assert (found.failure.kind, found.state.status, found.state.counted) == ("wrong_claim", "proposed", False)
    assert (found.events[0].source, found.events[0].note) == ("customer", "<b>Wrong!</b>")


@pytest.mark.parametrize(
    ("wrong", "param", "words"),
    [
        ({"rating": None}, "", "it says nothing"),
        ({"response_id": None}, "", "it names no answer"),
        ({"response_id": "r-9"}, "response_id", "No such answer"),
        ({"customer_id": "c-other"}, "response_id", "No such answer"),
        ({"conversation_id": "another"}, "response_id", "No such answer"),
        ({"response_id": None, "conversation_id": "none"}, "conversation_id", "No such answer"),
        ({"rating": "sideways"}, "rating", "'up' or 'down'"),
        ({"settled": "perhaps"}, "settled", "'asked', 'yes' or 'no'"),
        ({"key": None}, "key", "Feedback needs a key"),
        ({"key": "cxai:mine"}, "key", "the proxy's own"),
        ({"stars": 5}, "stars", "no such field"),
        ({"at": "tomorrow"}, "at", "RFC 3339"),
        ({"text": "x" * 20_001}, "text", "20000"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_the_way_out(
    answered: RunningProxy, wrong: dict[str, Any], param: str, words: str
) -> None:
    body = {name: value for name, value in {**said("bad"), **wrong}.items() if value is not None}
    error = error_of(answered.post(PATH, body))
    assert words in error["message"] and (error["param"] or "") == param
    assert error["type"] == "invalid_request_error"


def test_the_key_may_come_as_a_header(answered: RunningProxy) -> None:
    body = {"response_id": "r-1", "rating": "up"}
    response = answered.post(PATH, body, headers={"idempotency-key": "head"})
    assert response.json()["key"] == "head"
    error = error_of(answered.post(PATH, {**body, "key": "other"}, headers={"idempotency-key": "head"}))
    assert error["param"] == "key"
    assert error_of(answered.post(PATH, body, headers={"idempotency-key": "cxai:x"}))["param"] == "key"


def test_a_key_with_other_content_is_refused(answered: RunningProxy) -> None:
    answered.post(PATH, said("same"))
    assert error_of(answered.post(PATH, said("same", rating="up")), 409)["code"] == "key_conflict"


def test_feedback_is_told_by_its_own_door_alone(answered: RunningProxy) -> None:
    told = {"key": "x", "customer_id": CUSTOMER, "kind": "feedback", "channel": "voice"}
    assert error_of(answered.post("/v1/contacts", told))["param"] == "kind"
