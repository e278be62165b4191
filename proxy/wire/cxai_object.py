"""What comes back of the guard's work: the ``cxai`` object in the body, and the ``x-cxai-*`` headers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from proxy.actions.accountable import REVIEWER
from proxy.actions.decide import Action, Judged
from proxy.actions.inquiry import Inquiry
from proxy.actions.report import choice_claims, claim_report, context_report, rule_report
from proxy.guard import AnswerGuard
from proxy.ledger.desk.records import Outcome as PersonsAnswer
from proxy.ledger.recall.records import Correction

JsonObject = dict[str, Any]

IMMEDIATE = {"x-cxai-delivery": "immediate"}

MANY_CLAIMS = 500


async def cxai_object_of(answer: AnswerGuard) -> JsonObject:
    """``cxai_object``, in a thread where there is much to tell."""
    long = len(answer.judged) > MANY_CLAIMS
    return await asyncio.to_thread(cxai_object, answer) if long else cxai_object(answer)


def cxai_object(answer: AnswerGuard, claims: list[JsonObject] | None = None) -> JsonObject:
    """The ``cxai`` object of an answer; ``claims`` where they are not those of its gates (a check)."""
    outcome, route = answer.outcome, answer.inquiry.route
    gates = [answer.gates[index] for index in sorted(answer.gates)]
    rules = [rule_report(fired, choice) for choice, fired in outcome.fired]
    rules += [rule_report(fired, gate.choice) for gate in gates for fired in gate.fired]
    context = context_report(answer.inquiry.context)
    if claims is None:
        claims = [claim for gate in gates for claim in choice_claims(gate, blocked=route.expose_blocked)]
    dropped = [gate.choice for gate in gates if gate.logprobs_dropped]
    confidence = answer.confidence()
    immediate = {"delivery": "immediate", "called_for": outcome.action.word}
    return {
        "response_id": answer.inquiry.response_id,
        "decision": _done(answer).word,
        **(immediate if answer.inquiry.immediate else {}),
        "verified": outcome.verified,
        "unverified_reason": outcome.unverified_reason,
        "confidence": None if confidence is None else round(confidence, 4),
        "accountable": _accountable(answer),
        "corpus_version": answer.corpus_version,
        "claims": claims,
        "escalation": {"ref": outcome.escalation.ref, "url": None} if outcome.escalation else None,
        **(
            {"reask": {"times": outcome.reasked, "usage": answer.usage.get("reask")}}
            if outcome.reasked
            else {}
        ),
        **({"told_first": [_told(one) for one in outcome.told]} if outcome.told else {}),
        **({"corrections": [_correction(one) for one in outcome.corrected]} if outcome.corrected else {}),
        **({"context": context} if context else {}),
        **({"rules": rules} if rules else {}),
        **({"logprobs_dropped": dropped} if dropped else {}),
    }


def _accountable(answer: AnswerGuard) -> JsonObject:
    """People by their names for customers: those that they act under are the company's own."""
    found = asdict(answer.accountable)
    if found["role"] == REVIEWER:
        found["owner"] = answer.outcome.told[0].author_name
    return found


def _told(one: PersonsAnswer) -> JsonObject:
    """A person's answer that this one begins with."""
    return {
        "ref": one.ref,
        "author": "human",
        "name": one.author_name,
        "text": one.text,
        "verified": one.verified,
        "answered_at": one.answered_at.isoformat(),
    }


def _correction(one: Correction) -> JsonObject:
    """A correction of an earlier answer that this one begins with."""
    return {"ref": one.ref, "response_id": one.response_id, "text": one.text}


def checked_object(answer: AnswerGuard, text: str, judged: Sequence[Judged]) -> JsonObject:
    """The ``cxai`` object of a text that is only checked: its claims' offsets are into the text as it was given."""
    claims = [
        claim_report(one, choice=0, text=text, start=one.segment.start, end=one.segment.end) for one in judged
    ]
    return cxai_object(answer, claims)


def _done(answer: AnswerGuard) -> Action:
    """What was done. With ``delivery: immediate`` all text leaves, and only a rule can stop a call."""
    if not answer.inquiry.immediate:
        return answer.outcome.action
    return max((gate.closed or Action.DELIVER for gate in answer.gates.values()), default=Action.DELIVER)


def decision_headers(answer: AnswerGuard) -> dict[str, str]:
    """The headers of an answer that is decided as a whole before it leaves."""
    outcome = answer.outcome
    confidence = answer.confidence()
    headers = {
        "x-cxai-decision": _done(answer).word,
        "x-cxai-verified": "yes" if outcome.verified else "no",
        "x-cxai-response-id": answer.inquiry.response_id,
    }
    if answer.inquiry.immediate:
        headers |= {**IMMEDIATE, "x-cxai-called-for": outcome.action.word}
    if outcome.unverified_reason:
        headers["x-cxai-unverified-reason"] = outcome.unverified_reason
    if confidence is not None:
        headers["x-cxai-confidence"] = f"{confidence:.4f}"
    return headers


def pending_headers(inquiry: Inquiry) -> dict[str, str]:
    """The headers of a stream: they leave before anything is decided."""
    headers = {"x-cxai-decision": "pending", "x-cxai-response-id": inquiry.response_id}
    return headers | IMMEDIATE if inquiry.immediate else headers


def unverified_headers(reason: str) -> dict[str, str]:
    """The headers of an error: there is no answer, so nothing was verified."""
    return {"x-cxai-verified": "no", "x-cxai-unverified-reason": reason}


def unguarded_headers(response_id: str, reason: str) -> dict[str, str]:
    """The headers of an answer that leaves as the model gave it (``mode: observe`` and ``mode: off``)."""
    return {
        "x-cxai-decision": "deliver",
        "x-cxai-verified": "no",
        "x-cxai-unverified-reason": reason,
        "x-cxai-response-id": response_id,
    }
