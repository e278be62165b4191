"""An answer as it is reported: its claims in the ``cxai`` object, and with more in the decision record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from proxy.actions.decide import Action, Judged
from proxy.actions.first_words import said_first
from proxy.actions.gate import Gate
from proxy.actions.inquiry import Inquiry, Outcome
from proxy.actions.rule_facts import request_facts
from proxy.actions.telling import action_of
from proxy.context.record import context_record
from proxy.context.snapshot import Snapshot
from proxy.context.system_documents import SYSTEM_DOCUMENT
from proxy.grounding.types import ClaimKind, Evidence, Fact, Verdict
from proxy.ledger.records import DecisionRecord
from proxy.rules.facts import ToolCall
from proxy.rules.rules import Fired
from proxy.verifiers.calibrated import raw_of

JsonObject = dict[str, Any]
_TOLD_ELSEWHERE = ("model", "route", "customer_id", "conversation_id", "tenant", "text")


def claim_report(judged: Judged, *, choice: int, text: str, start: int, end: int) -> JsonObject:
    """A claim of the ``cxai`` object: ``text[start:end]`` is what the customer reads in its place.

    ``verdict`` and ``confidence`` are those of the model's sentence, also where another stands there now (``action``).
    """
    judgement = judged.judgement
    checkable = judgement is not None and judgement.claim.kind is not ClaimKind.NOT_CHECKABLE
    return {
        "choice": choice,
        "text": text[start:end],
        "start": start,
        "end": end,
        "kind": judgement.claim.kind.value if judgement else None,
        "verdict": judgement.verdict.label.value if judgement else "unverified",
        "confidence": round(judgement.verdict.confidence, 4) if judgement and checkable else None,
        **(_raw_report(judgement.verdict) if judgement else {}),
        "action": judged.ruling.action.word,
        **({"called_for": judged.ruling.called_for.word} if judged.ruling.called_for is not None else {}),
        "reason": _public_reason(judged),
        "evidence": [evidence_report(evidence) for evidence in judgement.verdict.evidence]
        if judgement
        else [],
    }


def _raw_report(verdict: Verdict) -> JsonObject:
    """What the verifier said before a calibration; nothing where there is none.

    Labels are worth something only with this score (docs/calibration.md), so it is rounded less than what is shown: a
    threshold must not come to lie between the two.
    """
    raw = raw_of(verdict)
    return {"raw": {"verdict": raw[0].value, "confidence": round(raw[1], 6)}} if raw else {}


def evidence_report(evidence: Evidence) -> JsonObject:
    """The deciding quote and its place; a system prompt is named as evidence and never shown."""
    if evidence.document == SYSTEM_DOCUMENT:
        return {"document": evidence.document, "section": None, "quote": None, "url": None}
    return {
        "document": evidence.document,
        "section": evidence.section,
        "quote": evidence.quote,
        "url": evidence.url,
    }


def _public_reason(judged: Judged) -> str:
    """A reason quotes what decided; what a system prompt says stays inside."""
    evidence = judged.judgement.verdict.evidence if judged.judgement else ()
    if any(one.document == SYSTEM_DOCUMENT for one in evidence):
        return "decided by the operator's system message"
    return judged.ruling.reason


def choice_claims(gate: Gate, *, blocked: bool) -> list[JsonObject]:
    """The claims of one choice; ``blocked`` adds the sentences that the customer did not get.

    Without it a blocked sentence's reason is left out too, since it repeats what was wrong in it.
    """
    reports = []
    for settled in gate.settled:
        report = claim_report(
            settled.judged, choice=gate.choice, text=gate.delivered, start=settled.start, end=settled.end
        )
        if settled.judged.ruling.action is not Action.DELIVER:
            if blocked:
                report["blocked_text"] = settled.judged.segment.text
            else:
                del report["reason"]
        reports.append(report)
    return reports


def choice_record(
    choice: int, gate: Gate | None, calls: Sequence[ToolCall] = (), *, observed: bool = False
) -> JsonObject:
    """One choice of the decision record; an ``observed`` one left as the model gave it.

    Its claims' offsets are then into ``would_deliver``. ``gate`` is None for a choice of nothing but ``calls``.
    """
    called = {"calls": [{"id": call.id, "name": call.name, "arguments": call.text} for call in calls]}
    if gate is None:
        nothing: JsonObject = {"model_text": "", "delivered_text": "", "refusal": None, "claims": []}
        return {"choice": choice, **nothing, **called}
    left = {"delivered_text": gate.model_text, "would_deliver": gate.delivered}
    return {
        "choice": choice,
        "model_text": gate.model_text,
        **(left if observed else {"delivered_text": gate.delivered}),
        "refusal": gate.refusal,
        "claims": choice_claims(gate, blocked=True),
        **called,
        **({"rules": [_rule_record(fired) for fired in gate.fired]} if gate.fired else {}),
    }


def rule_report(fired: Fired, choice: int | None) -> JsonObject:
    """A rule that fired, in the ``cxai`` object; ``choice`` is None for one that fired before the model was asked."""
    return {"choice": choice, **_told_to_all(fired)}


def _told_to_all(fired: Fired) -> JsonObject:
    """Neither its reason, which is for staff, nor a call's arguments."""
    rule, action = fired.rule, action_of(fired.rule)
    return {
        "rule": rule.name,
        "effect": rule.effect.value,
        **({"tool": fired.call.name} if fired.call else {}),
        **({"action": action} if action else {}),
        **({"label": rule.label} if rule.label else {}),
        "evaluated": fired.problem is None,
    }


