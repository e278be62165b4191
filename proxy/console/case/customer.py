"""The customer's context as a table for people: each fact in words, with its state and its age."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from proxy.console.wording import duration, instant

FRESH, MISSING = "fresh", "missing"
_STATES = {
    "stale": "too old to rely on",
    "missing": "not known",
    "failed": "the source did not answer",
    "conflicting": "the sources disagree",
}


@dataclass(frozen=True, slots=True)
class ShownFact:
    """``age`` is how old the value was when the answer was given."""

    name: str
    value: str
    age: str
    state: str

    @property
    def is_fresh(self) -> bool:
        return self.state == FRESH

    @property
    def state_in_words(self) -> str:
        return _STATES.get(self.state, self.state)


@dataclass(frozen=True, slots=True)
class ToolTold:
    """What a tool of the chatbot's told the model; ``text`` is None where it is not kept."""

    tool: str
    text: str | None
    failed: bool


def shown_facts(context: Mapping[str, Any] | None) -> list[ShownFact]:
    """What a decision's record kept of the context; what nobody has to know and nobody had is left out."""
    facts = (context or {}).get("facts") or {}
    return [_shown(name, fact) for name, fact in facts.items() if _counts(fact)]


def told_by_tools(facts: Sequence[Mapping[str, Any]]) -> list[ToolTold]:
    """What a decision's record kept of tools' results, in the order in which they came."""
    return [
        ToolTold(str(fact.get("source") or "a tool"), _flat(fact.get("text")), fact.get("succeeded") is False)
        for fact in facts
    ]


def _flat(text: str | None) -> str | None:
    """An object of JSON as lines of ``name: value``, to be read; anything else as it came."""
    try:
        told = json.loads(text or "")
    except (ValueError, RecursionError):
        return text
    return "\n".join(_lines(told, "")) if isinstance(told, dict) else text


def _lines(value: Any, name: str) -> Iterator[str]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _lines(inner, f"{name} {key}".strip())
    else:
        yield f"{name}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"


def _counts(fact: Mapping[str, Any]) -> bool:
    return fact.get("state") != MISSING or fact.get("class") == "required"


def _shown(name: str, fact: Mapping[str, Any]) -> ShownFact:
    age = fact.get("age_s")
    return ShownFact(
        name=name.replace("_", " "),
        value=_value(fact),
        age="" if age is None else duration(timedelta(seconds=age)),
        state=str(fact.get("state") or MISSING),
    )


def _value(fact: Mapping[str, Any]) -> str:
    if "value" not in fact:
        return "not shown" if fact.get("state") == FRESH else "not known"
    value = fact["value"]
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return f"{value:,.0f}"
    return _moment(value) or str(value)


def _moment(value: Any) -> str | None:
    """A moment's text as people read it; None for what is none."""
    if not isinstance(value, str) or "T" not in value:
        return None
    try:
        return instant(datetime.fromisoformat(value))
    except ValueError:
        return None
