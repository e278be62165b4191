"""Fills a ledger with reviews by simulated reviewers, marked so, for a demo of the integrity page.

    fill(ledger, now=datetime.now(UTC))

What they are given is chosen by the real code, and they see and miss as ``simulation/reviewer.py`` says. One of them
hurries in the last shift, so that there is an alarm to look at. No row of it is about a real answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from heapq import heappop, heappush
from random import Random

from proxy.ledger.ledger import Ledger
from proxy.ledger.records import DEFAULT_TENANT
from proxy.ledger.reviews.outcomes import CONTRADICTED, SUPPORTED
from proxy.ledger.reviews.records import (
    FINISHED,
    FIRST,
    RECONSIDERED,
    SAMPLED,
    SEEDED,
    SEEDED_BAD,
    Review,
    ReviewDraw,
    ReviewEnd,
    ReviewGiving,
    ReviewItem,
    ReviewJudgement,
)
from proxy.review.answers import ReviewedAnswer, made_up_answer
from proxy.review.choosing import Chosen, Offer, burst_of, choose, reviews_wanted, shift_of, wants_second
from proxy.review.feedback import caught
from proxy.review.plan import ReviewPlan
from proxy.review.seeding import SeedSentence, made_up_items, one_answer
from proxy.review.simulated_texts import SENTENCES
from proxy.review.simulation.reviewer import SimulatedReviewer

NAMES = ("Avery (simulated)", "Blake (simulated)", "Casey (simulated)", "Drew (simulated)")
HURRIES = NAMES[-1]
HURRY = 2.5
SHIFT_BEGINS = timedelta(hours=9)
WRONG_SHARE = 0.04  # of the made-up delivered answers
HIGH_RISK_SHARE = 0.1
POPULATION = 480  # answers delivered in an hour
HOURS = 7
COPIES = 6
A_DAY = 60  # reviews that a person does in it, between other work
BETWEEN_S = 90.0  # on average
DEMO_PLAN = ReviewPlan(sample_share=0.05, seeded_share=0.1, burst_every=40)
SOURCE = "simulated"


@dataclass(slots=True)
class _House:
    """What is reviewed, and what was; ``false`` is the number of the false claim of each item that has one."""

    plan: ReviewPlan
    tenant: str
    random: Random
    seeds: list[ReviewItem]
    answers: dict[str, ReviewedAnswer] = field(default_factory=dict)
    items: dict[str, ReviewItem] = field(default_factory=dict)
    false: dict[str, int] = field(default_factory=dict)
    draws: list[ReviewDraw] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    of_item: dict[str, list[Review]] = field(default_factory=dict)
    of_person: dict[str, list[Review]] = field(default_factory=dict)
    open: dict[str, ReviewItem] = field(default_factory=dict)
    had: dict[str, set[str]] = field(default_factory=dict)


def fill(
    ledger: Ledger,
    *,
    now: datetime,
    tenant: str = DEFAULT_TENANT,
    days: int = 4,
    seed: int = 1,
    sentences: Sequence[SeedSentence] = SENTENCES,
    plan: ReviewPlan | None = None,
) -> int:
    """Add ``days`` of simulated reviews that end on the day before ``now``; how many. Takes about a second."""
    random = Random(seed)
    seeds = made_up_items(sentences, now - timedelta(days=days + 1), tenant=tenant, seed=seed)
    # Each several times over: made-up sentences are few, and nobody gets an item twice.
    seeds = [_copy(one, number) for number in range(COPIES) for one in seeds]
    house = _House(plan or DEMO_PLAN, tenant, random, seeds)
    for one in seeds:
        _bring(house, one)
    people = [SimulatedReviewer(name, Random(f"{seed}:{name}"), random.gauss(0, 0.2)) for name in NAMES]
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for day in range(days, 0, -1):
        begins = midnight - timedelta(days=day) + SHIFT_BEGINS
        _draw(house, sentences, begins)
        _day(house, people, begins, last=day == 1)
    ledger.reviews.bring_in(list(house.items.values()), house.reviews)
    for draw in house.draws:
        ledger.reviews.draw(draw, [])
    return len(house.reviews)


def _copy(item: ReviewItem, number: int) -> ReviewItem:
    return replace(item, id=f"{item.id}-sim{number}", key=f"{item.key} simulated {number}")


def _bring(house: _House, item: ReviewItem) -> None:
    house.items[item.id] = house.open[item.id] = item
    house.answers[item.id] = made_up_answer(item.content or {"claims": []})
    if item.kind == SEEDED_BAD:
        house.false[item.id] = _false_claim(item)


def _false_claim(item: ReviewItem) -> int:
    return next(int(number) for number, truth in (item.truth or {}).items() if truth != SUPPORTED)


def _draw(house: _House, sentences: Sequence[SeedSentence], begins: datetime) -> None:
    """A day's sample, hour by hour, of answers delivered the night before."""
    plan, random = house.plan, house.random
    for hour in range(HOURS):
        since = begins - timedelta(hours=HOURS - hour)
        strata = {"high": round(POPULATION * HIGH_RISK_SHARE), "medium": 0}
        strata["medium"] = POPULATION - strata["high"]
        shares = {}
        for risk, population in strata.items():
            share = plan.sample_of(risk)
            drawn = sum(random.random() < share for _ in range(population))
            shares[risk] = {"share": share, "population": population, "drawn": drawn}
            for number in range(drawn):
                _answer(house, sentences, since, f"{since:%d%H}-{risk}-{number}", risk)
        total = sum(one["drawn"] for one in shares.values())
        house.draws.append(
            ReviewDraw(
                house.tenant, since, since + timedelta(hours=1), begins, POPULATION, int(total), shares
            )
        )


