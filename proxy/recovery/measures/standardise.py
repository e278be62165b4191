"""Two shares made comparable: what each would be if both had had the same mix of work.

Direct standardisation: in each stratum (the same channel, topic and difficulty) the share is taken as it is, and
weighted by how much of the standard population is in it; the standard is the work of both together, in those strata in
which both have some. Intervals by MOVER, from each stratum's Wilson limits (Zou and Donner, "Construction of confidence
limits about effect measures", Statistics in Medicine 27, 2008; for strata Yan and Su, "Stratified Wilson and Newcombe
confidence intervals for multiple binomial proportions", Statistics in Biopharmaceutical Research 2, 2010).
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field

from proxy.intervals import Rate

Stratum = Hashable


@dataclass(frozen=True, slots=True)
class Standardised:
    """A share in the standard population, from ``n`` cases; with its 95% interval."""

    share: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Compared:
    """``first`` and ``second`` in the same standard population, and ``second - first`` with its interval.

    ``crude`` are both as they are, before anything was weighted. ``covered`` is the share of all cases that are in
    strata in which both have some; the figures say nothing of the others. None where there is no such stratum.
    """

    crude: tuple[Rate, Rate]
    covered: float
    strata: int
    first: Standardised | None = None
    second: Standardised | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(slots=True)
class Tally:
    """Counts hits by stratum."""

    rates: dict[Stratum, tuple[int, int]] = field(default_factory=dict)

    def add(self, stratum: Stratum, hit: bool) -> None:
        hits, n = self.rates.get(stratum, (0, 0))
        self.rates[stratum] = hits + hit, n + 1

    @property
    def crude(self) -> Rate:
        return Rate(sum(hits for hits, _ in self.rates.values()), sum(n for _, n in self.rates.values()))


def tally(told: Iterable[tuple[Stratum, bool]]) -> Tally:
    made = Tally()
    for stratum, hit in told:
        made.add(stratum, hit)
    return made


def compare(first: Tally, second: Tally) -> Compared:
    """``second`` against ``first``."""
    both = sorted(first.rates.keys() & second.rates.keys(), key=repr)
    crude = first.crude, second.crude
    every = crude[0].n + crude[1].n
    standard = {one: first.rates[one][1] + second.rates[one][1] for one in both}
    total = sum(standard.values())
    if not total:
        return Compared(crude, 0.0, 0)
    weights = {one: number / total for one, number in standard.items()}
    one, other = (_standardised(tallied.rates, weights) for tallied in (first, second))
    difference = other.share - one.share
    down = math.hypot(other.share - other.low, one.high - one.share)
    up = math.hypot(other.high - other.share, one.share - one.low)
    bounds = max(-1.0, difference - down), min(1.0, difference + up)
    return Compared(crude, total / every, len(both), one, other, difference, *bounds)


def _standardised(rates: Mapping[Stratum, tuple[int, int]], weights: Mapping[Stratum, float]) -> Standardised:
    share = down = up = 0.0
    for stratum, weight in weights.items():
        rate = Rate(*rates[stratum])
        here = rate.share or 0.0
        share += weight * here
        down += (weight * (here - rate.low)) ** 2
        up += (weight * (rate.high - here)) ** 2
    n = sum(rates[one][1] for one in weights)
    return Standardised(share, max(0.0, share - math.sqrt(down)), min(1.0, share + math.sqrt(up)), n)
