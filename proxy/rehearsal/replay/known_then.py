"""The customer's context as it was known when a turn was recorded, in the place of the sources.

What was not recorded is missing, as it is where a source has none. Of our own ledger's facts it is what the ledger says
of a customer of whom it knows nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta

from proxy.context.facts import fact_of, unasked
from proxy.context.snapshot import ContextFact, FactState, Importance, Reading, Snapshot
from proxy.ledger.customers.standing import Standing
from proxy.rehearsal.suite.model import KnownFact
from proxy.rules.context_options import LEDGER, ContextOptions, FactOptions
from proxy.rules.fact_values import Value, fact_value
from proxy.telemetry.tracing import RequestTrace

TURN_HEADER = "x-cxai-rehearsal-turn"  # names the turn that is played; no provider gets it
NOT_RECORDED, NOT_KEPT = "it was not recorded", "its value was not kept"
_NOTHING_KNOWN = asdict(Standing())


class KnownThen:
    """Says of each turn what is expected of it; the turn's name comes with the request."""

    def __init__(self) -> None:
        self._facts: dict[str, Mapping[str, KnownFact]] = {}

    def expect(self, turn: str, facts: Mapping[str, KnownFact]) -> None:
        self._facts[turn] = facts

    def forget(self, turn: str) -> None:
        del self._facts[turn]

    async def snapshot(
        self,
        options: ContextOptions,
        customer_id: str | None,
        *,
        now: datetime,
        headers: Mapping[str, str] | None = None,
        trace: RequestTrace | None = None,
    ) -> Snapshot:
        """All declared facts; without a customer all are missing."""
        if customer_id is None:
            every = {
                fact.name: fact_of(fact, [unasked(source) for source in fact.origins])
                for fact in options.facts
            }
            return Snapshot(now, every)
        known = self._facts.get((headers or {}).get(TURN_HEADER, ""), {})
        return Snapshot(now, {fact.name: _fact(fact, known.get(fact.name), now) for fact in options.facts})

    async def close(self) -> None:
        """Nothing is open."""


def _fact(fact: FactOptions, known: KnownFact | None, now: datetime) -> ContextFact:
    reading = _recorded(fact, known, now) if known else _unrecorded(fact, now)
    return ContextFact(
        name=fact.name,
        importance=Importance(fact.importance),
        state=reading.state,
        value=reading.value if reading.state is FactState.FRESH else fact.protective,
        reading=reading,
        readings=(reading,),
        masked=fact.is_masked or fact.keep_days == 0,
    )


def _recorded(fact: FactOptions, known: KnownFact, now: datetime) -> Reading:
    state, value = FactState(known.state), _value(fact, known.value)
    if state is FactState.FRESH and value is None:
        return Reading(known.source, FactState.MISSING, read_at=now, problem=NOT_KEPT)
    true_at = None if known.age_s is None else now - timedelta(seconds=known.age_s)
    problem = None if state is FactState.FRESH else f"it was {state} then"
    return Reading(known.source, state, value, true_at=true_at, read_at=now, problem=problem)


def _unrecorded(fact: FactOptions, now: datetime) -> Reading:
    value = _value(fact, _NOTHING_KNOWN.get(fact.name)) if LEDGER in fact.origins else None
    if value is None:
        return Reading(next(iter(fact.origins)), FactState.MISSING, read_at=now, problem=NOT_RECORDED)
    return Reading(LEDGER, FactState.FRESH, value, read_at=now)


def _value(fact: FactOptions, raw: object) -> Value | None:
    try:
        return None if raw is None else fact_value(raw, fact.type)
    except ValueError:  # the fact is declared otherwise today
        return None
