"""What the usual dashboard showed on each day, what was known of customers by then, and times before and after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from proxy.intervals import Rate
from proxy.ledger.failures.columns import FailureColumns, seconds_of
from proxy.ledger.failures.folding import as_known
from proxy.ledger.failures.records import FailureFile
from proxy.ledger.ledger import Ledger
from proxy.ledger.records import DecisionRecord
from proxy.ledger.simulated import is_simulated
from proxy.recovery.measures.figure import Figure
from proxy.recovery.measures.times import QUANTILES, clocked, every_curve, quantile
from proxy.recovery.simulation.story import DAY, Story

WINDOW = 7  # days that a dashboard's figures are over
APPROVED, AUTOMATED, SLOWEST_MS = 0.95, 0.7, 5000.0  # a dashboard is green from, or up to there
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
    every = ledger.failures.in_order(story.tenant, since=story.begins)
    files = [one for one in every if one.failure.simulated]
    return [_lived(files, story, day, happened) for day in range(1, story.days + 1)]


def _lived(files: Sequence[FailureFile], story: Story, day: int, happened: Sequence[datetime]) -> Lived:
    ends = story.begins + day * DAY
    known = [state for one in files if (state := as_known(one, ends)) is not None and state.counted]
    still_open = sum(one.restored_at is None and one.ended_at is None for one in known)
    customers = len({one.customer_id for one in known})
    return Lived(day, len(known), still_open, customers, sum(at < ends for at in happened))


def divergence(dashboard: Sequence[Dashboard], by_day: Sequence[Lived]) -> Lived | None:
    """The first day on which all usual numbers are green, and customers are known to have been sent back."""
    return next(
        (one for shown, one in zip(dashboard, by_day, strict=True) if shown.green and one.known), None
    )


@dataclass(frozen=True, slots=True)
class Times:
    """One of the measures of time, as the measures themselves tell it: with its n and its interval."""

    measure: str
    median: Figure
    p90: Figure


def times(ledger: Ledger, story: Story) -> tuple[list[Times], list[Times]]:
    """Of the failures that reached their customers before the injection, and of those after; as of the story's end."""
    found = ledger.failures.columns(story.tenant, story.begins, story.ends)
    made_up, injected = found.where(found.simulated), seconds_of(story.injected_at)
    is_before = made_up.occurred_at < injected
    return list(_times(made_up.where(is_before), story)), list(_times(made_up.where(~is_before), story))


def _times(failures: FailureColumns, story: Story) -> Iterator[Times]:
    given = clocked(failures, seconds_of(story.ends))
    for name, curve in every_curve(given).items():
        yield Times(name, *(quantile(name, None, which, p, curve) for which, p in QUANTILES.items()))
