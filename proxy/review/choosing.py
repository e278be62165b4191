"""What a person is given next. Pure: the console, the tests and the simulation all choose by this.

Seeded items come at a low rate all the time, and more densely in bursts with feedback at the end: people miss what is
rare, and a short run in which it is frequent, with feedback, brings their criterion back (Wolfe, Horowitz, Van Wert,
Kenner, Place & Kibbi, "Low target prevalence is a stubborn source of errors in visual search tasks", J. Exp. Psychol.
General 136, 2007, pages 623–638).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from proxy.ledger.reviews.outcomes import settled
from proxy.ledger.reviews.queries import HELD_FOR
from proxy.ledger.reviews.records import CASE, SEEDED, SEEDED_BAD, Review, ReviewItem
from proxy.review.plan import ReviewPlan

PAUSE = timedelta(hours=4)  # after which a new shift begins
HIGH_RISK = "high"
MOST_REVIEWS = 3

Offer = tuple[ReviewItem, int]  # an item, and which review of it this would be


@dataclass(frozen=True, slots=True)
class Chosen:
    """``giving_id`` names the review that goes on where one was begun; else the item is to be given anew."""

    item: ReviewItem
    round: int
    burst: str | None = None
    giving_id: str | None = None


def choose_between_cases(
    offered: Sequence[Offer], lately: Sequence[Review], plan: ReviewPlan, now: datetime, random: Random
) -> Chosen | None:
    """What a person who works on cases reviews before the next one; None where the case comes at once.

    Seeded items come as often as among reviews, and at least as many real ones with them, so that none of it tells.
    """
    seeded = plan.burst_share if burst_of(shift_of(lately, now), plan) else plan.seeded_share
    if random.random() >= 2 * seeded:
        return None
    return choose(offered, lately, plan, now, random, seeded_share=max(0.5, seeded))


def choose(
    offered: Sequence[Offer],
    lately: Sequence[Review],
    plan: ReviewPlan,
    now: datetime,
    random: Random,
    *,
    seeded_share: float | None = None,
) -> Chosen | None:
    """The next item for a person who did ``lately`` (oldest first); None where no real one is offered.

    ``seeded_share`` stands in the plan's place.
    """
    if (begun := _begun(lately, now)) is not None:
        giving = begun.giving
        return Chosen(begun.item, giving.round, giving.burst, giving.id)
    real = [offer for offer in offered if offer[0].kind not in SEEDED]
    if not real:
        return None  # nobody is kept busy with made-up work
    burst = burst_of(shift_of(lately, now), plan)
    seeded = [offer for offer in offered if offer[0].kind in SEEDED]
    planned = plan.burst_share if burst else plan.seeded_share
    if seeded and random.random() < (planned if seeded_share is None else seeded_share):
        bad = random.random() < plan.bad_share
        fitting = [offer for offer in seeded if (offer[0].kind == SEEDED_BAD) is bad]
        item, number = random.choice(fitting or seeded)
        return Chosen(item, number, burst)
    item, number = min(real, key=_urgency)
    return Chosen(item, number, burst)


def shift_of(lately: Sequence[Review], now: datetime) -> list[Review]:
    """The reviews of the shift that is going on at ``now``: those without a pause of four hours behind them."""
    shift: list[Review] = []
    next_at = now
    for review in reversed(lately):
        if next_at - review.giving.at >= PAUSE:
            break
        shift.append(review)
        next_at = review.giving.at
    return shift[::-1]


def burst_of(shift: Sequence[Review], plan: ReviewPlan) -> str | None:
    """The name of the burst in which the next item of a shift would be; where it begins cannot be told beforehand."""
    if not shift or not plan.burst_length:
        return None
    first = shift[0].giving.id
    free = max(1, plan.burst_every - plan.burst_length)
    number, place = divmod(len(shift) - 1 - int(share_of(first) * free), plan.burst_every)
    return f"{first}/{number}" if number >= 0 and place < plan.burst_length else None


def wants_second(key: str, risk: str, plan: ReviewPlan) -> bool:
    """Whether an item is reviewed by two people: all of high risk, of others a share that the key decides."""
    return risk == HIGH_RISK or share_of(f"second {key}") < plan.second_share


def reviews_wanted(item: ReviewItem, finished: Sequence[Review]) -> int:
    """How many reviews an item needs after these: one more, up to three, where people differ or are unsure."""
    least = 2 if item.second else 1
    if item.kind in SEEDED:
        return 0
    unsettled = any(verdict is None for verdict in settled(finished).values())
    return max(least, min(MOST_REVIEWS, len(finished) + 1)) if unsettled else least


def share_of(name: str) -> float:
    """A number from 0 to 1 that follows from the name alone, evenly spread over names."""
    return int.from_bytes(hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()[:8]) / 2**64


def _begun(lately: Sequence[Review], now: datetime) -> Review | None:
    """What was begun a short while ago and is not finished; cases are gone on with in their own page."""
    for review in reversed(lately):
        recent = review.giving.at > now - HELD_FOR
        if review.end is None and recent and review.item.kind != CASE:
            return review
    return None


def _urgency(offer: Offer) -> tuple[bool, bool, datetime, str]:
    """Where two differ first, then what is of high risk, then the oldest."""
    item, number = offer
    return number < MOST_REVIEWS, item.risk != HIGH_RISK, item.created_at, item.id
