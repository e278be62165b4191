"""Where the guard only watches, a contradicted claim that left is a failure, and an unsupported one may be."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from support.detecting import files, looked, the_file
from support.recorded import NOW, claim, recorded_decision

from proxy.ledger.ledger import Ledger

WRONG = claim(
    "You may claim within 90 days of travel.", 0.02, "contradicted", action="escalate", reason="after travel"
)
UNSURE = claim("Pets fly free.", 0.2, "unsupported", action="rewrite")
TRUE = claim("Bills are due within 14 days.")


def watched(ledger: Ledger, *claims: dict[str, Any], **more: Any) -> None:
    usual = {"mode": "observe", "decision": "escalate", "trace_id": "ef" * 16}
    ledger.record(recorded_decision("r", claims=list(claims), **{**usual, **more}))


@pytest.mark.parametrize("mode", ["observe", "immediate"])
def test_a_contradicted_claim_that_left_is_a_failure(ledger: Ledger, mode: str) -> None:
    watched(ledger, TRUE, UNSURE, WRONG, mode=mode)
    now = NOW + timedelta(minutes=1)
    assert looked(ledger, risk_of=lambda document: "high", now=now) == {"let_pass": 1}
    found = the_file(ledger, "wrong_claim")
    assert found.failure.text == WRONG["text"] and found.failure.trace_id == "ef" * 16
    assert (found.state.counted, found.state.detected_by, found.state.severity) == (True, "guard", "high")
    assert found.events[0].data["document"] == "telecom/billing"
    assert found.state.detected_at == now, "nobody knew before it was looked for"
    assert looked(ledger) == {}


def test_an_unsupported_one_is_only_proposed(ledger: Ledger) -> None:
    watched(ledger, UNSURE, decision="rewrite")
    looked(ledger)
    state = the_file(ledger, "wrong_claim").state
    assert (state.status, state.counted) == ("proposed", False)


@pytest.mark.parametrize(
    "more",
    [{"mode": "enforce"}, {"decision": "deliver"}, {"tenant": "acme"}],
    ids=["stopped", "delivered as it is", "another tenant's"],
)
def test_what_was_stopped_or_is_right_is_none(ledger: Ledger, more: dict[str, Any]) -> None:
    watched(ledger, WRONG, **more)
    looked(ledger)
    assert files(ledger) == []


def test_more_than_a_page_is_found(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proxy.ledger.failures.signs.PAGE", 2)
    for number in range(5):
        ledger.record(recorded_decision(f"r{number}", claims=[WRONG], mode="observe", decision="escalate"))
    assert looked(ledger) == {"let_pass": 5}


def test_what_stays_of_an_erased_customers_answer_is_not_found_again(ledger: Ledger) -> None:
    watched(ledger, WRONG, customer_id="c-1")
    looked(ledger)
    ledger.customers.erase("default", "c-1")
    assert len(ledger.answers()) == 1
    assert looked(ledger) == {}
    assert [one.state.counted for one in files(ledger)] == [True]
