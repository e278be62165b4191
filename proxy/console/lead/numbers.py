"""The numbers of the lead's page: what the ledger and the reviews tell today, and no other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from statistics import median, quantiles
from typing import Any

from proxy.actions.waits import LEAST
from proxy.console.case.due import SOON
from proxy.console.charts import COLOURS, WIDTH
from proxy.ledger.answers.daily import DECISIONS, Day
from proxy.ledger.desk.queries import CaseFilter
from proxy.ledger.desk.records import DeskCase
from proxy.ledger.ledger import Ledger
from proxy.review.error_rate import ErrorRate
from proxy.review.integrity import Viewer, integrity

MOST_AT_RISK = 50


@dataclass(frozen=True, slots=True)
class QueueNumbers:
    """``waits``: how long the cases of the period waited for a person's first answer; None where too few tell."""

    queue: str
    unanswered: int
    held: int
    past_due: int
    oldest: datetime | None
    waits: Waits | None
    answered: int


@dataclass(frozen=True, slots=True)
class Waits:
    """The median, and the range of the middle 80%."""

    median: timedelta
    low: timedelta
    high: timedelta
    n: int


@dataclass(frozen=True, slots=True)
class Numbers:
    """``at_risk``: unanswered cases whose service target ends soon, or has ended. ``days``: the oldest first."""

    since: datetime
    now: datetime
    days: tuple[Day, ...]
    queues: tuple[QueueNumbers, ...]
    at_risk: tuple[DeskCase, ...]
    error_rate: ErrorRate | None
    simulated: bool

    @property
    def unanswered(self) -> int:
        return sum(one.unanswered for one in self.queues)

    @property
    def answers(self) -> int:
        return sum(one.answers for one in self.days)

    @property
    def unchecked(self) -> int:
        return sum(one.unchecked for one in self.days)

    @property
    def returned(self) -> int:
        return sum(one.returned for one in self.days)

    def decided(self, decision: str) -> int:
        return sum(one.decided.get(decision, 0) for one in self.days)


def numbers(ledger: Ledger, tenant: str, now: datetime, days: int) -> Numbers:
    """Of whole days in UTC, today among them. Raises LedgerError."""
    today = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
    since = today - timedelta(days=days - 1)
    reviewed = integrity(ledger, Viewer("", lead=False), tenant=tenant, since=since)
    at_risk = ledger.desk.cases(CaseFilter(tenant, due_before=now + SOON), limit=MOST_AT_RISK, now=now)
    return Numbers(
        since=since,
        now=now,
        days=tuple(ledger.days(tenant, since, now)),
        queues=tuple(_queue(ledger, tenant, row, since) for row in ledger.desk.queues(tenant, now)),
        at_risk=tuple(at_risk),
        error_rate=reviewed.error_rate,
        simulated=reviewed.simulated,
    )


def _queue(ledger: Ledger, tenant: str, row: Any, since: datetime) -> QueueNumbers:
    times = ledger.desk.answer_times(tenant, row.queue, since)
    waited = [answered - opened for opened, answered in times]
    return QueueNumbers(
        row.queue, row.unanswered, row.held or 0, row.past_due or 0, row.oldest, waits_of(waited), len(waited)
    )


def waits_of(waited: Sequence[timedelta]) -> Waits | None:
    """None where too few answers tell: their spread says nothing yet."""
    if len(waited) < LEAST:
        return None
    seconds = [one.total_seconds() for one in waited]
    tenths = quantiles(seconds, n=10, method="inclusive")
    middle, low, high = (timedelta(seconds=one) for one in (median(seconds), tenths[0], tenths[-1]))
    return Waits(middle, low, high, len(waited))


def by_day(days: Sequence[Day]) -> dict[str, Any]:
    """What was done with answers, day by day, as stacked bars."""
    rows = [
        {"day": one.day.isoformat(), "decision": decision, "answers": one.decided.get(decision, 0)}
        for one in days
        for decision in DECISIONS
    ]
    colours = [COLOURS[2], COLOURS[0], COLOURS[1], COLOURS[3]]
    return {
        "width": WIDTH - 80,
        "height": 200,
        "data": {"values": rows},
        "mark": {"type": "bar"},
        "encoding": {
            "x": {
                "field": "day",
                "type": "ordinal",
                "axis": {"title": None, "labelAngle": -60, "labelOverlap": True},
            },
            "y": {"field": "answers", "type": "quantitative", "axis": {"title": "answers"}},
            "color": {
                "field": "decision",
                "type": "nominal",
                "scale": {"domain": list(DECISIONS), "range": colours},
            },
        },
    }
