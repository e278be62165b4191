"""One day of review, event by event (SimPy): our design with the code that serves, or a plain queue.

Ours: ``choose`` says what each person gets, ``course_for`` what is kept from people, ``reviews_wanted`` and ``settled``
when an answer is decided; seeded items come among the others. The plain queue: first come, first served, the machine's
verdict in sight, one click decides, and the queue's length presses.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count, islice
from random import Random
from typing import Any

import simpy

from proxy.actions.course import Course, course_for
from proxy.actions.waits import Answered
from proxy.corpus.documents import Risk
from proxy.ledger.reviews.outcomes import CONTRADICTED, SUPPORTED, settled
from proxy.ledger.reviews.records import (
    CASE,
    FINISHED,
    FIRST,
    SAMPLED,
    SEEDED_BAD,
    SEEDED_GOOD,
    Review,
    ReviewEnd,
    ReviewGiving,
    ReviewItem,
    ReviewJudgement,
)
from proxy.review.capacity import LATELY, wait_s
from proxy.review.choosing import (
    Chosen,
    Offer,
    burst_of,
    choose,
    choose_between_cases,
    reviews_wanted,
    shift_of,
    wants_second,
)
from proxy.review.feedback import caught
from proxy.review.simulation.reviewer import SimulatedReviewer
from proxy.review.simulation.world import BEGINS, DayFigures, World

Steps = Generator[simpy.Event, Any, None]
BREAK_AFTER_S, BREAK_S = 75 * 60.0, 600.0
LOOKS_AGAIN_S = 20.0
OFFERED = 100
SEEDS = 400


@dataclass(slots=True)
class Day:
    """A day under ``world``; ``run`` gives its figures. ``ours`` is False for the plain queue."""

    world: World
    ours: bool
    seed: int = 1
    env: simpy.Environment = field(default_factory=simpy.Environment)
    figures: DayFigures = field(default_factory=DayFigures)
    random: Random = field(init=False)
    waiting: dict[str, ReviewItem] = field(default_factory=dict)
    risky: dict[str, ReviewItem] = field(default_factory=dict)
    sampled: dict[str, ReviewItem] = field(default_factory=dict)
    order: deque[str] = field(default_factory=deque)
    wrong: set[str] = field(default_factory=set)
    reviews: dict[str, list[Review]] = field(default_factory=dict)
    in_hand: dict[str, int] = field(default_factory=dict)
    answered: dict[Risk, list[Answered]] = field(default_factory=lambda: {risk: [] for risk in Risk})
    seeds: list[ReviewItem] = field(init=False)
    numbers: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.random = Random(f"{self.seed}")
        bad = round(SEEDS * self.world.plan.bad_share)
        self.seeds = [_seed(number, number < bad) for number in range(SEEDS)]

    def run(self) -> DayFigures:
        self.env.process(self._cases())
        if self.ours:
            self.env.process(self._sample())
        for number in range(self.world.people):
            own = Random(f"{self.seed}:{number}")
            person = SimulatedReviewer(f"p{number}", own, own.gauss(0, 0.2), sees_advice=not self.ours)
            self.env.process(self._work(person))
        self.env.run(until=self.world.length_s)
        for item in self.waiting.values():
            if item.kind == CASE:
                self.figures.waiting_s[Risk(item.risk)].append(self.env.now - _age(item.created_at))
        return self.figures

    def _cases(self) -> Steps:
        """Cases come; some of low risk are answered at once where people would get to them too late."""
        risks, shares = zip(*self.world.risks, strict=True)
        while True:
            yield self.env.timeout(self.random.expovariate(self.world.cases_per_hour / 3600))
            self.figures.arrived += 1
            risk = self.random.choices(risks, shares)[0]
            wrong, quotable = (
                self.random.random() < share for share in (self.world.wrong_share, self.world.quotable_share)
            )
            course = self._course(risk, quotable) if self.ours else Course.PEOPLE
            if course is Course.PEOPLE or (course is Course.HONEST and self._insists(risk)):
                self._add(CASE, risk.value, wrong)
            elif course is Course.QUOTE:
                self.figures.quoted += 1
            else:
                self.figures.told_honestly += 1

    def _course(self, risk: Risk, quotable: bool) -> Course:
        most_s = self.world.plan.most_wait_s(risk.value)
        return course_for(risk, quotable=quotable, wait_s=self._wait_s(risk), most_wait_s=most_s)

    def _insists(self, risk: Risk) -> bool:
        """Whether a customer who hears how long people take wants one all the same: the longer, the less."""
        if risk is not Risk.MEDIUM:
            return False
        told_s, most_s = self._wait_s(risk), self.world.plan.most_wait_s(risk.value)
        return self.random.random() < self.world.insist_share * most_s / told_s

    def _wait_s(self, risk: Risk) -> float:
        waiting = Counter(item.risk for item in self.waiting.values())
        lately = [one for one in self.answered[risk] if one.answered_at > self._now() - LATELY]
        return wait_s(self.world.capacity, waiting, risk.value, lately)

    def _sample(self) -> Steps:
        """Delivered answers that were drawn; of these few are wrong."""
        while True:
            rate = self.world.sampled_share * self.world.cases_per_hour / 3600
            yield self.env.timeout(self.random.expovariate(rate))
            self._add(SAMPLED, "medium", self.random.random() < 0.02)

    def _add(self, kind: str, risk: str, wrong: bool) -> None:
        name, now = f"i{next(self.numbers)}", self._now()
        second = self.ours and wants_second(f"{self.seed} {name}", risk, self.world.plan)
        item = ReviewItem(name, name, kind, now, now, risk=risk, second=second)
        (self.waiting if kind == CASE else self.sampled)[name] = item
        if item.risk == Risk.HIGH.value:
            self.risky[name] = item
        self.order.append(name)
        if wrong:
            self.wrong.add(name)

    def _work(self, person: SimulatedReviewer) -> Steps:
        """One person's day."""
        own: list[Review] = []
        had: set[str] = set()
        next_break = BREAK_AFTER_S
        while True:
            if self.env.now >= next_break:
                yield self.env.timeout(BREAK_S)
                next_break = self.env.now + BREAK_AFTER_S
            chosen = self._choose(own, had) if self.ours else self._next()
            if chosen is None:
                yield self.env.timeout(LOOKS_AGAIN_S)
                continue
            item, began = chosen.item, self._now()
            self.in_hand[item.id] = self.in_hand.get(item.id, 0) + 1
            pressure = self._pressure() * (self.world.leak if self.ours else 1.0)
            took_s = person.takes_s(self.world.honest_s, pressure)
            yield self.env.timeout(took_s)
            self.in_hand[item.id] -= 1
            person.works_until(self.env.now, took_s)
            wrong = item.id in self.wrong or item.kind == SEEDED_BAD
            approves = person.approves(wrong, took_s / self.world.honest_s)
            review = _review(chosen, person.name, began, self._now(), approves, next(self.numbers))
            had.add(item.id)
            own.append(review)
            self._settle(review)
            if chosen.burst and burst_of(shift_of(own, self._now()), self.world.plan) != chosen.burst:
                told = [one for one in own if one.giving.burst == chosen.burst]
                person.told(sum(one.item.kind == SEEDED_BAD and not caught(one) for one in told))

    def _pressure(self) -> float:
        share = len(self.waiting) / (self.world.people * self.world.full_pressure_at)
        return self.world.most_pressure * min(1.0, share)

    def _next(self) -> Chosen | None:
        """The plain queue's: the oldest, whatever it is about."""
        while self.order:
            item = self.waiting.get(self.order.popleft())
            if item is not None:
                return Chosen(item, 1)
        return None

    def _choose(self, own: list[Review], had: set[str]) -> Chosen | None:
        """Cases first, since customers wait; between them, and where there are none, samples and seeded ones."""
        plan, now, random = self.world.plan, self._now(), self.random
        cases = {offer[0].id: offer for kept in (self.risky, self.waiting) for offer in self._free(kept, had)}
        seeds = [(item, 1) for item in self.seeds if item.id not in had]
        reviews = [*self._free(self.sampled, had), *seeds]
        between = choose_between_cases(reviews, own, plan, now, random) if cases else None
        return (
            between
            or choose([*cases.values()], own, plan, now, random)
            or choose(reviews, own, plan, now, random)
        )

    def _free(self, kept: Mapping[str, ReviewItem], had: set[str]) -> list[Offer]:
        free = (one for one in kept.values() if one.id not in had and self._missing(one))
        return [(item, self._rounds(item) + 1) for item in islice(free, OFFERED)]

    def _rounds(self, item: ReviewItem) -> int:
        return len(self.reviews.get(item.id, ())) + self.in_hand.get(item.id, 0)

    def _missing(self, item: ReviewItem) -> bool:
        return self._rounds(item) < reviews_wanted(item, self.reviews.get(item.id, []))

    def _settle(self, review: Review) -> None:
        """Count what a review decides; an answer is decided once it has all the reviews that it needs."""
        item = review.item
        if item.kind == SEEDED_BAD:
            self.figures.seeded_bad += 1
            self.figures.seeded_caught += caught(review)
        if item.kind not in (CASE, SAMPLED):
            return
        done = self.reviews.setdefault(item.id, [])
        done.append(review)
        if len(done) < reviews_wanted(item, done):
            return
        self.waiting.pop(item.id, None)
        self.sampled.pop(item.id, None)
        self.risky.pop(item.id, None)
        if item.kind == CASE:
            self._count(item, passed=settled(done)[0] == SUPPORTED)

    def _count(self, item: ReviewItem, *, passed: bool) -> None:
        self.figures.settled += 1
        self.figures.waits_s[Risk(item.risk)].append(self.env.now - _age(item.created_at))
        self.answered[Risk(item.risk)].append(Answered(item.created_at, self._now()))
        if item.id in self.wrong:
            self.figures.reviewed_wrong += 1
            self.figures.passed_wrong += passed

    def _now(self) -> datetime:
        return BEGINS + timedelta(seconds=self.env.now)


def _age(at: datetime) -> float:
    return (at - BEGINS).total_seconds()


def _seed(number: int, bad: bool) -> ReviewItem:
    kind, truth = (SEEDED_BAD, CONTRADICTED) if bad else (SEEDED_GOOD, SUPPORTED)
    return ReviewItem(f"s{number}", f"s{number}", kind, BEGINS, BEGINS, truth={"0": truth})


def _review(
    chosen: Chosen, name: str, began: datetime, ended: datetime, approves: bool, number: int
) -> Review:
    giving = ReviewGiving(f"g{number}", chosen.item.id, name, chosen.round, began, burst=chosen.burst)
    verdict = SUPPORTED if approves else CONTRADICTED
    told = ReviewJudgement(giving.id, 0, FIRST, verdict, ended, 0, 0, 0)
    return Review(giving, chosen.item, (told,), ReviewEnd(giving.id, ended, FINISHED, 1))
