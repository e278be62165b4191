"""The formulas of recovery's measures once more, from the literature and without the code that is tested.

A case is ``(seconds, cause)``: how long it was looked at, and what ended it (0: nothing yet).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from statistics import NormalDist

from proxy.ledger.failures.records import FailureState

Z = NormalDist().inv_cdf(0.975)
Case = tuple[float, int]


def cases(states: Sequence[FailureState], now: datetime, *causes: tuple[str, str | None]) -> list[Case]:
    """Each cause is the name of a time and, of restorations, how."""
    return [_case(one, now, causes) for one in states]


def _case(state: FailureState, now: datetime, causes: Sequence[tuple[str, str | None]]) -> Case:
    happened = []
    for number, (name, how) in enumerate(causes, start=1):
        at = getattr(state, name)
        if at is not None and at <= now and (how is None or state.restored_how == how):
            happened.append((max(at - state.occurred_at, timedelta(0)), number))
    if happened:
        length, number = min(happened)
        return length / timedelta(seconds=1), number
    return (now - state.occurred_at) / timedelta(seconds=1), 0


def incidence(told: Sequence[Case], cause: int) -> list[tuple[float, Fraction, float]]:
    """Aalen-Johansen: at each time at which anything happened, the share to which the cause has, and its variance.

    Variance by the delta method (Marubini and Valsecchi, "Analysing survival data from clinical trials and
    observational studies", 1995, chapter 10): the sum over event times of
    (F(t)-F(s))^2 d/(n(n-d)) + S(s-)^2 c(n-c)/n^3 - 2 (F(t)-F(s)) S(s-) c/n^2.
    """
    steps, survival, share = [], Fraction(1), Fraction(0)
    for at in sorted({seconds for seconds, ended in told if ended}):
        n = sum(seconds >= at for seconds, _ in told)
        d = sum(seconds == at and ended > 0 for seconds, ended in told)
        c = sum(seconds == at and ended == cause for seconds, ended in told)
        share += survival * Fraction(c, n)
        steps.append((at, n, d, c, survival, share))
        survival *= Fraction(n - d, n)
    found = []
    for place, (at, n, d, *_rest, here) in enumerate(steps):
        variance = 0.0 if n > d else math.nan
        for _, n, d, c, before, there in steps[: place + 1]:
            ahead = float(here - there)
            if n > d:
                variance += ahead**2 * d / (n * (n - d))
            variance += float(before) ** 2 * c * (n - c) / n**3 - 2 * ahead * float(before) * c / n**2
        found.append((at, here, variance))
    return found


def log_log(share: Fraction, variance: float) -> tuple[float, float] | None:
    """None where it has no value."""
    value = float(share)
    if not 0 < value < 1 or math.isnan(variance):
        return None
    width = Z * math.sqrt(variance) / (value * abs(math.log(value)))
    return value ** math.exp(width), value ** math.exp(-width)


def share_by(told: Sequence[Case], cause: int, seconds: float) -> Fraction:
    return max((share for at, share, _ in incidence(told, cause) if at <= seconds), default=Fraction(0))


def first_reached(told: Sequence[Case], cause: int, p: Fraction) -> float | None:
    return next((at for at, share, _ in incidence(told, cause) if share >= p), None)


def wilson(hits: int, n: int) -> tuple[float, float]:
    """The roots of (p - x)^2 = z^2 x(1-x)/n."""
    p = hits / n
    a, b, c = 1 + Z**2 / n, -(2 * p + Z**2 / n), p**2
    root = math.sqrt(max(0.0, b * b - 4 * a * c))
    return (-b - root) / (2 * a), (-b + root) / (2 * a)