def _rule_record(fired: Fired) -> JsonObject:
    call = {"call_id": fired.call.id, "arguments": fired.call.text} if fired.call else {}
    problem = {"problem": fired.problem} if fired.problem else {}
    return {**_told_to_all(fired), "reason": fired.reason, **problem, **call}


def context_report(snapshot: Snapshot) -> JsonObject | None:
    """How much is known of the customer, in the ``cxai`` object; None where nobody looked."""
    if snapshot.at is None:
        return None
    return {"completeness": round(snapshot.completeness, 4), "not_fresh": list(snapshot.not_fresh)}


def fact_record(fact: Fact) -> JsonObject:
    return {"source": fact.source, "text": fact.text, "succeeded": fact.succeeded}


def decision_record(
    inquiry: Inquiry,
    outcome: Outcome,
    gates: Mapping[int, Gate],
    *,
    owner: str,
    confidence: float | None,
    trace_id: str,
    policy_date: datetime,
    versions: dict[str, str],
    timings_ms: dict[str, float],
    usage: JsonObject,
) -> DecisionRecord:
    """What is kept of an answer: what was asked, what the model said, what was delivered and why."""
    observed = inquiry.mode == "observe"
    return DecisionRecord(
        response_id=inquiry.response_id,
        created_at=inquiry.received_at,
        route=inquiry.route.name,
        mode=inquiry.mode,
        decision=outcome.action.word,
        verified=outcome.verified,
        model=inquiry.model,
        unverified_reason=outcome.unverified_reason,
        confidence=confidence,
        owner=owner,
        conversation_id=inquiry.customer.conversation_id,
        customer_id=inquiry.customer.id,
        trace_id=trace_id,
        streamed=inquiry.streamed,
        question=inquiry.question,
        policy_date=policy_date,
        choices=[
            _with_first_words(
                inquiry,
                choice_record(index, gates.get(index), outcome.calls.get(index, ()), observed=observed),
            )
            for index in sorted({*gates, *outcome.calls})
        ],
        facts=[fact_record(fact) for fact in inquiry.facts],
        versions=versions,
        timings_ms=timings_ms,
        usage=usage,
        escalation_ref=outcome.escalation.ref if outcome.escalation else None,
        tenant=inquiry.tenant,
        request=_request_record(inquiry),
        context=context_record(inquiry.context),
        rules=[{"choice": choice, **_rule_record(fired)} for choice, fired in outcome.fired],
        answered_by=next((one.author for one in outcome.told), None),
    )


def _with_first_words(inquiry: Inquiry, choice: JsonObject) -> JsonObject:
    """Who looks at the answer later has to know what in it is neither the model's nor about today's question."""
    places = said_first(inquiry, choice["delivered_text"])
    return {**choice, "said_first": places} if places else choice


def _request_record(inquiry: Inquiry) -> JsonObject:
    """What rules could read of the request, but for what stands in the record anyway."""
    told = asdict(request_facts(inquiry))
    return {name: value for name, value in told.items() if name not in _TOLD_ELSEWHERE}
