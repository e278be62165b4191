"""Whether people see what they approve: catch rates on seeded items, drift, pace, streaks (docs/review.md).

    figures(ledger.reviews.reviews("default", since=since))

Pure: reviews in, figures out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from statistics import median

from proxy.intervals import Change, Rate
from proxy.ledger.reviews.records import FIRST, SEEDED_BAD, SEEDED_GOOD, Review
from proxy.review.choosing import PAUSE
from proxy.review.feedback import approved_all, caught

LONGEST_S = 1_800.0  # a review that took longer was left lying; it counts as this long


@dataclass(frozen=True, slots=True)
class Figures:
    """What the reviews of a person, a shift or a team say; ``reviewer`` is None for a team's.

    ``caught``: seeded errors that the blind verdict stopped; ``rare`` of them those outside bursts. ``passed``: true
    seeded items that it let pass. ``hurried``: claims judged in less time than they take to read. ``drift``: caught in
    the first half of each shift's time and in the second. ``speedup``: how many times faster the second half of shifts
    went. ``streak``: the longest run of answers in which everything was approved. ``reconsidered``: verdicts changed
    once the machine's was shown.
    """

    reviewer: str | None
    since: datetime
    until: datetime
    reviews: int
    claims: int
    caught: Rate
    rare: Rate
    passed: Rate
    approved: Rate
    hurried: Rate
    reconsidered: Rate
    drift: Change
    median_s: float | None
    per_hour: float | None
    speedup: float | None
    streak: int


@dataclass(frozen=True, slots=True)
class HourFigures:
    """The catch rate and the pace in one hour of all shifts; ``hour`` 0 is the first."""

    hour: int
    caught: Rate
    reviews: int
    median_s: float | None


def figures(reviews: Sequence[Review], reviewer: str | None = None) -> Figures | None:
    """The figures of finished reviews, of all people or of one; None where there are none."""
    own = [one for one in reviews if one.finished and reviewer in (None, one.giving.reviewer)]
    if not own:
        return None
    halves = [_halves(shift) for shift in shifts(own)]
    first = [one for half, _ in halves for one in half]
    second = [one for _, half in halves for one in half]
    told = [judgement for one in own for judgement in one.judgements]
    blind = [one for one in told if one.stage == FIRST]
    taken = [seconds(one) for one in own]
    bad = [one for one in own if one.item.kind == SEEDED_BAD]
    changed = sum(one.first[claim] != verdict for one in own for claim, verdict in one.last.items())
    return Figures(
        reviewer=reviewer,
        since=own[0].giving.at,
        until=max(_ended(one) for one in own),
        reviews=len(own),
        claims=len(blind),
        caught=rate_caught(own),
        rare=_rate(caught(one) for one in bad if one.giving.burst is None),
        passed=_rate(approved_all(one) for one in own if one.item.kind == SEEDED_GOOD),
        approved=_rate(approved_all(one) for one in own),
        hurried=_rate(one.hurried for one in blind),
        reconsidered=Rate(changed, len(blind)),
        drift=Change(rate_caught(first), rate_caught(second)),
        median_s=median(taken),
        per_hour=_per_hour(taken),
        speedup=_speedup(first, second),
        streak=max(longest_streak(shift) for shift in shifts(own)),
    )


def hours(reviews: Sequence[Review]) -> tuple[HourFigures, ...]:
    """How catch rate and pace go with the hours since a shift began, over all shifts."""
    placed: dict[int, list[Review]] = {}
    for shift in shifts(reviews):
        for one in shift:
            hour = int((one.giving.at - shift[0].giving.at) / timedelta(hours=1))
            placed.setdefault(hour, []).append(one)
    return tuple(
        HourFigures(hour, rate_caught(them), len(them), median(map(seconds, them)))
        for hour, them in sorted(placed.items())
    )


def shifts(reviews: Sequence[Review]) -> list[list[Review]]:
    """Finished reviews by person and shift; a pause of four hours ends a shift."""
    finished = sorted((one for one in reviews if one.finished), key=lambda one: one.giving.reviewer)
    found: list[list[Review]] = []
    for _, own in groupby(finished, key=lambda one: one.giving.reviewer):
        latest: datetime | None = None
        for one in sorted(own, key=lambda one: one.giving.at):
            if latest is None or one.giving.at - latest >= PAUSE:
                found.append([])
            found[-1].append(one)
            latest = one.giving.at
    return found


def seconds(review: Review) -> float:
    """How long a review took, at most half an hour."""
    return min(LONGEST_S, (_ended(review) - review.giving.at).total_seconds())


def longest_streak(reviews: Sequence[Review]) -> int:
    """The longest run of reviews in which everything was approved."""
    return max(
        (len(list(run)) for approved, run in groupby(map(approved_all, reviews)) if approved), default=0
    )


def _halves(shift: Sequence[Review]) -> tuple[list[Review], list[Review]]:
    """A shift's reviews before and after the middle of its time."""
    middle = shift[0].giving.at + (shift[-1].giving.at - shift[0].giving.at) / 2
    return [one for one in shift if one.giving.at <= middle], [one for one in shift if one.giving.at > middle]


def rate_caught(reviews: Sequence[Review]) -> Rate:
    """How many of the seeded errors among finished reviews were caught."""
    return _rate(caught(one) for one in reviews if one.item.kind == SEEDED_BAD)


def _rate(told: Iterable[bool]) -> Rate:
    all_told = list(told)
    return Rate(sum(all_told), len(all_told))


def _per_hour(taken: Sequence[float]) -> float | None:
    total = sum(taken)
    return 3600 * len(taken) / total if total else None


def _speedup(first: Sequence[Review], second: Sequence[Review]) -> float | None:
    if not first or not second:
        return None
    before, after = median(map(seconds, first)), median(map(seconds, second))
    return before / after if after else None


def _ended(review: Review) -> datetime:
    return review.end.at if review.end else review.giving.at
