"""How fresh customers' facts were when decisions were made: per source and fact, over time, from the records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import numpy as np

from proxy.context.snapshot import FactState
from proxy.ledger.answers.contexts import facts_of
from proxy.ledger.records import JsonObject

Period = Literal["hour", "day", "all"]
_STARTS = {"hour": "%Y-%m-%d %H:00", "day": "%Y-%m-%d"}
PERCENTILES = (50, 90, 99)


@dataclass(slots=True)
class Freshness:
    """What one source said of one fact in one period (UTC); ages are of what it had, in seconds."""

    period: str
    source: str
    fact: str
    states: Counter[str] = field(default_factory=Counter)
    ages_s: list[float] = field(default_factory=list)

    @property
    def reads(self) -> int:
        return self.states.total()

    def share(self, state: FactState) -> float:
        return self.states[state] / self.reads

    def age_percentiles_s(self) -> dict[int, float] | None:
        """By percentile; None where it never had the fact."""
        if not self.ages_s:
            return None
        found = np.percentile(self.ages_s, PERCENTILES)
        return {percentile: float(age) for percentile, age in zip(PERCENTILES, found, strict=True)}


def freshness(contexts: Iterable[tuple[datetime, JsonObject]], by: Period) -> list[Freshness]:
    """From decisions' ``context`` records, each with its time; ordered by period, source and fact."""
    found: dict[tuple[str, str, str], Freshness] = {}
    for at, context in contexts:
        period = at.strftime(_STARTS[by]) if by != "all" else "all"
        for name, fact in facts_of(context).items():
            for source, reading in _readings(fact):
                one = found.setdefault((period, source, name), Freshness(period, source, name))
                one.states[reading["state"]] += 1
                if (age_s := reading.get("age_s")) is not None:
                    one.ages_s.append(age_s)
    return [found[key] for key in sorted(found)]


def _readings(fact: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    """What each source said: a fact of one source alone is its own reading (see ``record.context_record``)."""
    if "readings" in fact:
        yield from ((one["source"], one) for one in fact["readings"])
    elif "source" in fact:
        yield fact["source"], fact
