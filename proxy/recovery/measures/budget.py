"""The error budget of recovery: how many failures may miss their target, and how fast that is being used up.

Serving computes this for its metrics, so nothing here needs more than NumPy. A failure is due when its target ends; it
is missed where it had not been put right by then. Burn is the share of missed ones over the share that may be missed:
at a burn of 1 the budget is just used up. Beyer et al., "The Site Reliability Workbook", chapter 5, 2018.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from proxy.ledger.failures.columns import Deadlines, FailureColumns, Floats
from proxy.rules.recovery_options import RecoveryOptions

WINDOWS = {
    "30m": timedelta(minutes=30),
    "2h": timedelta(hours=2),
    "6h": timedelta(hours=6),
    "1d": timedelta(days=1),
    "3d": timedelta(days=3),
    "28d": timedelta(days=28),
}
ALERTED = ("30m", "2h", "6h", "1d", "3d")  # the long and the short windows of the workbook's alerts


@dataclass(frozen=True, slots=True)
class Burn:
    """Of the failures whose target ended in a window: how many were ``due``, how many of these ``missed`` it.

    ``allowed`` is the share that may.
    """

    due: int
    missed: int
    allowed: float

    @property
    def rate(self) -> float:
        """0 where none was due."""
        return self.missed / self.due / self.allowed if self.due else 0.0

    @property
    def left(self) -> float:
        """How many more of those due could have been missed; below 0 where the budget is used up."""
        return self.due * self.allowed - self.missed


def burn(failures: Deadlines, now: float, window: timedelta, options: RecoveryOptions) -> Burn:
    """Doubtful failures count too: their target is over by some clock, and nobody has said that they are put right."""
    target = targets(failures, options)
    due_at = failures.occurred_at + target
    due = (due_at > now - window.total_seconds()) & (due_at <= now)
    in_time = failures.corrected_at <= due_at  # of NaN, False
    return Burn(int(due.sum()), int((due & ~in_time).sum()), 1 - options.share)


def looks_back(options: RecoveryOptions, windows: Iterable[str] = WINDOWS) -> timedelta:
    """How long ago a failure of which the longest of these windows tells can have reached its customer."""
    return max(WINDOWS[one] for one in windows) + longest_target(options)


def longest_target(options: RecoveryOptions) -> timedelta:
    within = options.within
    return max(within.high, within.medium, within.low)


def targets(failures: Deadlines, options: RecoveryOptions) -> Floats:
    """Each failure's target, in seconds."""
    within = {one: options.within.of(one).total_seconds() for one in set(failures.severity)}
    return np.array([within[one] for one in failures.severity], dtype=float)


@dataclass(frozen=True, slots=True)
class StillOpen:
    """Of one severity: how many are open, how many of these are past their target, since when the oldest is."""

    open: int
    overdue: int
    oldest_s: float


def still_open(failures: FailureColumns, now: float, options: RecoveryOptions) -> dict[str, StillOpen]:
    """By severity; without those that are restored, were given up, or whose customer cannot be reached."""
    is_open = np.isnan(failures.restored_at) & np.isnan(failures.ended_at)
    age, target = np.maximum(now - failures.occurred_at, 0.0), targets(failures, options)
    late = is_open & (age > target) & np.isnan(failures.corrected_at)
    found = {}
    for severity in ("high", "medium", "low"):
        of_it = failures.severity == severity
        oldest = float(age[of_it & is_open].max(initial=0.0))
        found[severity] = StillOpen(int((of_it & is_open).sum()), int((of_it & late).sum()), oldest)
    return found
