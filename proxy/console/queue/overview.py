"""What is told above the cases: how many, in which queues, about what. Counted once for each change, for all pages.

Many pages are read anew at each change, and counting ten thousand cases takes longer than reading fifty.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from proxy.ledger.desk.desk import Desk

OLDEST = timedelta(seconds=10)  # what is past due changes by the clock alone


@dataclass(frozen=True, slots=True)
class Overview:
    """``newest`` is the number of the change that it was counted after."""

    newest: int
    at: datetime
    unanswered: int
    held: int
    past_due: int
    queues: Sequence[str]
    topics: Sequence[str]


class Overviews:
    """The last one of each tenant. Threads may share it: two that come at once both count."""

    def __init__(self) -> None:
        self._last: dict[str, Overview] = {}

    def of(self, desk: Desk, tenant: str, newest: int, now: datetime) -> Overview:
        last = self._last.get(tenant)
        if last is None or last.newest != newest or not timedelta() <= now - last.at <= OLDEST:
            last = self._last[tenant] = _counted(desk, tenant, newest, now)
        return last


def _counted(desk: Desk, tenant: str, newest: int, now: datetime) -> Overview:
    queues = desk.queues(tenant, now)
    return Overview(
        newest=newest,
        at=now,
        unanswered=sum(one.unanswered for one in queues),
        held=sum(one.held or 0 for one in queues),
        past_due=sum(one.past_due or 0 for one in queues),
        queues=[one.queue for one in queues],
        topics=desk.topics(tenant),
    )
