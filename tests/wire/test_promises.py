"""What a customer was promised is recorded with the answer, when it reached them."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import StartProxy
from support.crm import running_crm

SAID = "Your refund of $120 arrives by Friday."
ROUTE = "routes:\n  - name: all\n    mode: {mode}\n"
ASKED_BY = {"x-cxai-customer-id": "c-4711", "x-cxai-conversation-id": "talk"}


@pytest.mark.parametrize("stream", [False, True])
def test_a_promise_that_reached_its_customer_is_recorded(start_proxy: StartProxy, stream: bool) -> None:
    proxy = start_proxy(policies=ROUTE.format(mode="observe"))
    proxy.provider.answers(SAID)
    response = proxy.ask("Where is my refund?", headers=ASKED_BY, stream=stream)
    record = proxy.awaited_record(response.headers["x-cxai-response-id"])
    with proxy.ledger() as ledger:
        (promise,) = ledger.customers.promises(customer_id="c-4711")
    assert promise.what == {"action": "refund", "amount": "120", "currency": "USD"}
    assert (
        promise.due_at is not None and promise.due_at.weekday() == 4 and promise.due_at > promise.created_at
    )
    assert (promise.text, promise.state, promise.conversation_id) == (SAID, "open", "talk")
    assert (promise.response_id, promise.created_at) == (record.response_id, record.created_at)


def test_what_was_held_back_promised_nothing(start_proxy: StartProxy) -> None:
    """No tool has told of any refund, so the sentence is not delivered."""
    proxy = start_proxy(policies=ROUTE.format(mode="enforce"))
    proxy.provider.answers(SAID)
    answer = proxy.ask("Where is my refund?", headers=ASKED_BY)
    assert SAID not in answer.json()["choices"][0]["message"]["content"]
    with proxy.ledger() as ledger:
        assert len(ledger.answers()) == 1 and ledger.customers.promises() == []


def test_a_promise_to_nobody_in_particular_is_none(start_proxy: StartProxy) -> None:
    proxy = start_proxy(policies=ROUTE.format(mode="observe"))
    proxy.provider.answers(SAID)
    response = proxy.ask("Where is my refund?")
    proxy.awaited_record(response.headers["x-cxai-response-id"])
    with proxy.ledger() as ledger:
        assert ledger.customers.promises() == []


CONTEXT = """
budget: 2s
sources:
  - {{name: crm, kind: http, url: "{crm}/customers/{{customer_id}}"}}
facts:
  - {{name: last_refund_at, type: time, class: optional, max_age: 1d, keeps_promise: refund, from: {{crm: refunded}}}}
"""


def test_a_promise_is_kept_once_a_fact_says_that_it_happened(start_proxy: StartProxy, tmp_path: Path) -> None:
    policies = tmp_path / "policies"
    policies.mkdir()
    with running_crm() as crm:
        (policies / "context.yaml").write_text(CONTEXT.format(crm=crm.url), encoding="utf-8")
        crm.answers["/customers/c-4711"] = {"refunded": None}
        proxy = start_proxy(policies=ROUTE.format(mode="observe"))

        def states(said: str) -> list[str]:
            proxy.provider.answers(said)
            response = proxy.ask("Where is my refund?", headers=ASKED_BY)
            proxy.awaited_record(response.headers["x-cxai-response-id"])
            with proxy.ledger() as ledger:
                return [one.state for one in ledger.customers.promises(customer_id="c-4711")]

        assert states(SAID) == ["open"]
        assert states("It is on its way.") == ["open"]
        crm.answers["/customers/c-4711"] = {"refunded": datetime.now(UTC).isoformat()}
        states("It has been paid.")
        deadline = time.monotonic() + 10
        while states("You have it now.") != ["kept"] and time.monotonic() < deadline:
            time.sleep(0.05)
        assert states("Anything else?") == ["kept"]
