"""After how many conversations a canary finds out: played through before it begins, so that it can be promised."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from proxy.intervals import Rate
from proxy.rehearsal.canary.evidence import FALSE_ALARM, Floats, money, winnings

_RUNS = 1000
_AT_ONCE = 1 << 22  # differences in memory at a time


@dataclass(frozen=True, slots=True)
class CanaryPlan:
    """What is promised of a canary: ``conversations`` of the candidate within which ``found`` of a bad one is found.

    ``conversations`` is None where the longest run that was asked for does not do. ``false_alarms`` is of a candidate
    that is as good as the control, after the longest run. Both are of simulated runs, with n and interval.
    """

    conversations: int | None
    found: Rate
    false_alarms: Rate


def plan(
    control_rate: float, bad_rate: float, margin: float, share: float, *, longest: int = 5000, wanted: float = 0.95,
    false_alarm: float = FALSE_ALARM, seed: int = 0,
) -> CanaryPlan:  # fmt: skip
    """How long a canary for ``share`` of customers needs to find ``bad_rate`` where ``control_rate`` is usual.

    Runs are few, so that the number is stated at which Wilson's lower bound of the share that is found is ``wanted``.
    """
    random = np.random.default_rng(seed)
    bad = rolled_back_at(bad_rate, control_rate, margin, share, _RUNS, longest, false_alarm, random)
    good = rolled_back_at(control_rate, control_rate, margin, share, _RUNS, longest, false_alarm, random)
    enough = next((hits for hits in range(_RUNS) if Rate(hits, _RUNS).low >= wanted), _RUNS)
    needed = np.sort(bad)[enough - 1]
    within = int(needed) if np.isfinite(needed) else None
    found = int(np.sum(bad <= (within or longest)))
    return CanaryPlan(within, Rate(found, _RUNS), Rate(int(np.isfinite(good).sum()), _RUNS))


def rolled_back_at(
    candidate_rate: float, control_rate: float, margin: float, share: float, runs: int, longest: int,
    false_alarm: float, random: np.random.Generator,
) -> Floats:  # fmt: skip
    """The candidate's conversation at which each of ``runs`` is rolled back, (runs,); infinite where it is not.

    Blocks are those of a canary with at most half of the customers: one conversation of the candidate, and as many of
    the control as the share leaves for each, on average.
    """
    beside = max(1, round((1 - share) / share))
    found = np.full(runs, np.inf)
    step = max(1, _AT_ONCE // longest)
    for first in range(0, runs, step):
        shape = (min(step, runs - first), longest)
        difference = (random.random(shape) < candidate_rate) - random.binomial(
            beside, control_rate, shape
        ) / beside
        crossed = money_over_time(difference, margin) >= -math.log(false_alarm)
        ever = crossed.any(axis=1)
        found[first : first + shape[0]][ever] = crossed.argmax(axis=1)[ever] + 1.0
    return found


def money_over_time(difference: Floats, margin: float) -> Floats:
    """The logarithm of the money after each block: (runs, blocks) differences give (runs, blocks)."""
    return money(np.cumsum(winnings(difference, margin), axis=-2))
