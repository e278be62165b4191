"""How long a job still takes: what the parts before took says how much the rest takes, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

LEAST_PARTS = 5  # with fewer, nothing is foretold
_SIDES = 1.645  # standard deviations: nine of ten forecasts hold, as far as the rest is like what was done


@dataclass(frozen=True, slots=True)
class Forecast:
    """Seconds to go: what is likely, and between which bounds it lies nine times of ten."""

    likely_s: float
    least_s: float
    most_s: float


def forecast(parts: Sequence[tuple[int, float]], left: int, at_once: int = 1) -> Forecast | None:
    """``parts`` are the items and the seconds of each part that is done, ``left`` the items to go.

    ``at_once`` parts go on at a time. None with fewer than LEAST_PARTS parts. The spread has two causes: parts differ,
    and their mean is itself known only roughly; what comes may also be of another kind, which nobody can foretell.
    """
    if len(parts) < LEAST_PARTS:
        return None
    items = sum(number for number, _ in parts)
    mean = sum(seconds for _, seconds in parts) / items
    size = items / len(parts)
    squares = sum((seconds - mean * number) ** 2 for number, seconds in parts)
    deviation = math.sqrt(squares / (len(parts) - 1))  # of one part
    rest = left / size  # parts
    spread = _SIDES * deviation * math.sqrt(rest + rest**2 / len(parts))
    likely = mean * left
    bounds = max(0.0, likely - spread), likely + spread
    return Forecast(*(seconds / at_once for seconds in (likely, *bounds)))
