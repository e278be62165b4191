"""What comes in on a simulated day, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from proxy.corpus.documents import Risk
from proxy.review.capacity import Capacity
from proxy.review.plan import ReviewPlan

BEGINS = datetime(2026, 3, 2, 8, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class World:
    """One day's conditions. ``load`` multiplies the cases of a day that keeps people busy for ``busy`` of their time.

    ``wrong_share`` of the answers that come to people are wrong; ``quotable_share`` of cases are about something that
    policy has words for. ``insist_share`` of those who hear how long people take want one all the same.
    ``most_pressure`` is how much the sight of a long queue can hurry people (3: four times as fast), reached at
    ``full_pressure_at`` waiting cases each; ``leak`` is the part of it that reaches them where the queue's length is
    not shown.
    """

    load: float = 1.0
    people: int = 6
    hours: float = 8.0
    honest_s: float = 150.0
    busy: float = 0.5
    wrong_share: float = 0.1
    risks: tuple[tuple[Risk, float], ...] = ((Risk.LOW, 0.65), (Risk.MEDIUM, 0.3), (Risk.HIGH, 0.05))
    quotable_share: float = 0.7
    sampled_share: float = 0.1
    most_pressure: float = 9.0
    full_pressure_at: float = 30.0
    leak: float = 0.0
    insist_share: float = 0.2
    plan: ReviewPlan = field(default_factory=ReviewPlan)

    @property
    def capacity(self) -> Capacity:
        return Capacity(self.people, self.honest_s)

    @property
    def cases_per_hour(self) -> float:
        return self.load * self.busy * self.capacity.per_hour

    @property
    def length_s(self) -> float:
        return 3600 * self.hours

    def under(self, load: float) -> World:
        return replace(self, load=load)


@dataclass(slots=True)
class DayFigures:
    """What became of a day's cases. ``reviewed_wrong`` are wrong answers that people decided on, ``passed_wrong`` those
    of them that they let pass. ``waits_s`` are by risk, of cases that people settled; ``waiting_s`` how long those have
    waited so far that they have not.
    """

    arrived: int = 0
    settled: int = 0
    quoted: int = 0
    told_honestly: int = 0
    reviewed_wrong: int = 0
    passed_wrong: int = 0
    seeded_bad: int = 0
    seeded_caught: int = 0
    waits_s: dict[Risk, list[float]] = field(default_factory=lambda: {risk: [] for risk in Risk})
    waiting_s: dict[Risk, list[float]] = field(default_factory=lambda: {risk: [] for risk in Risk})

    @property
    def unsettled(self) -> int:
        return sum(map(len, self.waiting_s.values()))
