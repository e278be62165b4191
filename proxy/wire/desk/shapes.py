"""Cases as the doors tell them: JSON objects made of what the desk keeps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from proxy.ledger.desk.lifecycle import UNANSWERED, Step, allowed
from proxy.ledger.desk.records import CaseAnswer, CaseEvent, DeskCase, Stepped
from proxy.ledger.records import DecisionRecord, PromiseRecord, models_sentence

JsonObject = dict[str, Any]
# Steps that are the proxy's own or another system's.
_NOT_OF_PEOPLE = (Step.RENEW, Step.LAPSE, Step.DELIVER, Step.EXPIRE, Step.CLOSE, Step.CONFIRM)


def told(one: DeskCase, now: datetime) -> JsonObject:
    """A case as a list shows it; ``steps`` are those that its status allows."""
    steps = [step for step in allowed(one.status) if step not in _NOT_OF_PEOPLE]
    return {
        "object": "escalation",
        **asdict(one),
        "past_due": one.status in UNANSWERED and one.due_at is not None and one.due_at < now,
        "steps": steps,
    }


def told_step(done: Stepped) -> JsonObject:
    return {"object": "escalation.step", **asdict(done)}


def handed_over(
    one: DeskCase,
    events: Iterable[CaseEvent],
    answers: Iterable[CaseAnswer],
    conversation: list[DecisionRecord],
    promises: Iterable[PromiseRecord],
    now: datetime,
) -> JsonObject:
    """A case with all that whoever takes it needs: what was said, what was promised, what was blocked and why."""
    responses = {record.response_id for record in conversation}
    own = [promise for promise in promises if promise.response_id in responses]
    opening = next((record for record in conversation if record.response_id == one.response_id), None)
    return {
        **told(one, now),
        "timeline": [asdict(event) for event in events],
        "answers": [asdict(answer) for answer in answers],
        "transcript": [_turn(record) for record in conversation],
        "promised": [asdict(promise) for promise in own],
        "customer": opening.context if opening else None,
    }


def _turn(record: DecisionRecord) -> JsonObject:
    return {
        "at": record.created_at,
        "response_id": record.response_id,
        "channel": (record.request or {}).get("channel"),
        "question": record.question,
        "answers": [text for choice in record.choices if (text := choice.get("delivered_text"))],
        "decision": record.decision,
        "verified": record.verified,
        "unverified_reason": record.unverified_reason,
        "answered_by": record.answered_by,
        "blocked": [_blocked(claim) for choice in record.choices for claim in _stopped(choice)],
        "rules": record.rules or [],
        "trace_id": record.trace_id,
    }


def _stopped(choice: JsonObject) -> Iterable[JsonObject]:
    for claim in choice.get("claims") or ():
        if (claim.get("called_for") or claim.get("action", "deliver")) != "deliver":
            yield claim


def _blocked(claim: JsonObject) -> JsonObject:
    kept = ("verdict", "confidence", "reason", "unverified_reason", "action", "evidence")
    return {"text": models_sentence(claim), **{name: claim[name] for name in kept if name in claim}}
