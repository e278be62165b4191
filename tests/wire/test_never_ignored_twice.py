"""The failure that no dashboard showed: an escalated customer is not sent back to automation, whatever goes wrong.

A real CRM answers over HTTP, and a real provider counts what it is asked.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import RunningProxy, StartProxy
from support.cases import moved
from support.crm import Crm, running_crm
from support.tool_calls import both_ways
from support.tool_calls import told as streamed
from support.waiting import until

CONTEXT = """
budget: 500ms
sources:
  - name: crm
    kind: http
    url: {crm}/customers/{{customer_id}}
    breaker_failures: 0
facts:
  - name: open_case
    type: bool
    class: required
    max_age: 5m
    protective_value: true
    from:
      ledger:
      crm: {{value: complaint.open, true_at: as_of}}
  - name: contract_end
    type: text
    class: wanted
    max_age: 1d
    from: {{crm: contract_end}}
"""
ACCOUNT = "How much is my bill this month?"
GENERAL = "When do customers have to apply for a bereavement fare?"
ANSWER = "You must apply before you travel."
JsonObject = dict[str, Any]


def told(*, open_case: bool, minutes_ago: float = 0.0, **more: Any) -> JsonObject:
    """What the CRM says of a customer."""
    as_of = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    return {"complaint": {"open": open_case}, "as_of": as_of.isoformat(), **more}


@pytest.fixture
def crm() -> Iterator[Crm]:
    with running_crm() as running:
        yield running


@pytest.fixture
def proxy(start_proxy: StartProxy, crm: Crm, tmp_path: Path, ledger_url: str) -> RunningProxy:
    policies = tmp_path / "policies"
    policies.mkdir()
    (policies / "context.yaml").write_text(CONTEXT.format(crm=crm.url), encoding="utf-8")
    proxy = start_proxy(database_url=ledger_url)
    proxy.provider.answers(ANSWER)
    return proxy


def ask(proxy: RunningProxy, text: str, customer: str = "c-1", **more: Any) -> httpx.Response:
    return proxy.ask(text, headers={"x-cxai-customer-id": customer}, **more)


def knows(crm: Crm, customer: str = "c-1", **what: Any) -> None:
    crm.answers[f"/customers/{customer}"] = told(**what)


def test_the_flag_in_the_crm_sends_the_next_account_question_to_a_person(
    proxy: RunningProxy, crm: Crm
) -> None:
    knows(crm, open_case=False)
    assert ask(proxy, ACCOUNT).json()["cxai"].get("escalation") is None
    assert len(proxy.provider.requests) == 1
    knows(crm, open_case=True)
    response = ask(proxy, ACCOUNT)
    body = response.json()
    assert len(proxy.provider.requests) == 1, "the model was asked"
    ref = body["cxai"]["escalation"]["ref"]
    message = body["choices"][0]["message"]
    assert ref in message["content"] and body["choices"][0]["finish_reason"] == "stop"
    assert body["usage"] == {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
    assert response.headers["x-cxai-decision"] == "escalate"
    assert response.headers["x-cxai-verified"] == "no"
    assert response.headers["x-cxai-unverified-reason"] == "not_asked"
    assert [rule["rule"] for rule in body["cxai"]["rules"]] == ["never-ignored-twice"]
    case = proxy.ledger().escalation(ref)
    assert case is not None and case.question == ACCOUNT and "never-ignored-twice" in case.reason


def test_the_customer_comes_to_the_same_case_until_it_is_closed(proxy: RunningProxy, crm: Crm) -> None:
    knows(crm, open_case=True)
    first = ask(proxy, ACCOUNT).json()["cxai"]["escalation"]["ref"]
    knows(crm, open_case=False)
    again = ask(proxy, "And when do I get my money back? I was charged twice.").json()
    assert again["cxai"]["escalation"]["ref"] == first
    assert first in again["choices"][0]["message"]["content"]
    assert proxy.provider.requests == []
    with proxy.ledger() as ledger:
        assert [case.ref for case in ledger.escalations()] == [first]
        moved(ledger, first, "closed", by="maria")
    ask(proxy, ACCOUNT)
    assert len(proxy.provider.requests) == 1


REFERENCES = """  - name: open_case_ref
    type: text
    class: optional
    max_age: 5m
    from: {ledger: , crm: complaint.ref}
