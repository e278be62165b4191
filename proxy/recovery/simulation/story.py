"""What the simulation assumes: how many customers, who complains, how quickly people work (docs/recovery.md)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Self

from proxy.ledger.records import DEFAULT_TENANT
from proxy.ledger.simulated import PREFIX

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Story:
    """``begins`` is midnight, UTC. The rule is injected on the morning of day ``injected_on`` (the first is 1)."""

    begins: datetime
    days: int = 60
    customers: int = 400
    chats_a_day: int = 8
    complaints_a_day: float = 1.6
    injected_on: int = 31
    exported_on: int = 3  # the first day on whose night the CRM's complaints reach the ledger
    export_every: int = 7  # days; every night from the injection on
    seed: int = 1
    tenant: str = DEFAULT_TENANT

    @classmethod
    def until(cls, now: datetime, scale: float = 1.0, **given: Any) -> Self:
        """The story that ends at the midnight before; ``scale`` is how much larger the company is."""
        one = cls(now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0), **given)
        return replace(
            one,
            begins=one.begins - one.days * DAY,
            customers=round(one.customers * scale),
            chats_a_day=round(one.chats_a_day * scale),
            complaints_a_day=one.complaints_a_day * scale,
        )

    @property
    def ends(self) -> datetime:
        return self.begins + self.days * DAY

    @property
    def injected_at(self) -> datetime:
        return self.begins + (self.injected_on - 1) * DAY + 9 * HOUR

    @property
    def proposed_at(self) -> datetime:
        """When the rule is proposed: on the evening before."""
        return self.injected_at - 15 * HOUR

    def exports_on(self, day: int) -> bool:
        """Whether the CRM sends its complaints on the night of this day (the first is 1)."""
        weekly = day >= self.exported_on and (day - self.exported_on) % self.export_every == 0
        return weekly or day >= self.injected_on

    def random(self, *names: object) -> Random:
        """Chance of its own for each thing, so that another rule or day changes no other draw."""
        return Random(":".join(map(str, (self.seed, *names))))

    def customer(self, number: int) -> str:
        """Another story's customers are others, so that several may be in one ledger."""
        return f"{PREFIX}{self.begins:%y%m%d}-{number:05d}"


@dataclass(slots=True)
class Matter:
    """A complaint by telephone. The CRM has it from ``flagged_at`` on; people end it at ``ends_at`` at the latest."""

    number: int
    customer: str
    at: datetime
    flagged_at: datetime
    chats: tuple[datetime, ...]
    ends_at: datetime
    closed_at: datetime | None = None
    told: bool = False  # to the ledger

    def is_open(self, at: datetime) -> bool:
        return self.at < at and (self.closed_at is None or at < self.closed_at)


def matters(story: Story) -> list[Matter]:
    """All complaints of the story, the earliest first; each of another customer."""
    free = list(range(story.customers))
    story.random("customers").shuffle(free)
    found: list[Matter] = []
    for day in range(story.days):
        for _ in range(_poisson(story.random("complaints", day), story.complaints_a_day)):
            if free:
                found.append(_matter(story, len(found), free.pop(), story.begins + day * DAY))
    return sorted(found, key=lambda one: one.at)


def _matter(story: Story, number: int, customer: int, midnight: datetime) -> Matter:
    """Most ask the chatbot about their account while their complaint is open, and most of these again."""
    random = story.random("matter", number)
    at = midnight + random.uniform(9, 17) * HOUR
    chats = []
    if random.random() < 0.8:
        chats.append(waking(at + random.expovariate(1 / 10) * HOUR, random))
        if random.random() < 0.7:
            chats.append(waking(chats[0] + random.expovariate(1 / 6) * HOUR, random))
    return Matter(
        number,
        story.customer(customer),
        at,
        flagged_at=at + random.uniform(0.5, 6) * HOUR,
        chats=tuple(chats),
        ends_at=at + random.uniform(4, 9) * DAY,
    )


def chats(story: Story, day: int) -> list[tuple[datetime, int]]:
    """When customers without a complaint write on a day, and which."""
    random, midnight = story.random("chats", day), story.begins + day * DAY
    return sorted(
        (midnight + random.uniform(8, 21) * HOUR, random.randrange(story.customers))
        for _ in range(story.chats_a_day)
    )


def takes(random: Random) -> timedelta:
    """How long a customer waits for a person: the same before and after the rule."""
    return random.uniform(0.5, 12) * HOUR


def waking(at: datetime, random: Random) -> datetime:
    """The time itself by day; of the night the next morning."""
    if 7 <= at.hour < 22:
        return at
    morning = at.replace(hour=7, minute=0, second=0, microsecond=0)
    return morning + (DAY if at.hour >= 22 else timedelta()) + random.uniform(0, 3) * HOUR


def _poisson(random: Random, mean: float) -> int:
    """Arrivals within one day, by their exponential distances."""
    number, passed = -1, 0.0
    while passed < 1:
        number, passed = number + 1, passed + random.expovariate(mean)
    return number
