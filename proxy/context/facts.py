"""From what sources said to facts with a state: pure, the same whatever the order in which sources answer.

A reading is one source's; a fact is what all its sources together let us act on:

    fresh readings that differ                               conflicting: the protective value
    a fresh reading with the protective value                fresh, whatever the other sources are
    fresh readings that agree, and no other is unheard       fresh
    else, where there is a protective value                  as the others are: the protective value

So where one of several sources is not heard, what it might have said is not taken for untrue. Unheard is what failed or
is stale, and of a required fact what is missing too: a misspelt path looks like a customer whom the CRM does not know.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from proxy.context.snapshot import ContextFact, FactState, Importance, Reading
from proxy.context.sources.source import Found
from proxy.rules.context_options import FactOptions
from proxy.rules.durations import in_words
from proxy.rules.fact_values import fact_value

CLOCKS_DIFFER = timedelta(minutes=5)
NOT_THERE = Found()
# The worst first: of several sources that are not fresh, this one's state is the fact's.
_WORST_FIRST = (FactState.FAILED, FactState.STALE, FactState.MISSING)


def reading_of(found: Found, fact: FactOptions, source: str, *, read_at: datetime, now: datetime) -> Reading:
    """What a source has of a fact, judged by the fact's type and age at ``now``."""

    def reading(state: FactState, problem: str | None = None, **known: Any) -> Reading:
        return Reading(source, state, read_at=read_at, problem=problem, **known)

    if found.problem is not None:
        return reading(FactState.FAILED, found.problem)
    origin, is_there = fact.origins[source], not _is_nothing(found.value)
    if not is_there and origin.absent is None:
        return reading(FactState.MISSING, "the source has none")
    try:
        value = fact_value(found.value if is_there else origin.absent, fact.type)
    except ValueError as error:
        return reading(FactState.FAILED, f"what the source has {error}")
    if is_there and origin.true_at is not None and _is_nothing(found.true_at):
        return reading(FactState.STALE, "the source does not say since when", value=value)
    try:
        true_at = None if found.true_at is None else _instant(found.true_at)
    except ValueError as error:
        return reading(FactState.FAILED, f"the time that it was true {error}")
    since = true_at or read_at
    if since > now + CLOCKS_DIFFER:
        return reading(FactState.FAILED, "the time that it was true lies in the future")
    if now - since > fact.max_age:
        why = f"older than {in_words(fact.max_age)}"
        return reading(FactState.STALE, why, value=value, true_at=true_at)
    return reading(FactState.FRESH, value=value, true_at=true_at)


def failed(source: str, problem: str, *, read_at: datetime) -> Reading:
    return Reading(source, FactState.FAILED, read_at=read_at, problem=problem)


def unasked(source: str) -> Reading:
    return Reading(source, FactState.MISSING, problem="the customer is not known")


def fact_of(fact: FactOptions, readings: Sequence[Reading]) -> ContextFact:
    """What the readings of all its sources make of a fact."""
    protective = fact.protective
    fresh = [one for one in readings if one.state is FactState.FRESH]
    protecting = [one for one in fresh if protective is not None and one.value == protective]
    heard = {FactState.FRESH} if fact.importance == "required" else {FactState.FRESH, FactState.MISSING}
    unheard = [one for one in readings if one.state not in heard]
    if len({one.value for one in fresh}) > 1:
        return _fact(fact, FactState.CONFLICTING, protective, _newest(protecting), readings)
    if fresh and (protecting or protective is None or not unheard):
        reading = _newest(fresh)
        return _fact(fact, FactState.FRESH, reading and reading.value, reading, readings)
    state = next(state for state in _WORST_FIRST if any(one.state is state for one in readings))
    reading = _newest([one for one in readings if one.state is state])
    return _fact(fact, state, protective, reading, readings)


def _fact(
    fact: FactOptions, state: FactState, value: Any, reading: Reading | None, readings: Sequence[Reading]
) -> ContextFact:
    return ContextFact(
        name=fact.name,
        importance=Importance(fact.importance),
        state=state,
        value=value,
        reading=reading,
        readings=tuple(readings),
        masked=fact.is_masked or fact.keep_days == 0,
    )


def _newest(readings: Sequence[Reading]) -> Reading | None:
    """The one that was true last; of several, by the source's name, so that their order does not matter."""
    nobody = datetime.min
    return max(
        readings,
        key=lambda one: ((one.true_at or one.read_at or nobody).replace(tzinfo=None), one.source),
        default=None,
    )


def _is_nothing(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _instant(value: Any) -> datetime:
    moment = fact_value(value, "time")
    assert isinstance(moment, datetime)
    return moment
