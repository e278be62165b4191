"""One figure for how alike suite and production are. Experimental: no company's outcomes have validated it yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from proxy.rehearsal.realism.energy import Apart, Grouped
from proxy.rehearsal.realism.traffic import Bools, Floats

Measured = tuple[Grouped, Bools, Apart]


@dataclass(frozen=True, slots=True)
class Score:
    """0 (nothing in common) to 100 (no difference beyond chance), with 95% interval, over so many ``dimensions``."""

    value: float
    low: float
    high: float
    dimensions: int

    @property
    def text(self) -> str:
        return (
            f"{self.value:.0f} of 100 ({self.low:.0f} to {self.high:.0f}), over {self.dimensions} dimensions;"
            " experimental"
        )


def score(measured: Sequence[Measured], draws: int, random: np.random.Generator) -> Score | None:
    """100 × (1 − mean over dimensions of the root of the distance beyond chance); None without a dimension.

    The interval is by drawing groups anew on both sides ``draws`` times (bootstrap). Drawing adds distance of its own;
    by that much, in the mean, it is moved back.
    """
    if not measured:
        return None
    value = _of(np.array([[found.distance] for _, _, found in measured]), measured)[0]
    drawn = _of(np.array([_drawn(grouped, sides, draws, random) for grouped, sides, _ in measured]), measured)
    low, high = np.quantile(drawn - drawn.mean() + value, [0.025, 0.975])
    return Score(float(value), float(np.clip(low, 0, value)), float(np.clip(high, value, 100)), len(measured))


def _of(distances: Floats, measured: Sequence[Measured]) -> Floats:
    """Scores (b,) of distances (dimensions, b)."""
    chance = np.array([[found.by_chance] for _, _, found in measured])
    beyond = np.maximum(0.0, distances - chance) / np.maximum(1 - chance, 1e-9)
    scores: Floats = 100 * (1 - np.sqrt(beyond).mean(axis=0))
    return scores


def _drawn(grouped: Grouped, sides: Bools, draws: int, random: np.random.Generator) -> Floats:
    weights = []
    for side in (sides, ~sides):
        count = int(side.sum())
        drawn = np.zeros((draws, len(sides)))
        drawn[:, side] = random.multinomial(count, np.full(count, 1 / count), size=draws)
        weights.append(drawn)
    return grouped.weighted(*weights)
