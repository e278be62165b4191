"""What context sources say of a customer bears out what an answer says of them, and is shown to nobody else."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import RunningProxy, StartProxy
from support.crm import Crm, running_crm
from support.tool_calls import both_ways, told

CONTEXT = """
budget: 2s
sources:
  - {{name: crm, kind: http, url: "{crm}/customers/{{customer_id}}", breaker_failures: 0}}
facts:
  - {{name: last_bill, type: number, class: wanted, max_age: 1d, masked: false, from: {{crm: last_bill}}}}
  - {{name: balance, type: number, class: wanted, max_age: 1d, from: {{crm: {{value: balance, true_at: as_of}}}}}}
"""
QUESTION = "How much was my last bill?"
RIGHT = "Your last bill was $43.50."
WRONG = "Your last bill was $99.90."
BALANCE = "Your balance is $120.50."
JsonObject = dict[str, Any]


@pytest.fixture
def crm() -> Iterator[Crm]:
    with running_crm() as running:
        knows(running)
        yield running


@pytest.fixture
def proxy(start_proxy: StartProxy, crm: Crm, tmp_path: Path) -> RunningProxy:
    policies = tmp_path / "policies"
    policies.mkdir()
    (policies / "context.yaml").write_text(CONTEXT.format(crm=crm.url), encoding="utf-8")
    return start_proxy()


def knows(crm: Crm, *, as_of: datetime | None = None) -> None:
    at = (as_of or datetime.now(UTC)).isoformat()
    crm.answers["/customers/c-1"] = {"last_bill": 43.5, "balance": 120.5, "as_of": at}


def ask(
    proxy: RunningProxy, answer: str, *, customer: str = "c-1", stream: bool = False
) -> tuple[httpx.Response, JsonObject, JsonObject]:
    proxy.provider.answers(answer)
    response = proxy.ask(QUESTION, stream=stream, headers={"x-cxai-customer-id": customer})
    if stream:
        return response, *told(response.text)
    body = response.json()
    return response, body["choices"][0]["message"], body["cxai"]


@both_ways
def test_a_fresh_fact_bears_out_what_is_said_of_the_customer(proxy: RunningProxy, stream: bool) -> None:
    _, message, cxai = ask(proxy, RIGHT, stream=stream)
    assert message["content"] == RIGHT and cxai["decision"] == "deliver"
    (evidence,) = cxai["claims"][0]["evidence"]
    assert (evidence["document"], evidence["quote"]) == (
        "context:last_bill",
        '"last_bill": 43.5',
    )


def test_what_the_fact_denies_or_nobody_knows_does_not_leave(proxy: RunningProxy) -> None:
    assert WRONG not in ask(proxy, WRONG)[1]["content"]
    assert RIGHT not in ask(proxy, RIGHT, customer="c-2")[1]["content"]


def test_a_stale_fact_bears_out_nothing(proxy: RunningProxy, crm: Crm) -> None:
    assert ask(proxy, BALANCE)[1]["content"] == BALANCE
    knows(crm, as_of=datetime(2020, 1, 1, tzinfo=UTC))
    assert ask(proxy, BALANCE)[1]["content"] != BALANCE


def test_a_masked_fact_is_used_and_quoted_nowhere(proxy: RunningProxy) -> None:
    response, _, cxai = ask(proxy, BALANCE)
    assert cxai["claims"][0]["verdict"] == "supported"
    record = proxy.awaited_record(response.headers["x-cxai-response-id"])
    kept = json.dumps([claim["evidence"] for claim in record.choices[0]["claims"]] + [record.context])
    assert "120.5" not in kept + json.dumps(cxai["claims"][0]["evidence"]) and "43.5" in kept


def test_a_draft_is_checked_against_the_same_facts(proxy: RunningProxy) -> None:
    drafts = {"right": RIGHT, "wrong": WRONG}
    checked = {
        name: proxy.post("/v1/guard/check", {"answer": draft, "question": QUESTION, "customer_id": "c-1"})
        for name, draft in drafts.items()
    }
    verdicts = {name: response.json()["claims"][0]["verdict"] for name, response in checked.items()}
    assert verdicts["right"] == "supported" and verdicts["wrong"] != "supported"
    assert checked["right"].json()["context"]["completeness"] == 1.0


def test_a_source_that_hangs_costs_no_more_than_the_budget(proxy: RunningProxy, crm: Crm) -> None:
    crm.delay_s = 10.0
    began = time.monotonic()
    _, message, cxai = ask(proxy, "You must apply before you travel.")
    assert time.monotonic() - began < 4
    assert cxai["context"]["completeness"] < 1
    record = proxy.ledger().answers(limit=1)[0]
    assert record.context is not None and record.context["spent_ms"] < 2_100
    assert message["content"]
