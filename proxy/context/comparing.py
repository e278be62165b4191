"""How far two sources agree on customers: fragmentation measured, and not guessed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from proxy.context.gathering import ContextReader
from proxy.context.snapshot import ContextFact, FactState, Reading
from proxy.rules.context_options import ContextOptions

PATIENCE = timedelta(seconds=10)  # nobody waits for an answer here
AT_ONCE = 4


class Agreement(StrEnum):
    """``not_read``: at least one of the two gave no answer that can be read."""

    SAME = "same"
    DIFFERENT = "different"
    ONLY_FIRST = "only_first"
    ONLY_SECOND = "only_second"
    NEITHER = "neither"
    NOT_READ = "not_read"


@dataclass(frozen=True, slots=True)
class Compared:
    """One fact of one customer as both sources have it, however old."""

    customer_id: str
    fact: ContextFact
    first: Reading
    second: Reading

    @property
    def agreement(self) -> Agreement:
        if FactState.FAILED in (self.first.state, self.second.state):
            return Agreement.NOT_READ
        match (self.first.value is not None, self.second.value is not None):
            case (True, True):
                same = self.first.value == self.second.value
                return Agreement.SAME if same else Agreement.DIFFERENT
            case (True, False):
                return Agreement.ONLY_FIRST
            case (False, True):
                return Agreement.ONLY_SECOND
        return Agreement.NEITHER


def said_by_both(options: ContextOptions, first: str, second: str) -> ContextOptions:
    """The declaration of these two sources alone, with the facts that both are declared to say."""
    facts = tuple(
        fact.model_copy(update={"origins": {name: fact.origins[name] for name in (first, second)}})
        for fact in options.facts
        if first in fact.origins and second in fact.origins
    )
    sources = tuple(
        source.model_copy(update={"cache": timedelta(0), "breaker_failures": 0})
        for source in options.sources
        if source.name in (first, second)
    )
    return ContextOptions(budget=PATIENCE, sources=sources, facts=facts)


async def compare(
    reader: ContextReader, both: ContextOptions, customers: Sequence[str], now: datetime
) -> AsyncIterator[Compared]:
    """Each fact of each customer, in the customers' order; ``both`` is made by ``said_by_both``."""
    for start in range(0, len(customers), AT_ONCE):
        some = customers[start : start + AT_ONCE]
        found = await asyncio.gather(*(reader.snapshot(both, customer, now=now) for customer in some))
        for customer, snapshot in zip(some, found, strict=True):
            for fact in snapshot.facts.values():
                first, second = fact.readings
                yield Compared(customer, fact, first, second)
