"""The observe report: what would have been stopped, worst first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from proxy.ledger.ledger import Ledger
from proxy.ledger.records import DecisionRecord, ObservedAnswer

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def observe(
    ledger: Ledger, response_id: str, decision: str, confidence: float | None = None, **given: Any
) -> None:
    values: dict[str, Any] = {"created_at": NOON, "route": "default", "mode": "observe", "verified": True}
    record = {**values, "decision": decision, "confidence": confidence, "model": "gpt-4o", **given}
    ledger.record(DecisionRecord(response_id=response_id, **record))


def reported(ledger: Ledger, **by: Any) -> list[str]:
    return [answer.response_id for answer in ledger.observe_report(**by)]


def test_the_worst_comes_first(ledger: Ledger) -> None:
    observe(ledger, "rewrite, sure", "rewrite", 0.4)
    observe(ledger, "rewrite, bad", "rewrite", 0.01)
    observe(ledger, "refuse", "refuse", 0.3)
    observe(ledger, "escalate, not judged", "escalate", None)
    observe(ledger, "escalate, bad", "escalate", 0.2)
    worst_first = ["escalate, bad", "escalate, not judged", "refuse", "rewrite, bad", "rewrite, sure"]
    assert reported(ledger) == worst_first
    assert reported(ledger, limit=2) == worst_first[:2]


def test_what_was_fine_or_enforced_is_not_in_it(ledger: Ledger) -> None:
    observe(ledger, "fine", "deliver", 0.99)
    observe(ledger, "enforced", "rewrite", 0.1, mode="enforce")
    assert reported(ledger) == []


def test_it_can_start_at_a_time(ledger: Ledger) -> None:
    observe(ledger, "before", "rewrite", 0.1, created_at=NOON - timedelta(hours=2))
    observe(ledger, "since", "rewrite", 0.2)
    assert reported(ledger, since=NOON - timedelta(hours=1)) == ["since"]


def test_a_row_names_the_worst_claim_and_what_decided(ledger: Ledger) -> None:
    evidence = {"document": "airline/bereavement", "section": "After travel", "quote": "not after travel"}
    good = {"text": "Hello.", "verdict": "not_checkable", "confidence": 0.0}
    weak = {"text": "It takes a week.", "verdict": "unsupported", "confidence": 0.01}
    wrong = {
        "text": "Claim within 90 days.",
        "verdict": "contradicted",
        "confidence": 0.02,
        "reason": "the policy excludes it",
        "evidence": [evidence, {"document": "another"}],
    }
    choices = [{"choice": 0, "claims": [good, weak]}, {"choice": 1, "claims": [wrong]}]
    observe(ledger, "r1", "rewrite", 0.01, choices=choices, question="Can I claim later?")
    assert ledger.observe_report() == [
        ObservedAnswer(
            response_id="r1",
            created_at=NOON,
            route="default",
            decision="rewrite",
            confidence=0.01,
            unverified_reason=None,
            question="Can I claim later?",
            claim="Claim within 90 days.",
            verdict="contradicted",
            reason="the policy excludes it",
            document="airline/bereavement",
            section="After travel",
            quote="not after travel",
        )
    ]


def test_the_claim_that_decided_is_the_one_that_would_have_been_stopped(ledger: Ledger) -> None:
    rewritten = {"text": "30 days.", "verdict": "contradicted", "confidence": 0.01, "action": "rewrite"}
    unjudged = {"text": "", "verdict": "unverified", "confidence": None, "action": "escalate"}
    claims = [rewritten, {**unjudged, "blocked_text": "Claim later."}]
    observe(ledger, "r1", "escalate", 0.01, choices=[{"choice": 0, "claims": claims}])
    row = ledger.observe_report()[0]
    assert (row.claim, row.verdict) == ("Claim later.", "unverified")
