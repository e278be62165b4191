"""What is known of a customer at the moment of a decision: each fact with its state, age and source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from proxy.rules.fact_values import Value
from proxy.rules.facts import completeness


class Importance(StrEnum):
    """How much depends on a fact. A required one that is not fresh lowers what automation may do."""

    REQUIRED = "required"
    WANTED = "wanted"
    OPTIONAL = "optional"


class FactState(StrEnum):
    """``missing``: the source answered and has none; ``failed``: no answer in time, or one that cannot be read."""

    FRESH = "fresh"
    STALE = "stale"
    MISSING = "missing"
    FAILED = "failed"
    CONFLICTING = "conflicting"


@dataclass(frozen=True, slots=True)
class Reading:
    """What one source says of a fact. ``problem`` says in words, without the customer's data, why it is not fresh."""

    source: str
    state: FactState
    value: Value | None = None
    true_at: datetime | None = None
    read_at: datetime | None = None
    problem: str | None = None

    def age(self, now: datetime) -> timedelta | None:
        """How long ago it was true; where the source does not say when, how long ago it was read."""
        since = self.true_at or self.read_at
        return None if since is None else now - since


@dataclass(frozen=True, slots=True)
class ContextFact:
    """A fact with the value to act on: what was read where it is fresh, else what protects the customer.

    ``value`` is None where nothing may be acted on: not fresh, and no ``protective_value`` declared. ``reading`` is
    the one that it rests on, and ``readings`` are those of all its sources. A ``masked`` one is not shown in traces and
    logs.
    """

    name: str
    importance: Importance
    state: FactState
    value: Value | None = None
    reading: Reading | None = None
    readings: tuple[Reading, ...] = ()
    masked: bool = False

    @property
    def is_fresh(self) -> bool:
        return self.state is FactState.FRESH


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All declared facts about one customer as they were at one instant, in their declared order."""

    at: datetime | None = None
    facts: Mapping[str, ContextFact] = field(default_factory=dict)
    spent_ms: float = 0.0

    @property
    def completeness(self) -> float:
        """The share of required and wanted facts that are fresh, required ones counting double; 1 without any."""
        return completeness((fact.importance, fact.is_fresh) for fact in self.facts.values())

    @property
    def not_fresh(self) -> tuple[str, ...]:
        """The names of the required facts that are not fresh."""
        required = [fact for fact in self.facts.values() if fact.importance is Importance.REQUIRED]
        return tuple(fact.name for fact in required if not fact.is_fresh)


NOTHING_KNOWN = Snapshot()
