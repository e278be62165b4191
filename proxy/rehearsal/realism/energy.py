"""How far apart two samples are, and how far chance alone would put them: energy distance, permuting conversations.

Székely and Rizzo, "Energy statistics: a class of statistics based on distances", J. Statist. Plann. Inf. 143, 2013:
``2 E|X-Y| - E|X-X'| - E|Y-Y'|`` is 0 exactly where both have one distribution, whatever it is. Divided by ``2 E|X-Y|``
it is the coefficient of inhomogeneity, from 0 to 1. Messages of one conversation are alike, so that whole conversations
are permuted; permuting messages would find differences that are none. dcor has the distance, but needs a compiler at
run time (numba), and permutes single rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from proxy.rehearsal.realism.traffic import Bools, Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Grouped:
    """``counts`` (g, k): how many rows each of g groups has at each of k places, ``sizes`` (g,) in all; ``distances``
    (k, k) between places. Where there are more points than groups, each group is a place, with distances summed."""

    counts: Floats
    sizes: Floats
    distances: Floats

    @classmethod
    def of(cls, features: Floats, groups: Ints, group_count: int) -> Self:
        """Euclidean distances between the rows of ``features`` (n, d) that are known; rows with NaN are left out."""
        from scipy.spatial.distance import cdist

        known = ~np.isnan(features).any(axis=1)
        points, which = np.unique(features[known], axis=0, return_inverse=True)
        counts = np.zeros((group_count, len(points)))
        np.add.at(counts, (groups[known], which.reshape(-1)), 1.0)
        sizes, distances = counts.sum(axis=1), cdist(points, points)
        if len(points) > group_count:
            return cls(np.eye(group_count), sizes, counts @ distances @ counts.T)
        return cls(counts, sizes, distances)

    def inhomogeneity(self, sides: Floats) -> Floats:
        """The coefficient for each row of ``sides`` (b, g): the weight of each group on the first side, of its count
        1 - weight on the second. 0 where a side is empty or all is one point."""
        return self.weighted(sides, 1.0 - sides)

    def weighted(self, first: Floats, second: Floats) -> Floats:
        """The coefficient for weights of the groups on both sides, (b, g) each."""
        n, m = first @ self.sizes, second @ self.sizes
        ours, theirs = first @ self.counts, second @ self.counts
        to_ours, to_theirs = ours @ self.distances, theirs @ self.distances
        with np.errstate(invalid="ignore", divide="ignore"):
            between = np.einsum("bk,bk->b", to_ours, theirs) / (n * m)
            inside = np.einsum("bk,bk->b", to_ours, ours) / n**2
            other = np.einsum("bk,bk->b", to_theirs, theirs) / m**2
            found: Floats = (2 * between - inside - other) / (2 * between)
        return np.clip(np.nan_to_num(found, nan=0.0), 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Apart:
    """``distance`` 0 to 1; ``by_chance`` is its median where groups are dealt out anew, ``p_value`` from that."""

    distance: float
    by_chance: float
    p_value: float


def apart(grouped: Grouped, sides: Bools, count: int, random: np.random.Generator) -> Apart:
    """``sides`` (g,) is true for the groups of the first sample; they are dealt out anew ``count`` times."""
    seen = float(grouped.inhomogeneity(sides[None].astype(np.float64))[0])
    chance = grouped.inhomogeneity(deals(sides, grouped.sizes > 0, count, random))
    # The observed deal is one of the deals: p is never 0 (Phipson and Smyth 2010).
    p_value = (1 + int(np.sum(chance >= seen - 1e-12))) / (1 + len(chance))
    return Apart(seen, float(np.median(chance)), p_value)


def deals(sides: Bools, known: Bools, count: int, random: np.random.Generator) -> Floats:
    """``count`` ways (b, g) of dealing the ``known`` groups (g,) out, with as many on the first side as there are.

    Groups of which nothing is known would leave the first side with more or fewer than it has, and chance with it.
    """
    dealt = np.tile(sides.astype(np.float64), (count, 1))
    dealt[:, known] = random.permuted(dealt[:, known], axis=1)
    return dealt


def pooled(groups: Sequence[Ints]) -> tuple[Ints, Bools]:
    """Groups of two samples numbered through, (n,), and for each group whether it is of the first sample, (g,)."""
    first, second = groups
    size = int(first.max()) + 1 if len(first) else 0
    other = int(second.max()) + 1 if len(second) else 0
    return np.concatenate([first, second + size]), np.arange(size + other) < size