def _answer(house: _House, sentences: Sequence[SeedSentence], at: datetime, name: str, risk: str) -> None:
    random, wrong = house.random, house.random.random() < WRONG_SHARE
    told = random.sample([one for one in sentences if one.true], 2)
    if wrong:
        told[0] = random.choice([one for one in sentences if not one.true and one.quote != told[1].quote])
    made = one_answer(told, at)
    key = f"simulated {name}"
    item = ReviewItem(
        id=f"ri-sim-{name}",
        tenant=house.tenant,
        key=key,
        kind=SAMPLED,
        created_at=at,
        answered_at=at,
        content=made.content,
        source=SOURCE,
        risk=risk,
        second=wants_second(key, risk, house.plan),
        inclusion=house.plan.sample_of(risk),
    )
    _bring(house, item)
    if wrong:
        house.false[item.id] = _false_claim(made)


def _day(house: _House, people: Sequence[SimulatedReviewer], begins: datetime, *, last: bool) -> None:
    """All people's reviews of one day, in the order in which they begin them."""
    waiting = [(begins + timedelta(minutes=place), place) for place in range(len(people))]
    done = Counter[int]()
    while waiting:
        at, place = heappop(waiting)
        person = people[place]
        hurries = last and person.name == HURRIES
        ended = _one(house, person, at, HURRY if hurries else 0.0)
        done[place] += 1
        if ended is not None and done[place] < A_DAY:
            between = 2.0 if hurries else house.random.expovariate(1 / BETWEEN_S)
            heappush(waiting, (ended + timedelta(seconds=between), place))


def _one(house: _House, person: SimulatedReviewer, at: datetime, pressure: float) -> datetime | None:
    """One person's next review, with feedback where it ends a burst; when it ended."""
    own = house.of_person.setdefault(person.name, [])
    chosen = choose(_offered(house, person.name), own[-A_DAY:], house.plan, at, house.random)
    if chosen is None:
        return None
    review = _review(house, person, chosen, at, pressure)
    _keep(house, person.name, review)
    ended = review.end.at if review.end else at
    if chosen.burst and burst_of(shift_of(own, ended), house.plan) != chosen.burst:
        of_burst = [one for one in own if one.giving.burst == chosen.burst]
        person.told(sum(one.item.kind == SEEDED_BAD and not caught(one) for one in of_burst))
    return ended


def _offered(house: _House, name: str) -> list[Offer]:
    had = house.had.setdefault(name, set())
    return [(one, len(house.of_item.get(one.id, ())) + 1) for one in house.open.values() if one.id not in had]


def _keep(house: _House, name: str, review: Review) -> None:
    item = review.item
    house.reviews.append(review)
    house.of_person[name].append(review)
    house.had[name].add(item.id)
    done = house.of_item.setdefault(item.id, [])
    done.append(review)
    if item.kind not in SEEDED and len(done) >= reviews_wanted(item, done):
        del house.open[item.id]


def _review(
    house: _House,
    person: SimulatedReviewer,
    chosen: Chosen,
    at: datetime,
    pressure: float,
) -> Review:
    item = chosen.item
    answer, false = house.answers[item.id], house.false.get(item.id)
    honest_s = sum(one.honest_ms for one in answer.claims) / 1000
    took_s = person.takes_s(honest_s, pressure)
    began_s = at.timestamp()
    person.works_until(began_s + took_s, took_s)
    approves = person.approves(false is not None, took_s / honest_s)
    stopped = None if approves else _stopped(answer, false, house.random)
    giving = ReviewGiving(
        id=f"rg-sim-{len(house.reviews)}",
        item_id=item.id,
        tenant=house.tenant,
        reviewer=person.name,
        round=chosen.round,
        at=at,
        burst=chosen.burst,
        simulated=True,
    )
    end = at + timedelta(seconds=took_s)
    told = _told(answer, stopped, giving.id, at, took_s, house.random)
    return Review(giving, item, told, ReviewEnd(giving.id, end, FINISHED, 0))


def _stopped(answer: ReviewedAnswer, false: int | None, random: Random) -> int:
    """Who stops an answer contradicts what is wrong in it, or else any of its claims."""
    return false if false is not None else random.choice([one.number for one in answer.claims])


def _told(
    answer: ReviewedAnswer, stopped: int | None, giving: str, at: datetime, took_s: float, random: Random
) -> tuple[ReviewJudgement, ...]:
    """A verdict on each claim, in even times."""
    each_ms = round(1000 * took_s / len(answer.claims))
    told = [
        ReviewJudgement(
            giving,
            one.number,
            FIRST,
            CONTRADICTED if one.number == stopped else SUPPORTED,
            at + timedelta(milliseconds=each_ms * (place + 1)),
            each_ms,
            each_ms,
            one.floor_ms,
        )
        for place, one in enumerate(answer.claims)
    ]
    if stopped is not None and random.random() < 0.03:
        told.append(replace(told[0], claim=stopped, stage=RECONSIDERED, verdict=SUPPORTED, floor_ms=0))
    return tuple(told)
