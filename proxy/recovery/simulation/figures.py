"""What the usual dashboard showed on each day, what was known of customers by then, and times before and after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from proxy.intervals import Rate
from proxy.ledger.failures.records import CONFIRMED, FailureState
from proxy.ledger.ledger import Ledger
from proxy.ledger.records import DecisionRecord
from proxy.ledger.simulated import is_simulated
from proxy.recovery.simulation.story import DAY, Story

WINDOW = 7  # days that a dashboard's figures are over
APPROVED, AUTOMATED, SLOWEST_MS = 0.95, 0.75, 5000.0  # a dashboard is green from, or up to there
NOT_ASKED = "not_asked"


@dataclass(frozen=True, slots=True)
class Dashboard:
    """The usual numbers at the end of ``day`` (the first is 1), over the last week; ``p90_ms`` is the guard's time."""

    day: int
    answers: int
    approved: Rate
    automated: Rate
    p90_ms: float

    @property
    def green(self) -> bool:
        approved, automated = self.approved.share, self.automated.share
        if approved is None or automated is None:
            return False
        return approved >= APPROVED and automated >= AUTOMATED and self.p90_ms <= SLOWEST_MS


@dataclass(frozen=True, slots=True)
class Lived:
    """What our measures knew at the end of ``day``; ``happened`` is what there was to be known, found or not."""

    day: int
    known: int
    open: int
    customers: int
    happened: int


def dashboards(ledger: Ledger, story: Story) -> list[Dashboard]:
    days: list[list[DecisionRecord]] = [[] for _ in range(story.days)]
    for record, _ in ledger.answers_in_order(since=story.begins, until=story.ends, tenant=story.tenant):
        if is_simulated(record.customer_id):
            days[(record.created_at - story.begins).days].append(record)
    return [_dashboard(day + 1, days[max(0, day + 1 - WINDOW) : day + 1]) for day in range(story.days)]


def _dashboard(day: int, week: Sequence[Sequence[DecisionRecord]]) -> Dashboard:
    answers = [one for of_day in week for one in of_day]
    asked = [one for one in answers if one.unverified_reason != NOT_ASKED]
    counted = Counter(one.decision for one in answers)
    unchanged = sum(one.decision == "deliver" for one in asked)
    times = sorted(sum(one.timings_ms.values()) for one in asked)
    return Dashboard(
        day,
        len(answers),
        Rate(unchanged, len(asked)),
        Rate(counted["deliver"] + counted["rewrite"], len(answers)),
        times[int(len(times) * 0.9)] if times else 0.0,
    )


def lived(ledger: Ledger, story: Story, returned: Iterable[datetime]) -> list[Lived]:
    """Day by day, by what the ledger had learned by its end and nothing later."""
    happened = sorted(returned)
    return [_lived(ledger, story, day, happened) for day in range(1, story.days + 1)]


def _lived(ledger: Ledger, story: Story, day: int, happened: Sequence[datetime]) -> Lived:
    ends = story.begins + day * DAY
    files = ledger.failures.in_order(story.tenant, known_by=ends, since=story.begins)
    known = [one.state for one in files if one.state.simulated and one.state.counted]
    still_open = sum(one.restored_at is None and one.ended_at is None for one in known)
    customers = len({one.customer_id for one in known})
    return Lived(day, len(known), still_open, customers, sum(at < ends for at in happened))


def divergence(dashboard: Sequence[Dashboard], by_day: Sequence[Lived]) -> Lived | None:
    """The first day on which all usual numbers are green, and customers are known to have been sent back."""
    return next(
        (one for shown, one in zip(dashboard, by_day, strict=True) if shown.green and one.known), None
    )


def split(states: Iterable[FailureState], at: datetime) -> tuple[list[FailureState], list[FailureState]]:
    """Failures by whether they reached their customer before an instant."""
    ordered = sorted(states, key=lambda one: (one.occurred_at, one.failure_id))
    return [one for one in ordered if one.occurred_at < at], [one for one in ordered if one.occurred_at >= at]


@dataclass(frozen=True, slots=True)
class Times:
    """How long a step took, of ``n`` failures; None for a time that too many have not come to yet."""

    step: str
    n: int
    done: int
    median: timedelta | None
    p90: timedelta | None


STEPS: dict[str, Callable[[FailureState], datetime | None]] = {
    "detected": lambda one: one.detected_at,
    "contained": lambda one: one.contained_at,
    "corrected": lambda one: one.corrected_at,
    "restored, confirmed": lambda one: one.restored_at if one.restored_how == CONFIRMED else None,
}


def times(states: Sequence[FailureState]) -> Iterator[Times]:
    """From when a failure reached its customer, of those whose clocks agree.

    What has not happened so far counts as longer than all that has, and so does silence beside what was confirmed.
    """
    believed = [one for one in states if not one.doubtful]
    for step, happened in STEPS.items():
        took = [at - one.occurred_at for one in believed if (at := happened(one)) is not None]
        median, p90 = (_quantile(took, len(believed), p) for p in (0.5, 0.9))
        yield Times(step, len(believed), len(took), median, p90)


def _quantile(took: Sequence[timedelta], n: int, p: float) -> timedelta | None:
    place, ordered = max(0, ceil(n * p) - 1), sorted(took)
    return ordered[place] if place < len(ordered) else None
