"""How much people can review while they really see: computed from honest time, not from how fast they can click."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from proxy.actions.waits import Answered, mean_gap_s
from proxy.ledger.reviews.records import SEEDED, Review
from proxy.review.figures import seconds

LEAST_REVIEWS = 30  # fewer say nothing of how long one takes
LEAST_ANSWERS = 5  # and fewer nothing of how fast it goes
LATELY = timedelta(hours=2)
BUSY = 0.85  # of their time: where all of it is planned for, any surge waits for hours


@dataclass(frozen=True, slots=True)
class Demand:
    """What waits, beside what people can do. ``wait_s`` is by risk, ``people_needed`` to settle it within an hour."""

    waiting: int
    people: int
    people_needed: int
    wait_s: Mapping[str, float]
    measured: bool

    @property
    def longest_s(self) -> float:
        """The wait of the cases that wait longest."""
        return max(self.wait_s.values(), default=0.0)


@dataclass(frozen=True, slots=True)
class Capacity:
    """``people`` at work, each with ``seconds_per_case`` of honest time for a case."""

    people: int
    seconds_per_case: float

    @property
    def per_hour(self) -> float:
        """``3600 * people / seconds``."""
        return 3600 * self.people / self.seconds_per_case

    def wait_s(self, waiting: int) -> float:
        """How long a case waits behind ``waiting`` others: ``waiting * seconds / people``; for ever without people."""
        return math.inf if self.people <= 0 else waiting * self.seconds_per_case / self.people

    def people_needed(self, cases_per_hour: float) -> int:
        """How many people it takes for so many cases, with 15% of their time to spare: whom to call in."""
        return math.ceil(cases_per_hour * self.seconds_per_case / (3600 * BUSY))


def wait_s(capacity: Capacity, waiting: Mapping[str, int], risk: str, answered: Sequence[Answered]) -> float:
    """How long a case of this risk waits that is opened now: by people's time, or by how it has really gone of late.

    ``waiting`` are the waiting cases by risk; ``answered`` those of this risk that were answered in the last two hours.
    What takes people's time beside them, or comes first, makes the second longer than the first: the longer is told.
    """
    by_capacity = capacity.wait_s(sum(waiting.values()))
    if len(answered) < LEAST_ANSWERS:
        return by_capacity
    return max(by_capacity, waiting.get(risk, 0) * mean_gap_s(answered))


def honest_seconds(reviews: Sequence[Review]) -> float | None:
    """The median time of reviews in which no claim was judged faster than it can be read; seeded ones are left out.

    None where fewer than thirty tell.
    """
    honest = [
        seconds(one)
        for one in reviews
        if one.finished and one.item.kind not in SEEDED and not any(told.hurried for told in one.judgements)
    ]
    return median(honest) if len(honest) >= LEAST_REVIEWS else None
