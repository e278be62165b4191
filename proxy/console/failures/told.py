"""A failure as its page tells it: each step with its clock, who knew of it when, and on what evidence."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

from proxy.console.failures.words import (
    CAUSES,
    CORRECTED_HOW,
    RESTORED_HOW,
    SOURCES,
    STEPS,
    in_words,
)
from proxy.console.section import CONSOLE
from proxy.ledger.failures.records import OPEN, FailureEvent, FailureFile, FailureState, Status, Step
from proxy.ledger.records import DecisionRecord, JsonObject
from proxy.telemetry import names

FAILURES = f"{CONSOLE}/failures"
KNEW_AT_ONCE = timedelta(minutes=1)
_BLAMED = ("contradicted", "unsupported")
_HOW: Mapping[str, Mapping[str, str]] = {Step.RESTORED: RESTORED_HOW, Step.CORRECTED: CORRECTED_HOW}
_TOLD_APART = ("how", "cause", "amount", "currency", "event", "of_lesson")
_MARGIN_US = 3_600_000_000  # an hour, for clocks that differ
_LONGEST = 200  # characters of a piece of evidence


@dataclass(frozen=True, slots=True)
class Evidence:
    """A piece of what a step rests on; ``address`` is None where there is no page of it."""

    name: str
    value: str
    address: str | None = None


@dataclass(frozen=True, slots=True)
class ToldStep:
    """``since``: after the failure; ``knew_later``: so much later the ledger learned of it, None where at once."""

    event: FailureEvent
    words: str
    how: str
    since: timedelta
    knew_later: timedelta | None
    source: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Clock:
    """From the failure to one of its steps; ``at`` is None where that has not happened."""

    name: str
    at: datetime | None
    took: timedelta


def steps_of(file: FailureFile) -> list[ToldStep]:
    return [_step(file, one) for one in file.events]


def clocks_of(state: FailureState, now: datetime) -> list[Clock]:
    """How long each step took, or has been going on; of what is not open any more only what happened."""
    named = (
        ("Found", state.detected_at),
        ("Contained", state.contained_at),
        ("Put right with the customer", state.corrected_at),
        ("Customer whole again", state.restored_at),
    )
    running = state.status in OPEN
    return [
        Clock(name, at, (at or now) - state.occurred_at) for name, at in named if at is not None or running
    ]


def next_step(state: FailureState) -> str:
    """What is missing next, in a sentence."""
    if state.status == Status.PROPOSED:
        return "Look whether it is a failure at all: accept it, or dismiss it. Until then it counts nowhere."
    if state.status == Status.DISMISSED:
        return "Nothing: it was found to be no failure."
    if state.ended_how is not None:
        lesson = "" if state.learned_at else " What it teaches can still be written down."
        return f"Nothing for the customer any more.{lesson}"
    missing = [
        words
        for at, words in (
            (state.contained_at, "see to it that no more customers are hit"),
            (state.corrected_at, "put it right with the customer"),
            (state.restored_at, "learn whether the customer is whole again"),
            (state.learned_at, "write down what it teaches"),
        )
        if at is None
    ]
    if not missing:
        return "Nothing: the customer is whole again, and a lesson holds."
    first, *later = missing
    more = f" Then: {'; '.join(later)}." if later else ""
    return f"{first[0].upper()}{first[1:]}.{more}"


def _step(file: FailureFile, event: FailureEvent) -> ToldStep:
    knew = None if event.known_at is None else event.known_at - event.at
    return ToldStep(
        event=event,
        words=in_words(STEPS, event.step),
        how=in_words(_HOW.get(event.step, {}), event.data.get("how")),
        since=event.at - file.failure.occurred_at,
        knew_later=knew if knew is not None and knew >= KNEW_AT_ONCE else None,
        source=in_words(SOURCES, event.source),
        evidence=tuple(_evidence(event.data)),
    )


def _evidence(data: JsonObject) -> Iterator[Evidence]:
    texts = {name: _written(value) for name, value in data.items() if value is not None}
    linked: Mapping[str, tuple[str, str]] = {
        "response_id": ("Answer", f"{CONSOLE}/answers/"),
        "case_ref": ("Case", f"{CONSOLE}/cases/"),
        "of": ("Earlier failure", f"{FAILURES}/"),
    }
    for name, (words, place) in linked.items():
        if name in texts:
            yield Evidence(words, texts[name], place + quote(texts[name], safe=""))
    if "cause" in texts:
        yield Evidence("Cause", in_words(CAUSES, texts["cause"]))
    if "amount" in texts:
        yield Evidence("At stake", money(data.get("amount"), texts.get("currency")))
    for name, value in texts.items():
        if name not in linked and name not in _TOLD_APART:
            address = (
                f"{CONSOLE}/answers?{urlencode({'rule': value, 'when': 'all'})}" if name == "rule" else None
            )
            yield Evidence(name.replace("_", " ").capitalize(), value[:_LONGEST], address)


def traces_address(jaeger: str, file: FailureFile, now: datetime) -> str:
    """Where Jaeger shows the trace of each step of a failure, found by its reference."""
    start, end = (int(one.timestamp() * 1_000_000) for one in (file.known_at, now))
    asked = {
        "service": os.environ.get("OTEL_SERVICE_NAME", names.DEFAULT_SERVICE_NAME),
        "tags": json.dumps({names.FAILURE_REF: file.id}),
        "lookback": "custom",
        "start": start - _MARGIN_US,
        "end": end + _MARGIN_US,
    }
    return f"{jaeger}/search?{urlencode(asked)}"


def money(amount: object, currency: str | None) -> str:
    """An amount as people read it; its currency where it is known."""
    number = f"{amount:,.2f}" if isinstance(amount, int | float) else str(amount)
    return f"{number} {currency}" if currency else number


def _written(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def blamed_sentences(record: DecisionRecord) -> list[JsonObject]:
    """The sentences of a recorded answer that are not supported, or were kept back."""
    return [one for one in record.claims if one.get("verdict") in _BLAMED or one.get("blocked_text")]
