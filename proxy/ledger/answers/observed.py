"""What left because of ``mode: observe`` or ``delivery: immediate`` and would have been stopped, worst first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, case, or_, select

from proxy.ledger.records import JsonObject, ObservedAnswer, models_sentence
from proxy.ledger.schema import decisions

DELIVER = "deliver"
BY_AUTOMATION = (DELIVER, "rewrite")
LETTING_PASS = ("observe", "immediate")
WORST_DECISION_FIRST = ("escalate", "refuse", "rewrite")
_WORST_VERDICT_FIRST = ("contradicted", "unsupported", "unverified", "supported")


def by_automation() -> ColumnElement[bool]:
    """What customers had from automation: what was to be delivered, and what left although it was not."""
    return or_(decisions.c.decision.in_(BY_AUTOMATION), decisions.c.mode.in_(LETTING_PASS))


def query(since: datetime | None, tenant: str | None, limit: int) -> Select[Any]:
    """Escalations, refusals, rewrites; in each the lowest confidence first, what was not judged last."""
    severity = case(
        {word: rank for rank, word in enumerate(WORST_DECISION_FIRST)}, value=decisions.c.decision
    )
    found = select(decisions).where(
        decisions.c.mode.in_(LETTING_PASS), decisions.c.decision.in_(WORST_DECISION_FIRST)
    )
    if since is not None:
        found = found.where(decisions.c.created_at >= since)
    if tenant is not None:
        found = found.where(decisions.c.tenant == tenant)
    worst_first = (severity, decisions.c.confidence.asc().nulls_last(), decisions.c.created_at.desc())
    return found.order_by(*worst_first).limit(limit)


def observed_answer(found: Row[Any]) -> ObservedAnswer:
    row = found._mapping
    claim = _worst_claim(row["choices"])
    if (claim.get("called_for") or claim.get("action", DELIVER)) == DELIVER:
        claim = _stopping_rule(row["choices"]) or claim
    evidence: JsonObject = next(iter(claim.get("evidence") or ()), {})
    return ObservedAnswer(
        response_id=row["response_id"],
        created_at=row["created_at"],
        route=row["route"],
        decision=row["decision"],
        confidence=row["confidence"],
        unverified_reason=row["unverified_reason"],
        question=row["question"],
        claim=models_sentence(claim),
        verdict=claim.get("verdict"),
        reason=claim.get("reason"),
        document=evidence.get("document"),
        section=evidence.get("section"),
        quote=evidence.get("quote"),
    )


def _stopping_rule(choices: Iterable[JsonObject]) -> JsonObject | None:
    """The first rule that stopped a call of a tool, told as a claim is."""
    rule = next((rule for choice in choices for rule in choice.get("rules") or ()), None)
    if rule is None:
        return None
    arguments, reason = rule.get("arguments"), rule.get("reason")
    return {
        "text": None if arguments is None else f"{rule['tool']}({arguments})",
        "reason": ": ".join(part for part in (f'rule "{rule["rule"]}"', reason) if part),
    }


def _worst_claim(choices: Iterable[JsonObject]) -> JsonObject:
    return min(_judged_claims(choices), key=_badness, default={})


def _judged_claims(choices: Iterable[JsonObject]) -> Iterator[JsonObject]:
    for choice in choices:
        yield from (
            claim for claim in choice.get("claims") or () if claim.get("verdict") in _WORST_VERDICT_FIRST
        )


def _badness(claim: JsonObject) -> tuple[int, int, float]:
    """Least for the worst: what would have been done with the claim counts first, then why, then how sure."""
    action, confidence = claim.get("called_for") or claim.get("action"), claim.get("confidence")
    severity = (
        WORST_DECISION_FIRST.index(action) if action in WORST_DECISION_FIRST else len(WORST_DECISION_FIRST)
    )
    return severity, _WORST_VERDICT_FIRST.index(claim["verdict"]), 1.0 if confidence is None else confidence
