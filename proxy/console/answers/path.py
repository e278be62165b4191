"""One answer as the path of its decision: from what was known over rules and claims to what the customer read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from proxy.ledger.answers.contexts import facts_of
from proxy.ledger.records import DecisionRecord, JsonObject, models_sentence

DONE = {
    "deliver": "delivered as the model wrote it",
    "rewrite": "delivered with the policy's words in place of what was not supported",
    "escalate": "handed to a person",
    "refuse": "refused",
}
WOULD_BE = {
    "deliver": "would have been delivered as the model wrote it",
    "rewrite": "would have been delivered with the policy's words in place of what was not supported",
    "escalate": "would have been handed to a person",
    "refuse": "would have been refused",
}


@dataclass(frozen=True, slots=True)
class FactTold:
    """What was known of the customer, or what a tool told."""

    name: str
    value: str
    state: str
    age_s: float | None
    source: str


@dataclass(frozen=True, slots=True)
class ClaimTold:
    """A sentence of the model's, what it was judged by, and what stands in its place (None where it does itself)."""

    text: str | None
    verdict: str
    confidence: float | None
    kind: str
    action: str
    reason: str | None
    evidence: tuple[JsonObject, ...]
    instead: str | None


@dataclass(frozen=True, slots=True)
class ChoiceTold:
    number: int
    model_text: str | None
    delivered: str | None
    would_deliver: str | None
    claims: tuple[ClaimTold, ...]
    rules: tuple[JsonObject, ...]


@dataclass(frozen=True, slots=True)
class Path:
    """All that the page shows of a record."""

    record: DecisionRecord
    done: str
    facts: tuple[FactTold, ...]
    tools: tuple[JsonObject, ...]
    rules_ahead: tuple[JsonObject, ...]
    rules_over: tuple[JsonObject, ...]
    choices: tuple[ChoiceTold, ...]
    completeness: float | None
    request: Mapping[str, str]


def path_of(record: DecisionRecord) -> Path:
    fired = record.rules or []
    let_pass = record.mode in ("observe", "immediate")
    return Path(
        record=record,
        done=(WOULD_BE if let_pass else DONE).get(record.decision, record.decision),
        facts=tuple(_facts(record.context)),
        tools=tuple(record.facts),
        rules_ahead=tuple(one for one in fired if one.get("choice") is None),
        rules_over=tuple(one for one in fired if one.get("choice") is not None),
        choices=tuple(_choice(number, choice) for number, choice in enumerate(record.choices)),
        completeness=(record.context or {}).get("completeness"),
        request={name: _shown(value) for name, value in (record.request or {}).items() if value},
    )


def claim_counts(record: DecisionRecord) -> dict[str, int]:
    """How many claims have which verdict, without those in which there is nothing to check."""
    counts: dict[str, int] = {}
    for choice in record.choices:
        for claim in choice.get("claims") or ():
            verdict = str(claim.get("verdict") or "unverified")
            counts[verdict] = counts.get(verdict, 0) + 1
    counts.pop("not_checkable", None)
    return dict(sorted(counts.items()))


def delivered_text(record: DecisionRecord) -> str:
    return "\n".join(
        str(choice["delivered_text"]) for choice in record.choices if choice.get("delivered_text")
    )


def _facts(context: JsonObject | None) -> Iterator[FactTold]:
    for name, fact in facts_of(context).items():
        value = _shown(fact["value"]) if fact.get("value") is not None else ""
        yield FactTold(
            name, value, str(fact.get("state") or ""), fact.get("age_s"), str(fact.get("source") or "")
        )


def _choice(number: int, choice: JsonObject) -> ChoiceTold:
    return ChoiceTold(
        number=int(choice.get("choice", number)),
        model_text=choice.get("model_text") or None,
        delivered=choice.get("delivered_text") or choice.get("refusal") or None,
        would_deliver=choice.get("would_deliver"),
        claims=tuple(map(_claim, choice.get("claims") or ())),
        rules=tuple(choice.get("rules") or ()),
    )


def _claim(claim: JsonObject) -> ClaimTold:
    said, stands = models_sentence(claim), claim.get("text")
    return ClaimTold(
        text=said,
        verdict=str(claim.get("verdict") or "unverified"),
        confidence=claim.get("confidence"),
        kind=str(claim.get("kind") or ""),
        action=str(claim.get("action") or ""),
        reason=claim.get("reason"),
        evidence=tuple(claim.get("evidence") or ()),
        instead=stands if claim.get("blocked_text") and stands and stands != said else None,
    )


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)
