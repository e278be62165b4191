"""How alike a suite and production are, dimension by dimension, and what the suite lacks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from proxy.rehearsal.counted import counted
from proxy.rehearsal.realism.dimensions import DIMENSIONS
from proxy.rehearsal.realism.dimensions.dimension import Dimension, Kind, Placed
from proxy.rehearsal.realism.energy import Apart, Grouped, apart, deals, pooled
from proxy.rehearsal.realism.gaps import Gap, KindTest, adjusted, kind_test, suggest, wanted
from proxy.rehearsal.realism.score import Score, score
from proxy.rehearsal.realism.traffic import Bools, Floats, Ints, Traffic

_DEALS = 999
_MOST = 4000  # points between which distances are taken: their number grows with the square
_TOLD = 0.05
_SUGGESTED = 10
_FEW = 10  # messages: of fewer hardly any difference could be shown


@dataclass(frozen=True, slots=True)
class Compared:
    """One dimension. ``adjusted_p`` counts how many dimensions were looked at (Holm 1979).

    ``suite_n`` and ``live_n`` are the messages of which it is known. Where they are all unlike, as embeddings are,
    distances are of at most 4,000.
    """

    name: str
    words: str
    apart: Apart
    adjusted_p: float
    suite_n: int
    live_n: int

    @property
    def differs(self) -> bool:
        return self.adjusted_p < _TOLD

    @property
    def verdict(self) -> str:
        if self.differs:
            return "differs"
        return "too few to tell" if min(self.suite_n, self.live_n) < _FEW else "no difference is shown"

    @property
    def text(self) -> str:
        return (
            f"{self.words}: {self.verdict} (distance {self.apart.distance:.3f}, by chance {self.apart.by_chance:.3f},"
            f" p = {self.adjusted_p:.3f}; {self.suite_n:,} and {self.live_n:,} messages)"
        )


@dataclass(frozen=True, slots=True)
class Realism:
    """``unknown`` names the dimensions that one side has nothing to tell by: nobody looked, which is not "alike"."""

    dimensions: tuple[Compared, ...]
    gaps: tuple[Gap, ...]
    unknown: tuple[str, ...]
    score: Score | None


class _Dealing(NamedTuple):
    groups: Ints
    sides: Bools
    dealt: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Prepared:
    dimension: Dimension
    placed: Placed
    dealing: _Dealing
    grouped: Grouped


def realism(
    suite: Traffic,
    live: Traffic,
    *,
    dimensions: Sequence[Dimension] = DIMENSIONS,
    count: int = _DEALS,
    seed: int = 0,
) -> Realism:
    """Hold a suite against live traffic; ``count`` deals tell what chance does. The seed gives the same report.

    Raises:
        ValueError: one of the two is empty.
    """
    for traffic in (suite, live):
        if not len(traffic):
            raise ValueError(f"{traffic.name} has no messages: there is nothing to compare")
    random = np.random.default_rng(seed)
    placed = [(each, each.place(suite, live)) for each in dimensions]
    conversations = suite.conversations, live.conversations
    usual = _dealing(conversations, np.ones(len(suite) + len(live), dtype=np.bool_), count, random)

    def dealing(found: Placed) -> _Dealing:
        # Dimensions of the same groups share their deals, so that the largest difference by chance is one of one deal.
        if found.groups is None and found.known.all():
            return usual
        return _dealing(found.groups or conversations, found.known, count, random)

    ready = [_prepared(each, found, dealing(found), random) for each, found in placed if found is not None]
    distances = [apart(each.grouped, each.dealing.sides, count, random) for each in ready]
    adjusted_ps = holm([each.p_value for each in distances])
    measured = [(one.grouped, one.dealing.sides, found) for one, found in zip(ready, distances, strict=True)]
    return Realism(
        tuple(
            Compared(each.dimension.name, each.dimension.words, found, p, *_known_counts(each.placed))
            for each, found, p in zip(ready, distances, adjusted_ps, strict=True)
        ),
        tuple(sorted(_gaps(ready, suite, live), key=lambda gap: gap.suite.share - gap.live.share)),
        tuple(each.name for each, found in placed if found is None),
        score(measured, count, random),
    )


def _dealing(groups: tuple[Ints, Ints], known: Bools, count: int, random: np.random.Generator) -> _Dealing:
    numbered, sides = pooled(groups)
    present = np.bincount(numbered[known], minlength=len(sides)) > 0
    return _Dealing(numbered, sides, deals(sides, present, count, random))


def _prepared(
    dimension: Dimension, placed: Placed, dealing: _Dealing, random: np.random.Generator
) -> _Prepared:
    features = np.concatenate([placed.suite, placed.live])
    _thin(features, dealing.groups, len(placed.suite), random)
    return _Prepared(dimension, placed, dealing, Grouped.of(features, dealing.groups, len(dealing.sides)))


def _thin(features: Floats, groups: Ints, of_suite: int, random: np.random.Generator) -> None:
    """Where more than ``_MOST`` points are unlike, leave out whole groups, by chance, until at most so many rows are
    known. A small side stays whole, and the other has what is left: chance differs most where there is least."""
    known = np.flatnonzero(~np.isnan(features).any(axis=1))
    if len(known) <= _MOST or len(np.unique(features[known], axis=0)) <= _MOST:
        return
    sides = known[known < of_suite], known[known >= of_suite]
    most = max(_MOST // 2, _MOST - min(map(len, sides)))
    for rows in sides:
        present, sizes = np.unique(groups[rows], return_counts=True)
        order = random.permutation(len(present))
        kept = present[order[np.cumsum(sizes[order]) <= most]]
        features[rows[~np.isin(groups[rows], kept)]] = np.nan


def _known_counts(placed: Placed) -> tuple[int, int]:
    known = placed.known
    return int(known[: len(placed.suite)].sum()), int(known[len(placed.suite) :].sum())


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down adjustment (Scand. J. Statist. 6, 1979); that of statsmodels collects garbage at each call."""
    order = np.argsort(p_values, kind="stable")
    found = np.empty(len(p_values))
    stepped = np.array(p_values)[order] * np.arange(len(p_values), 0, -1)
    found[order] = np.minimum(1.0, np.maximum.accumulate(stepped))
    return [float(p) for p in found]


def _gaps(ready: Sequence[_Prepared], suite: Traffic, live: Traffic) -> Iterator[Gap]:
    every = [(each, kind) for each in ready for kind in each.placed.kinds]
    tests = [_tested(each, kind) for each, kind in every]
    for (each, kind), p_value in zip(every, adjusted(tests), strict=True):
        if p_value < _TOLD:
            yield _gap(each, kind, p_value, len(suite), live)


def _tested(each: _Prepared, kind: Kind) -> KindTest:
    return kind_test(kind, each.placed.known, *each.dealing)


def _gap(each: _Prepared, kind: Kind, p_value: float, of_suite: int, live: Traffic) -> Gap:
    here, there = np.split(each.placed.known, [of_suite])
    ours = counted(kind.suite[here], each.dealing.groups[:of_suite][here])
    theirs = counted(kind.live[there], each.dealing.groups[of_suite:][there])
    lacking = wanted(theirs, ours)
    picks = suggest(np.flatnonzero(kind.live & there), live, min(lacking, _SUGGESTED))
    return Gap(each.dimension.name, kind.words, theirs, ours, p_value, lacking, picks)
