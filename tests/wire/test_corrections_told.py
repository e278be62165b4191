"""A correction comes at its customer's next turn: first, word for word and once; and its failure is corrected then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from conftest import RunningProxy, StartProxy
from support.provider import Reply
from support.told import told
from support.tool_calls import both_ways
from support.tool_calls import told as streamed
from support.waiting import until

from proxy.ledger.failures.records import Failure, FailureEvent
from proxy.ledger.recall.corrections import CorrectionRefused, NewCorrection
from proxy.ledger.recall.records import NEXT_TURN, Correction, CorrectionState, Finding, Recall

REF = "RC-2222-2222"
TEXT = "On 1 March 2026 we told you: “Within 90 days.” That was not right.\n\nApply before you travel."
TRUE = "You must apply before you travel."
NOW = datetime.now(UTC)


def corrected(proxy: RunningProxy, customer: str = "c-1", target: str = NEXT_TURN) -> str:
    """An approved correction for the customer; the failure's reference."""
    with proxy.ledger() as ledger:
        record = told("r-old", "Within 90 days.", customer_id=customer)
        ledger.record(record)
        found = FailureEvent("k", "detected", NOW, "ana", "recall")
        failure = Failure("wrong_claim:r-old", "wrong_claim", record.created_at, customer_id=customer)
        failure_id, _ = ledger.failures.tell(failure, found)
        recall = Recall(REF, NOW, "ana", {}, 1)
        ledger.recalls.begin(recall)
        place = record.created_at, "r-old"
        finding = Finding("r-old", 0, 0, 15, record.created_at, "wrong_then", customer, failure_id=failure_id)
        ledger.recalls.go_on(recall, place, 1, {}, [finding])
        (kept,) = ledger.recalls.findings(REF)
        draft = NewCorrection(REF, customer, None, "r-old", (kept.id,), NOW, TEXT, verified=True)
        ledger.corrections.draft([draft])
        (one,) = ledger.corrections.of("default")
        ledger.corrections.approve(one, target, "ana", NOW)
    return failure_id


def ask(proxy: RunningProxy, customer: str = "c-1", **more: Any) -> httpx.Response:
    proxy.provider.answers(TRUE)
    return proxy.ask("When do I apply?", headers={"x-cxai-customer-id": customer}, **more)


def said(response: httpx.Response) -> str:
    if response.headers["content-type"].startswith("text/event-stream"):
        return str(streamed(response.text)[0]["content"])
    return str(response.json()["choices"][0]["message"]["content"])


def is_due(one: Correction) -> bool:
    return one.due_at is not None and one.due_at <= datetime.now(UTC)


def state(proxy: RunningProxy) -> str:
    with proxy.ledger() as ledger:
        return ledger.corrections.of("default")[0].state


@both_ways
def test_it_is_told_first_and_once(start_proxy: StartProxy, stream: bool) -> None:
    proxy = start_proxy()
    failure_id = corrected(proxy)
    first = ask(proxy, stream=stream)
    assert said(first) == f"{TEXT}\n\n{TRUE}"
    until(lambda: state(proxy) == CorrectionState.SENT)
    assert said(ask(proxy, stream=stream)) == TRUE
    with proxy.ledger() as ledger:
        file = ledger.failures.file(failure_id)
    assert file is not None and file.state.status == "corrected"
    (choice,) = proxy.awaited_record(first.headers["x-cxai-response-id"]).choices
    assert choice["model_text"] == TRUE
    (place,) = choice["said_first"]
    assert choice["delivered_text"][place["start"] : place["end"]].strip() == TEXT and not place["person"]


def test_the_object_says_so(start_proxy: StartProxy) -> None:
    proxy = start_proxy()
    corrected(proxy)
    body = ask(proxy).json()
    assert body["cxai"]["corrections"] == [{"ref": REF, "response_id": "r-old", "text": TEXT}]
    (claim,) = body["cxai"]["claims"]
    assert body["choices"][0]["message"]["content"][claim["start"] : claim["end"]] == TRUE


def test_nobody_else_hears_it(start_proxy: StartProxy) -> None:
    proxy = start_proxy()
    corrected(proxy)
    assert said(ask(proxy, "c-2")) == TRUE
    assert state(proxy) == CorrectionState.APPROVED


def test_what_is_sent_otherwise_is_not_told_here(start_proxy: StartProxy) -> None:
    proxy = start_proxy()
    corrected(proxy, target="crm")
    assert said(ask(proxy)) == TRUE


def test_where_answers_are_only_observed_nothing_is_said(start_proxy: StartProxy) -> None:
    proxy = start_proxy(policies="routes:\n  - {name: all, mode: observe}")
    corrected(proxy)
    assert said(ask(proxy)) == TRUE
    assert state(proxy) == CorrectionState.APPROVED


@both_ways
def test_where_the_provider_fails_the_next_turn_tells_it(start_proxy: StartProxy, stream: bool) -> None:
    """And until then its approval can be taken back: nothing has left."""
    proxy = start_proxy()
    corrected(proxy)
    proxy.provider.replies = [Reply(status=400, body=b"{}")]
    failed = proxy.ask("When do I apply?", headers={"x-cxai-customer-id": "c-1"}, stream=stream)
    assert failed.status_code >= 400
    with proxy.ledger() as ledger:
        (one,) = ledger.corrections.of("default")
        ledger.corrections.withdraw(one.id, "ben", datetime.now(UTC))
        (one,) = ledger.corrections.of("default")
        ledger.corrections.approve(one, NEXT_TURN, "ana", datetime.now(UTC))
    assert said(ask(proxy, stream=stream)) == f"{TEXT}\n\n{TRUE}"


def test_who_hung_up_while_it_was_told_is_told_at_the_next_turn(start_proxy: StartProxy) -> None:
    proxy = start_proxy()
    corrected(proxy)
    proxy.provider.answers(" ".join([TRUE] * 5), chunk_delay_s=0.05)
    body = {"model": "m", "messages": [{"role": "user", "content": "When do I apply?"}], "stream": True}
    headers, read = {"x-cxai-customer-id": "c-1"}, ""
    with httpx.stream("POST", f"{proxy.url}/v1/chat/completions", json=body, headers=headers) as answer:
        for piece in answer.iter_text():
            read += piece
            if "Apply before you travel." in read:
                break
    record = proxy.awaited_record(answer.headers["x-cxai-response-id"])
    assert record.unverified_reason == "interrupted"
    with proxy.ledger() as ledger:
        (one,) = ledger.corrections.of("default")
        with pytest.raises(CorrectionRefused, match="it has left"):  # it may have been read
            ledger.corrections.withdraw(one.id, "ben", datetime.now(UTC) + timedelta(days=1))
        until(lambda: is_due(ledger.corrections.of("default")[0]), 5)
    assert said(ask(proxy)) == f"{TEXT}\n\n{TRUE}"
