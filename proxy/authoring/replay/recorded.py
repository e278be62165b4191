"""A decision's record as rules read it, and what they cannot read there any more: that is named, never guessed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from proxy.context.snapshot import FactState, Importance
from proxy.grounding.types import ClaimKind
from proxy.ledger.answers.contexts import facts_of
from proxy.ledger.masking import MASK
from proxy.ledger.records import DecisionRecord, JsonObject, models_sentence
from proxy.rules.context_options import ContextOptions, FactOptions
from proxy.rules.fact_values import fact_value
from proxy.rules.facts import AnswerFacts, ClaimFacts, ContextValues, FactValue, RequestFacts, ToolCall

NO_TEXT = "what the customer wrote is not kept"
NO_CONTEXT = "nobody looked at the customer's context"
NO_VALUE = "the fact's value is not kept"
NO_FACT = "the fact was not read then"
OTHER_TYPE = "the fact was of another type"
NO_ANSWER = "the model was not asked, or its answer is not kept"
NO_CALLS = "calls of tools were not recorded then"
NO_ARGUMENTS = "the calls' arguments are not kept"

_IN_REQUEST = tuple(field.name for field in fields(RequestFacts))
_NOTHING_TO_CHECK = 1.0  # the confidence of a sentence that says nothing that could be checked
_NOT_JUDGED = "unverified"
_CUTTING_SHORT = ("escalate", "refuse")


@dataclass(frozen=True, slots=True)
class RecordedAnswer:
    """A choice with the model's own text, its claims and its calls; ``cut_short`` by its text, no call of it left."""

    said: AnswerFacts
    claims: tuple[ClaimFacts, ...]
    cut_short: bool


@dataclass(frozen=True, slots=True)
class Recorded:
    """One decision; ``unknown`` has what cannot be read of it (``request.text``, ``context.tier``), and why.

    ``answers`` are what the model said and called, by choice.
    """

    record: DecisionRecord
    request: RequestFacts
    context: ContextValues
    answers: tuple[RecordedAnswer, ...]
    unknown: Mapping[str, str]


def recorded(record: DecisionRecord, options: ContextOptions) -> Recorded | None:
    """None for a record made before what rules read was recorded."""
    if record.request is None:
        return None
    unknown = dict(_unknown(record, options))
    return Recorded(
        record, _request(record), _context(record, options, unknown), tuple(_answers(record)), unknown
    )


def _request(record: DecisionRecord) -> RequestFacts:
    told = {name: value for name, value in (record.request or {}).items() if name in _IN_REQUEST}
    return RequestFacts(
        **{
            **told,
            "model": record.model,
            "route": record.route,
            "tenant": record.tenant,
            "customer_id": record.customer_id or "",
            "conversation_id": record.conversation_id or "",
            "text": record.question or "",
        }
    )


def _unknown(record: DecisionRecord, options: ContextOptions) -> Iterator[tuple[str, str]]:
    if record.question is None:
        yield "request.text", NO_TEXT
    if record.context is None:
        yield "context", NO_CONTEXT
    else:
        for fact in options.facts:
            if why := _not_known(facts_of(record.context).get(fact.name), fact):
                yield f"context.{fact.name}", why
    if not any(_has_text(choice) for choice in record.choices):
        yield from ((name, NO_ANSWER) for name in ("answer.text", "claims"))
    if why := _no_calls(record.choices):
        yield from ((name, why) for name in ("answer.tool_calls", "tool_call"))


def _has_text(choice: JsonObject) -> bool:
    """Whether it is known what the model said; beside calls it may have said nothing."""
    return bool(choice.get("model_text") or ("model_text" in choice and choice.get("calls")))


def _no_calls(choices: Sequence[JsonObject]) -> str | None:
    """Why the calls cannot be told; None where they can, or where there was none."""
    if not any("calls" in choice for choice in choices):
        return NO_CALLS if any(choice.get("model_text") for choice in choices) else NO_ANSWER
    calls = [call for choice in choices for call in choice.get("calls") or ()]
    if not calls and not any(choice.get("model_text") for choice in choices):
        return NO_ANSWER
    return None if all(map(_is_whole, calls)) else NO_ARGUMENTS


def _is_whole(call: JsonObject) -> bool:
    """Whether the arguments are kept, and what was masked in them left them readable."""
    arguments = call.get("arguments")
    if arguments is None or MASK not in arguments:
        return arguments is not None
    try:
        json.loads(arguments)
    except ValueError:
        return False
    return True


def _not_known(told: JsonObject | None, fact: FactOptions) -> str | None:
    """Why a fact's value cannot be told; a value that is left out where none was to be kept is known to be none."""
    if told is None:
        return NO_FACT
    if "value" not in told:
        is_kept = not fact.is_masked and fact.keep_days is None
        return None if is_kept and told.get("state") != FactState.FRESH else NO_VALUE
    try:
        fact_value(told["value"], fact.type)
    except ValueError:
        return OTHER_TYPE
    return None


def _context(record: DecisionRecord, options: ContextOptions, unknown: Mapping[str, str]) -> ContextValues:
    told = facts_of(record.context)
    known = [fact for fact in options.facts if f"context.{fact.name}" not in unknown and fact.name in told]
    return ContextValues(
        facts={fact.name: _fact(told[fact.name], fact) for fact in known},
        completeness=float((record.context or {}).get("completeness", 1.0)),
        not_fresh=tuple(
            name
            for name, fact in told.items()
            if fact.get("class") == Importance.REQUIRED and fact.get("state") != FactState.FRESH
        ),
    )


def _fact(told: JsonObject, fact: FactOptions) -> FactValue:
    return FactValue(
        value=fact_value(told["value"], fact.type) if "value" in told else None,
        state=told.get("state", ""),
        age_s=told.get("age_s"),
        source=told.get("source", ""),
    )


def _answers(record: DecisionRecord) -> Iterator[RecordedAnswer]:
    for choice in record.choices:
        calls = tuple(
            ToolCall(call.get("id") or "", call.get("name"), call.get("arguments") or "")
            for call in choice.get("calls") or ()
        )
        if choice.get("model_text") or calls:
            told = choice.get("claims") or ()
            cut_short = any(claim.get("action") in _CUTTING_SHORT for claim in told)
            said = AnswerFacts(choice.get("model_text") or "", calls)
            yield RecordedAnswer(said, tuple(map(_claim, told)), cut_short)


def _claim(told: Mapping[str, Any]) -> ClaimFacts:
    kind, confidence = told.get("kind") or "unknown", told.get("confidence")
    if confidence is None:
        confidence = _NOTHING_TO_CHECK if kind == ClaimKind.NOT_CHECKABLE else 0.0
    evidence: JsonObject = next(iter(told.get("evidence") or ()), {})
    return ClaimFacts(
        text=models_sentence(told) or "",
        kind=kind,
        verdict=told.get("verdict") or _NOT_JUDGED,
        confidence=float(confidence),
        document=evidence.get("document") or "",
    )
