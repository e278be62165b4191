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
    """Distances summed over pairs of groups: ``sums`` (g, g), with ``sizes`` (g,) rows each."""

    sums: Floats
    sizes: Floats

    @classmethod
    def of(cls, features: Floats, groups: Ints, group_count: int) -> Self:
        """Euclidean distances between the rows of ``features`` (n, d) that are known; rows with NaN are left out."""
        from scipy.spatial.distance import cdist

        known = ~np.isnan(features).any(axis=1)
        points, which = np.unique(features[known], axis=0, return_inverse=True)
        counts = np.zeros((group_count, len(points)))
        np.add.at(counts, (groups[known], which.reshape(-1)), 1.0)
        return cls(counts @ cdist(points, points) @ counts.T, counts.sum(axis=1))

    def inhomogeneity(self, sides: Floats) -> Floats:
        """The coefficient for each row of ``sides`` (b, g): the weight of each group on the first side, of its count
        1 - weight on the second. 0 where a side is empty or all is one point."""
        return self.weighted(sides, 1.0 - sides)

    def weighted(self, first: Floats, second: Floats) -> Floats:
        """The coefficient for weights of the groups on both sides, (b, g) each."""
        n, m = first @ self.sizes, second @ self.sizes
        to_first, to_second = first @ self.sums, second @ self.sums
        with np.errstate(invalid="ignore", divide="ignore"):
            between = np.einsum("bg,bg->b", to_first, second) / (n * m)
            inside = np.einsum("bg,bg->b", to_first, first) / n**2
            other = np.einsum("bg,bg->b", to_second, second) / m**2
            found: Floats = (2 * between - inside - other) / (2 * between)
        return np.clip(np.nan_to_num(found, nan=0.0), 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Apart:
    """``distance`` 0 to 1; ``by_chance`` is its median where groups are dealt out anew, ``p_value`` from that."""

    distance: float
    by_chance: float
    p_value: float


def apart(grouped: Grouped, sides: Bools, dealt: Floats) -> Apart:
    """``sides`` (g,) is true for the groups of the first sample, ``dealt`` (b, g) has them dealt out anew."""
    seen = float(grouped.inhomogeneity(sides[None].astype(np.float64))[0])
    chance = grouped.inhomogeneity(dealt)
    # The observed deal is one of the deals: p is never 0 (Phipson and Smyth 2010).
    p_value = (1 + int(np.sum(chance >= seen - 1e-12))) / (1 + len(chance))
    return Apart(seen, float(np.median(chance)), p_value)


def deals(sides: Bools, count: int, random: np.random.Generator) -> Floats:
    """``count`` ways (b, g) of dealing groups out, with as many on the first side as there are."""
    return random.permuted(np.tile(sides.astype(np.float64), (count, 1)), axis=1)


def pooled(groups: Sequence[Ints]) -> tuple[Ints, Bools]:
    """Groups of two samples numbered through, (n,), and for each group whether it is of the first sample, (g,)."""
    first, second = groups
    size = int(first.max()) + 1 if len(first) else 0
    other = int(second.max()) + 1 if len(second) else 0
    return np.concatenate([first, second + size]), np.arange(size + other) < size
