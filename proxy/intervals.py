"""Shares with their 95% intervals, from the standard library alone: serving does without SciPy.

Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22, 1927; Newcombe, "Interval
estimation for the difference between independent proportions", Statistics in Medicine 17, 1998 (method 10); Clopper and
Pearson, Biometrika 26, 1934.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

Z95 = NormalDist().inv_cdf(0.975)
_STEPS = 60  # halvings: far beyond the precision of a double
_MOST_TERMS = 500
_TINY = 1e-300


@dataclass(frozen=True, slots=True)
class Rate:
    """``hits`` of ``n``, with Wilson's 95% interval; ``share`` is None where n is 0, and the interval all there is."""

    hits: int
    n: int

    @property
    def share(self) -> float | None:
        return self.hits / self.n if self.n else None

    @property
    def low(self) -> float:
        return wilson(self.hits, self.n)[0]

    @property
    def high(self) -> float:
        return wilson(self.hits, self.n)[1]


@dataclass(frozen=True, slots=True)
class Change:
    """A share before and after, and the 95% interval of ``after - before``."""

    before: Rate
    after: Rate

    @property
    def difference(self) -> float | None:
        if self.before.share is None or self.after.share is None:
            return None
        return self.after.share - self.before.share

    @property
    def interval(self) -> tuple[float, float]:
        return newcombe(self.before, self.after)

    @property
    def fell(self) -> bool:
        """Whether it fell by more than chance explains."""
        return self.difference is not None and self.interval[1] < 0


def wilson(hits: float, n: float, z: float = Z95) -> tuple[float, float]:
    """Wilson's score interval of a share; (0, 1) where n is 0."""
    if n <= 0:
        return 0.0, 1.0
    share, wide = hits / n, z * z / n
    centre = (share + wide / 2) / (1 + wide)
    half = z / (1 + wide) * math.sqrt(share * (1 - share) / n + wide / (4 * n))
    return (0.0 if hits <= 0 else max(0.0, centre - half)), (1.0 if hits >= n else min(1.0, centre + half))


def newcombe(before: Rate, after: Rate) -> tuple[float, float]:
    """The interval of ``after - before`` from the two Wilson intervals; (-1, 1) where either has none."""
    if before.share is None or after.share is None:
        return -1.0, 1.0
    difference = after.share - before.share
    down = math.hypot(after.share - after.low, before.high - before.share)
    up = math.hypot(after.high - after.share, before.share - before.low)
    return difference - down, difference + up


def clopper_pearson(hits: float, n: float, confidence: float = 0.95) -> tuple[float, float]:
    """The exact interval of a share; counts need not be whole. (0, 1) where n is 0."""
    tail = (1 - confidence) / 2
    if n <= 0:
        return 0.0, 1.0
    low = 0.0 if hits <= 0 else beta_quantile(tail, hits, n - hits + 1)
    high = 1.0 if hits >= n else beta_quantile(1 - tail, hits + 1, n - hits)
    return low, high


def beta_quantile(p: float, a: float, b: float) -> float:
    """Where the beta distribution's cumulative share is ``p``."""
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if beta_cdf(middle, a, b) < p else (low, middle)
    return (low + high) / 2


def beta_cdf(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function by its continued fraction (Numerical Recipes, 3rd ed., section 6.4)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - beta_cdf(1 - x, b, a)
    logs = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(logs) * _fraction(x, a, b) / a


def _fraction(x: float, a: float, b: float) -> float:
    """Lentz's way of working out a continued fraction."""
    c, d = 1.0, 1 / _not_zero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _MOST_TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _not_zero(1 + term * d)
            c = _not_zero(1 + term / c)
            value *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return value


def _not_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
