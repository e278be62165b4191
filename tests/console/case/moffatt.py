"""One escalated answer as the ledger has it: the invented bereavement rule, and sentences around it."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

from proxy.ledger.ledger import Ledger
from proxy.ledger.records import DecisionRecord, EscalationRecord

DOCUMENT = "airline/bereavement-fares"
SECTION = "Bereavement fares › After travel"
QUOTE = (
    "Our bereavement policy does not apply to requests for a reduced fare after travel has been completed."
)
POLICY = f"""---
title: Bereavement fares
owner: Fares and Ticketing
effective_from: 2025-03-01
---

# Bereavement fares

We offer a reduced fare to customers who have to travel because a relative has died.

## How to apply

You must apply **before you travel**.

## After travel

{QUOTE} We do not pay back the difference.

## Exceptions

- Groups of 10 or more are excluded.
- The offer covers at most 4 travellers.
"""
QUESTION = "My grandmother died. Can I still get the bereavement fare after my trip?"
INVENTED = (
    "If you have already travelled, kindly submit your ticket for a reduced bereavement rate within 90 days of the "
    "date your ticket was issued."
)
GREETING = "I am sorry for your loss."
COVERED = "The offer covers at most 4 travellers."
UNREAD = "You can also call us."
REASON = f"the policy rules out this case: “{QUOTE}”"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def claim(
    text: str, verdict: str, *, action: str = "deliver", quote: str | None = None, **more: Any
) -> dict[str, Any]:
    """A claim as the decision record keeps it."""
    place = {"document": DOCUMENT, "section": SECTION, "quote": quote, "url": None}
    return {
        "choice": 0,
        "text": text,
        "start": 0,
        "end": 0,
        "kind": "policy",
        "verdict": verdict,
        "confidence": 0.0571,
        "action": action,
        "reason": "a reason",
        "evidence": [place] if quote else [],
        **more,
    }


def decision(**more: Any) -> DecisionRecord:
    held_back = claim(
        "I have passed your question on.",
        "contradicted",
        action="escalate",
        quote=QUOTE,
        blocked_text=INVENTED,
        reason=REASON,
    )
    covered = claim(COVERED, "supported", quote="The offer covers at most 4 travellers.")
    covered["evidence"][0]["section"] = "Bereavement fares › Exceptions"
    claims = [claim(GREETING, "not_checkable"), covered, held_back]
    answer = " ".join([GREETING, COVERED, INVENTED, UNREAD])
    told = {
        "response_id": "cxr-moffatt",
        "created_at": NOW,
        "route": "airline",
        "mode": "enforce",
        "decision": "escalate",
        "verified": True,
        "model": "test-model",
        "confidence": 0.0571,
        "conversation_id": "conversation-1",
        "customer_id": "customer-1",
        "question": QUESTION,
        "choices": [
            {"choice": 0, "model_text": answer, "delivered_text": "…", "refusal": None, "claims": claims}
        ],
        "versions": {"corpus": "c-1", "rules": "p-1", "verifier": "2"},
        "escalation_ref": "CX-7K3F-92QD",
    }
    return DecisionRecord(**{**told, **more})


def case(**more: Any) -> EscalationRecord:
    told = {
        "ref": "CX-7K3F-92QD",
        "response_id": "cxr-moffatt",
        "dedup_key": "turn-1",
        "reason": REASON,
        "created_at": NOW,
        "conversation_id": "conversation-1",
        "customer_id": "customer-1",
        "route": "airline",
        "question": QUESTION,
        "blocked_text": INVENTED,
    }
    return EscalationRecord(**{**told, **more})


def keep_document(ledger: Ledger, text: str = POLICY) -> str:
    """Keep a version of the document; returns its content hash."""
    content = text.encode()
    content_hash = hashlib.sha256(content).hexdigest()
    ledger.keep(DOCUMENT, f"{DOCUMENT}.md", content_hash, content)
    return content_hash


def record(ledger: Ledger, made: DecisionRecord | None = None) -> DecisionRecord:
    """The decision with the document that was in force for it, both kept."""
    made = made or decision()
    ledger.record(made, {DOCUMENT: keep_document(ledger)})
    return made
