"""Alarms in words: what in the figures says that people approve without seeing."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from proxy.intervals import Change, Rate
from proxy.ledger.reviews.records import Review
from proxy.review.agreement import LEAST_ALPHA, Agreement
from proxy.review.figures import Figures, figures, shifts

MUCH_FASTER = 1.5
LEAST_CAUGHT = 0.8
MOST_HURRIED = 0.1
_UNLIKELY = 0.01  # how often chance alone may give a streak as long


class Sign(StrEnum):
    PACE = "pace"
    CAUGHT = "caught"
    HURRIED = "hurried"
    STREAK = "streak"
    AGREEMENT = "agreement"


@dataclass(frozen=True, slots=True)
class Alarm:
    """``reviewer`` is None where it is about the team."""

    sign: Sign
    words: str
    reviewer: str | None = None


def team_alarms(team: Figures, agreed: Agreement) -> Iterator[Alarm]:
    """What is wrong with the work as a whole."""
    if (words := _pace(team.drift, team.speedup, "in the second half of shifts")) is not None:
        yield Alarm(Sign.PACE, words)
    yield from _standing(team)
    if agreed.high is not None and agreed.high < LEAST_ALPHA:
        yield Alarm(
            Sign.AGREEMENT,
            f"people who review the same answer agree too little: alpha {agreed.alpha:.2f} "
            f"({agreed.low:.2f} to {agreed.high:.2f}) over {agreed.claims} claims; it takes {LEAST_ALPHA}. "
            "Look at what they differ about: the policy may be unclear",
        )


def persons_alarms(reviews: Sequence[Review], reviewer: str, team: Figures) -> Iterator[Alarm]:
    """What is wrong with one person's reviews: the last shift against those before, and all of them."""
    own = shifts([one for one in reviews if one.giving.reviewer == reviewer])
    if not own:
        return
    last = figures(own[-1], reviewer)
    before = figures([one for shift in own[:-1] for one in shift], reviewer)
    if last and before and before.median_s and last.median_s:
        change = Change(before.caught, last.caught)
        words = _pace(change, before.median_s / last.median_s, "in the last shift")
        if words is not None:
            yield Alarm(Sign.PACE, words, reviewer)
    whole = figures([one for shift in own for one in shift], reviewer)
    if whole is None:
        return
    for alarm in _standing(whole):
        yield Alarm(alarm.sign, alarm.words, reviewer)
    if (words := _streak(whole, team.approved)) is not None:
        yield Alarm(Sign.STREAK, words, reviewer)


def _standing(of: Figures) -> Iterator[Alarm]:
    if of.caught.n and of.caught.high < LEAST_CAUGHT:
        yield Alarm(
            Sign.CAUGHT,
            f"only {of.caught.hits} of {of.caught.n} seeded errors were caught ({_told(of.caught)})",
        )
    if of.hurried.low > MOST_HURRIED:
        yield Alarm(
            Sign.HURRIED,
            f"{of.hurried.hits} of {of.hurried.n} claims were judged faster than they can be read "
            f"({_told(of.hurried)})",
        )


def _pace(caught: Change, speedup: float | None, when: str) -> str | None:
    """Faster alone is no harm, and fewer catches alone are told of elsewhere."""
    if speedup is None or speedup < MUCH_FASTER or not caught.fell:
        return None
    return (
        f"pace rose {speedup:.1f}x while seeded catches fell from {caught.before.share:.2f} to "
        f"{caught.after.share:.2f} {when} ({caught.before.hits} of {caught.before.n}, then "
        f"{caught.after.hits} of {caught.after.n})"
    )


def _streak(of: Figures, approved: Rate) -> str | None:
    """A run of approvals that is longer than the team's share of approvals explains.

    In n answers of which a share p is approved, ``n * (1 - p) * p**L`` runs of L or more are expected by chance.
    """
    share = approved.high
    if of.streak == 0 or share >= 1:
        return None
    expected = of.reviews * (1 - share) * math.pow(share, of.streak)
    if expected > _UNLIKELY:
        return None
    return (
        f"{of.streak} answers in a row were approved whole; where {approved.share:.0%} are approved, as in the team, "
        f"that comes by chance {expected:.1g} times in {of.reviews} reviews"
    )


def _told(rate: Rate) -> str:
    return f"{rate.share:.2f}, {rate.low:.2f} to {rate.high:.2f}"
