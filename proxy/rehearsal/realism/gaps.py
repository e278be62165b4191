"""What production has and the suite lacks, in words and with numbers; and real messages that would close the gap.

All kinds of messages in all dimensions are tested at once: a gap is told where its difference is larger than the
largest one that dealing out conversations anew brings anywhere, in 95% of deals (Westfall and Young, "Resampling-Based
Multiple Testing", 1993, single-step maxT). So in at most 5% of reports on equal traffic is any gap told that is none.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from proxy.rehearsal.counted import Counted
from proxy.rehearsal.realism.dimensions.dimension import Kind
from proxy.rehearsal.realism.traffic import Bools, Floats, Ints, Traffic


@dataclass(frozen=True, slots=True)
class Gap:
    """A kind of messages of which the suite has too few. ``p_value`` counts all kinds that were looked at.

    ``wanted`` is how many messages would bring the suite's share to that of production, ``suggested`` which real ones
    (rows of the live traffic) to take first.
    """

    dimension: str
    words: str
    live: Counted
    suite: Counted
    p_value: float
    wanted: int
    suggested: tuple[int, ...]

    def text(self, live: str, suite: str) -> str:
        has = f"the {suite} has {self.suite.share:.1%}" if self.suite.hits else f"the {suite} has none"
        return (
            f"{self.live.share:.1%} of {live} messages {self.words} ({self.live.text}), {has} ({self.suite.text});"
            f" {self.wanted:,} more would close the gap"
        )


@dataclass(frozen=True, slots=True, eq=False)
class KindTest:
    """Where one kind stands: ``seen`` the live share less the suite's, and ``dealt`` (b,) the same by chance, both in
    standard deviations of chance."""

    seen: float
    dealt: Floats


def kind_test(kind: Kind, known: Bools, groups: Ints, sides: Bools, dealt: Floats) -> KindTest:
    """``known`` (n,) and ``groups`` (n,) of suite and live together; ``sides`` (g,) is true for the suite's groups."""
    hits = np.concatenate([kind.suite, kind.live]) & known
    sums = np.bincount(groups, weights=hits.astype(np.float64), minlength=len(sides))
    sizes = np.bincount(groups, weights=known.astype(np.float64), minlength=len(sides))

    def lacking(first: Floats) -> Floats:
        with np.errstate(invalid="ignore", divide="ignore"):
            ours = first @ sums / (first @ sizes)
            theirs = (1 - first) @ sums / ((1 - first) @ sizes)
        return np.nan_to_num(theirs - ours)

    chance = lacking(dealt)
    spread = float(chance.std()) or math.inf
    seen = float(lacking(sides[None].astype(np.float64))[0])
    return KindTest(seen / spread, chance / spread)


def adjusted(tests: Sequence[KindTest]) -> list[float]:
    """Each kind's p-value, by the largest difference that chance brings anywhere."""
    if not tests:
        return []
    largest = np.max([test.dealt for test in tests], axis=0)
    return [(1 + int(np.sum(largest >= test.seen - 1e-9))) / (1 + len(largest)) for test in tests]


def wanted(live: Counted, suite: Counted) -> int:
    """How many more messages of the kind bring a suite of n to the live share; all of one kind cannot be reached."""
    if live.share >= 1:
        return max(0, live.n - suite.hits)
    return max(0, math.ceil((live.share * suite.n - suite.hits) / (1 - live.share)))


def suggest(rows: Ints, traffic: Traffic, count: int) -> tuple[int, ...]:
    """Up to ``count`` of ``rows``, of different conversations and as unlike one another as can be.

    Each next one is farthest from those taken (Gonzalez, "Clustering to minimize the maximum intercluster distance",
    1985), the first is nearest the middle. Without embeddings they are spread evenly over the rows.
    """
    own = traffic.conversations
    rows = rows[np.sort(np.unique(own[rows], return_index=True)[1])]
    if traffic.vectors is None or len(rows) <= count:
        picks = np.unique(np.linspace(0, len(rows) - 1, min(count, len(rows))).round().astype(int))
        return tuple(int(row) for row in rows[picks])
    points = traffic.vectors[rows]
    taken = [int(np.argmin(((points - points.mean(axis=0)) ** 2).sum(axis=1)))]
    nearest = ((points - points[taken[0]]) ** 2).sum(axis=1)
    while len(taken) < count:
        taken.append(int(np.argmax(nearest)))
        nearest = np.minimum(nearest, ((points - points[taken[-1]]) ** 2).sum(axis=1))
    return tuple(int(rows[row]) for row in taken)
