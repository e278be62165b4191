"""The customer's context as a table for people: each fact in words, with its state and its age."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from proxy.console.wording import duration, instant

FRESH, MISSING = "fresh", "missing"


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


def shown_facts(context: Mapping[str, Any] | None) -> list[ShownFact]:
    """What a decision's record kept of the context; what nobody has to know and nobody had is left out."""
    facts = (context or {}).get("facts") or {}
    return [_shown(name, fact) for name, fact in facts.items() if _counts(fact)]


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
