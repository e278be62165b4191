"""Decision records as the proxy writes them, with what rules could read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from proxy.ledger.records import DecisionRecord

NOW = datetime.now(UTC)
REQUEST = {
    "channel": "chat",
    "audience": "customer",
    "market": "",
    "about_account": False,
    "about_open_case": False,
    "wants_person": False,
    "is_complaint": False,
}
NO_CASE = {"state": "fresh", "class": "required", "value": False, "age_s": 0.0, "source": "ledger"}
NOTHING = {"state": "missing", "class": "optional"}
LEDGER_FACTS = {
    "open_case": NO_CASE,
    **dict.fromkeys(("open_case_ref", "open_case_since", "open_case_holder", "answered_case_ref"), NOTHING),
    "recent_failures": {**NOTHING, "state": "fresh", "value": 0.0, "source": "ledger", "age_s": 0.0},
    "promises_due": {**NOTHING, "state": "fresh", "value": 0.0, "source": "ledger", "age_s": 0.0},
}


def claim(
    text: str, confidence: float | None = 0.9, verdict: str = "supported", **more: Any
) -> dict[str, Any]:
    evidence = [{"document": "telecom/billing", "section": "Bills", "quote": text, "url": None}]
    kind = "not_checkable" if confidence is None else "policy"
    told = {"choice": 0, "text": text, "kind": kind, "verdict": verdict, "confidence": confidence}
    return {**told, "action": "deliver", "evidence": evidence if confidence is not None else [], **more}


def recorded_decision(
    response_id: str,
    *,
    request: dict[str, Any] | None = None,
    facts: dict[str, Any] | None = None,
    answer: str | None = "Bills are due within 14 days.",
    claims: list[dict[str, Any]] | None = None,
    calls: list[dict[str, Any]] | None = None,
    ago: timedelta = timedelta(hours=1),
    **changes: Any,
) -> DecisionRecord:
    """An answered question of customer C-1; ``request`` and ``facts`` replace single ones, ``answer`` None is none.

    Without ``calls`` it is a record of before calls were kept.
    """
    told = claims if claims is not None else [claim(answer)] if answer else []
    choice = {
        "choice": 0,
        "model_text": answer or "",
        "delivered_text": answer or "A colleague.",
        "claims": told,
        **({} if calls is None else {"calls": calls}),
    }
    values = {
        "created_at": NOW - ago,
        "route": "default",
        "mode": "enforce",
        "decision": "deliver",
        "verified": True,
        "model": "m",
        "customer_id": "C-1",
        "question": "When is my bill due?",
        "choices": [choice],
        "request": {**REQUEST, **(request or {})},
        "context": {"completeness": 1.0, "spent_ms": 1.0, "facts": {**LEDGER_FACTS, **(facts or {})}},
        "rules": [],
    }
    return DecisionRecord(response_id, **{**values, **changes})
