"""What a decision's record keeps of the context that it was made in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from proxy.context.snapshot import ContextFact, Reading, Snapshot
from proxy.rules.fact_values import Value

JsonObject = dict[str, Any]


def context_record(snapshot: Snapshot) -> JsonObject | None:
    """``{"completeness", "spent_ms", "facts": {name: {"state", "class", "age_s", "source", ...}}}``; None for none.

    A fact's ``value`` is the one to act on, ``age_s`` the age of what was read, ``problem`` why it is not fresh. Where
    several sources say it, ``readings`` has each one's ``source``, ``state``, ``value``, ``age_s`` and ``problem``.
    What there is not is left out; masked facts have no values. Times are texts in RFC 3339.
    """
    if snapshot.at is None:
        return None
    return {
        "completeness": round(snapshot.completeness, 4),
        "spent_ms": round(snapshot.spent_ms, 1),
        "facts": {name: _fact(fact, snapshot.at) for name, fact in snapshot.facts.items()},
    }


def _fact(fact: ContextFact, now: datetime) -> JsonObject:
    reading = fact.reading
    written: JsonObject = {"state": fact.state.value, "class": fact.importance.value}
    if not fact.masked and fact.value is not None:
        written["value"] = json_value(fact.value)
    if reading is not None:
        written |= _known(age_s=_age_s(reading, now), source=reading.source, problem=reading.problem)
    if len(fact.readings) > 1:
        written["readings"] = [_reading(one, fact, now) for one in fact.readings]
    return written


def _reading(reading: Reading, fact: ContextFact, now: datetime) -> JsonObject:
    value = None if fact.masked or reading.value is None else json_value(reading.value)
    known = _known(age_s=_age_s(reading, now), value=value, problem=reading.problem)
    return {"source": reading.source, "state": reading.state.value, **known}


def _known(**values: Any) -> JsonObject:
    return {name: value for name, value in values.items() if value is not None}


def _age_s(reading: Reading, now: datetime) -> float | None:
    age = None if reading.value is None else reading.age(now)
    return None if age is None else round(age.total_seconds(), 3)


def json_value(value: Value) -> bool | float | str:
    return value.isoformat() if isinstance(value, datetime) else value
