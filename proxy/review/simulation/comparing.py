"""Our design and a plain queue under growing load: many simulated days, each figure with its 95% interval."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from statistics import mean, median, quantiles, stdev

from proxy.corpus.documents import Risk
from proxy.intervals import Z95
from proxy.review.simulation.day import Day
from proxy.review.simulation.world import DayFigures, World

LOADS = (1.0, 2.0, 4.0, 7.0, 10.0)
OURS, PLAIN = "ours", "plain queue"


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over simulated days with its 95% interval; ``low`` and ``high`` are the same where there is one day."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Point:
    """What a design does at a load, a day: errors in numbers and as a share of the wrong answers that people decided.

    Waits are in minutes, of all cases that went to people, those still waiting with what they have waited so far.
    """

    design: str
    load: float
    days: int
    arrived: Mean
    by_people: Mean
    without_people: Mean
    unsettled: Mean
    passed_wrong: Mean
    miss_share: Mean
    passed_per_thousand: Mean
    seeded_caught: Mean | None
    wait_min: dict[str, Mean]
    wait_p90_min: dict[str, Mean]


def compare(
    world: World, *, loads: Sequence[float] = LOADS, days: int = 20, processes: int = 1
) -> list[Point]:
    """Every load and both designs, the same seeds for each."""
    jobs = [(world.under(load), design) for load in loads for design in (OURS, PLAIN)]
    runs = [(one, design == OURS, seed) for one, design in jobs for seed in range(days)]
    if processes > 1:
        with ProcessPoolExecutor(processes) as pool:
            figures = list(pool.map(_run, runs, chunksize=4))
    else:
        figures = list(map(_run, runs))
    return [
        _point(design, one.load, figures[place * days : (place + 1) * days])
        for place, (one, design) in enumerate(jobs)
    ]


def _run(job: tuple[World, bool, int]) -> DayFigures:
    return Day(*job).run()


def _point(design: str, load: float, days: Sequence[DayFigures]) -> Point:
    seeded = [one for one in days if one.seeded_bad]
    return Point(
        design=design,
        load=load,
        days=len(days),
        arrived=_mean(one.arrived for one in days),
        by_people=_mean(one.settled for one in days),
        without_people=_mean(one.quoted + one.told_honestly for one in days),
        unsettled=_mean(one.unsettled for one in days),
        passed_wrong=_mean(one.passed_wrong for one in days),
        miss_share=_mean(one.passed_wrong / max(1, one.reviewed_wrong) for one in days),
        passed_per_thousand=_mean(1000 * one.passed_wrong / max(1, one.settled) for one in days),
        seeded_caught=_mean(one.seeded_caught / one.seeded_bad for one in seeded) if seeded else None,
        wait_min={risk.value: _mean(_waits(days, risk, median)) for risk in Risk},
        wait_p90_min={risk.value: _mean(_waits(days, risk, _p90)) for risk in Risk},
    )


def _waits(days: Sequence[DayFigures], risk: Risk, of: Callable[[Sequence[float]], float]) -> Iterable[float]:
    for day in days:
        waits = [*day.waits_s[risk], *day.waiting_s[risk]]
        if len(waits) > 1:
            yield of(waits) / 60


def _p90(waits: Sequence[float]) -> float:
    return quantiles(waits, n=10)[-1]


def _mean(values: Iterable[float]) -> Mean:
    told = list(values)
    if not told:
        return Mean(0.0, 0.0, 0.0)
    centre = mean(told)
    half = Z95 * stdev(told) / math.sqrt(len(told)) if len(told) > 1 else 0.0
    return Mean(centre, centre - half, centre + half)