"""


def test_so_it_does_where_the_crm_calls_the_case_something_else(
    start_proxy: StartProxy, crm: Crm, tmp_path: Path
) -> None:
    (tmp_path / "policies").mkdir()
    context = CONTEXT.format(crm=crm.url) + REFERENCES
    (tmp_path / "policies" / "context.yaml").write_text(context, encoding="utf-8")
    proxy = start_proxy()
    crm.answers["/customers/c-1"] = told(open_case=True) | {"complaint": {"open": True, "ref": "T-77"}}
    refs = {
        ask(proxy, text).json()["cxai"]["escalation"]["ref"] for text in (ACCOUNT, "Why was I charged twice?")
    }
    assert len(refs) == len(proxy.ledger().escalations()) == 1


def crm_is_down(crm: Crm) -> None:
    crm.answers["/customers/c-1"] = (503, {})


def crm_is_stale(crm: Crm) -> None:
    knows(crm, open_case=False, minutes_ago=10)


def crm_does_not_know_the_customer(crm: Crm) -> None:
    crm.answers["/customers/c-1"] = (404, {})


def crm_calls_the_flag_something_else(crm: Crm) -> None:
    crm.answers["/customers/c-1"] = {"complaints": {"open": True}}


@pytest.mark.parametrize(
    "unknown",
    [crm_is_down, crm_is_stale, crm_does_not_know_the_customer, crm_calls_the_flag_something_else],
)
@both_ways
def test_what_cannot_be_seen_is_not_taken_for_no_case(
    proxy: RunningProxy, crm: Crm, unknown: Any, stream: bool
) -> None:
    unknown(crm)
    response = ask(proxy, ACCOUNT, stream=stream)
    assert proxy.provider.requests == []
    assert "could not see just now whether you have an open case" in response.text
    record = proxy.awaited_record(response.headers["x-cxai-response-id"])
    assert record.decision == "escalate" and record.context is not None and record.rules is not None
    assert record.context["facts"]["open_case"]["state"] in ("failed", "stale", "missing")
    assert record.rules[0]["rule"] == "case-not-visible"
    assert record.request is not None and record.request["about_account"] is True


def test_a_general_question_is_answered_and_the_case_is_named(proxy: RunningProxy, crm: Crm) -> None:
    knows(crm, open_case=True)
    ref = ask(proxy, ACCOUNT).json()["cxai"]["escalation"]["ref"]
    texts = [ask(proxy, GENERAL).json()["choices"][0]["message"]["content"]]
    texts.append(streamed(ask(proxy, GENERAL, stream=True).text)[0]["content"])
    assert len(proxy.provider.requests) == 2
    assert texts[0] == texts[1]
    assert f"Its number is {ref}." in texts[0] and "This answer changes nothing about it." in texts[0]


@pytest.mark.parametrize("text", ["Any news?", "What's going on?", "I'm still waiting for an answer."])
def test_who_asks_how_a_case_stands_that_only_the_crm_knows_comes_to_people(
    proxy: RunningProxy, crm: Crm, text: str
) -> None:
    knows(crm, "c-1", open_case=True)
    crm.answers["/customers/c-2"] = (503, {})
    knows(crm, "c-3", open_case=False)
    decisions = [ask(proxy, text, customer).headers["x-cxai-decision"] for customer in ("c-1", "c-2", "c-3")]
    assert decisions == ["escalate", "escalate", "deliver"]
    assert len(proxy.provider.requests) == 1


def test_what_automation_answered_meanwhile_is_noted_as_a_failure(proxy: RunningProxy, crm: Crm) -> None:
    knows(crm, open_case=False)
    answered = ask(proxy, ACCOUNT).json()["cxai"]
    knows(crm, open_case=True, minutes_ago=1)
    ask(proxy, ACCOUNT)
    timeline = until(lambda: [e for e in entries(proxy) if e.get("kind") == "returned_to_automation"])
    assert timeline[0]["data"]["response_id"] == answered["response_id"]


def entries(proxy: RunningProxy) -> list[JsonObject]:
    with proxy.ledger() as ledger:
        return [entry.detail for entry in ledger.customers.timeline("default", "c-1")]


def test_a_rule_is_live_while_requests_run_and_none_is_lost(proxy: RunningProxy, crm: Crm) -> None:
    knows(crm, open_case=False)
    answers: list[tuple[float, int, str]] = []
    ends = threading.Event()

    def keep_asking() -> None:
        while not ends.is_set():
            response = ask(proxy, GENERAL)
            answers.append((time.monotonic(), response.status_code, response.headers["x-cxai-decision"]))

    asking = threading.Thread(target=keep_asking)
    asking.start()
    until(lambda: answers)
    injected = time.monotonic()
    (proxy.policies / "urgent.yaml").write_text(URGENT, encoding="utf-8")
    until(lambda: any(decision == "escalate" for _, _, decision in list(answers)))
    live_after = next(at for at, _, decision in list(answers) if decision == "escalate") - injected
    time.sleep(0.3)
    ends.set()
    asking.join()
    assert live_after <= 2
    assert {status for _, status, _ in answers} == {200}
    decisions = [decision for _, _, decision in answers]
    assert "escalate" not in decisions[: decisions.index("escalate")]
    assert set(decisions[decisions.index("escalate") :]) == {"escalate"}


URGENT = """
rules:
  - name: bereavement-by-hand
    when: request.text.contains("bereavement")
    effect: route_to_human
    reason: Bereavement fares are worked on by hand today.
"""
