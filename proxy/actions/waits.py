"""How long customers wait for a person: computed from what happened of late, and told with its spread or not at all.

Of the cases of a queue that people answered in the last days, each waited ``T`` with ``a`` others before it. A case
that has ``k`` others before it now would, in its place, wait

    W = max(0, T + (k - a) * s)

where ``s`` is the mean time between two answers while somebody waited. Told are the median of W and the range of its
middle 80%, counted from now. From fewer than ``LEAST`` answers nothing is told: their spread says nothing yet.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

LEAST = 20
DAYS = timedelta(days=14)
_ROUND_TO = (
    (2 * 3600, 300),
    (24 * 3600, 1800),
    (float("inf"), 4 * 3600),
)  # below so many seconds, to so many


@dataclass(frozen=True, slots=True)
class Answered:
    """A case of the queue: when it opened, and when a person first answered it."""

    opened_at: datetime
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class Wait:
    """``low_s`` to ``high_s`` is where 8 of 10 waits lie; ``n`` is how many answers that rests on."""

    median_s: float
    low_s: float
    high_s: float
    n: int

    @property
    def words(self) -> str:
        """As the customer reads it."""
        low, high = in_words(self.low_s), in_words(self.high_s)
        spread = f"in 8 of 10 cases {low}" if low == high else f"in 8 of 10 cases {low} to {high}"
        return f"An answer usually takes about {in_words(self.median_s)} ({spread})."


def expected_wait(answered: Sequence[Answered], ahead: int) -> Wait | None:
    """The wait from now on of a case with so many others before it; None where too few answers tell."""
    if len(answered) < LEAST:
        return None
    opened = sorted(one.opened_at for one in answered)
    ended = sorted(one.answered_at for one in answered)
    gap_s = mean_gap_s(answered)
    waits = []
    for one in answered:
        before = bisect_left(opened, one.opened_at) - bisect_right(ended, one.opened_at)
        took_s = (one.answered_at - one.opened_at).total_seconds()
        waits.append(max(0.0, took_s + (ahead - before) * gap_s))
    waits.sort()
    return Wait(_quantile(waits, 0.5), _quantile(waits, 0.1), _quantile(waits, 0.9), len(waits))


def mean_gap_s(answered: Sequence[Answered]) -> float:
    """The mean seconds between two answers that follow each other while a case waited; 0 where none did."""
    ended = sorted(answered, key=lambda one: one.answered_at)
    gaps = []
    for earlier, later in pairwise(ended):
        if later.opened_at <= earlier.answered_at:  # the one that was answered next waited all the while
            gaps.append((later.answered_at - earlier.answered_at).total_seconds())
    return sum(gaps) / len(gaps) if gaps else 0.0


def _quantile(ordered: Sequence[float], share: float) -> float:
    """By linear interpolation between the two nearest values."""
    place = (len(ordered) - 1) * share
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def in_words(seconds: float) -> str:
    """A time as customers read it, rounded up, and to no more than can be meant: 5 minutes, 2.5 hours, 3 days."""
    step = next(step for below, step in _ROUND_TO if seconds < below)
    rounded = max(step, -(-seconds // step) * step)
    if rounded < 2 * 3600:
        return f"{rounded / 60:.0f} minutes"
    if rounded < 48 * 3600:
        return f"{rounded / 3600:.1f}".removesuffix(".0") + " hours"
    return f"{rounded / 86400:.1f}".removesuffix(".0") + " days"
