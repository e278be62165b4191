"""Which cases a page of the queue shows, as its address says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlencode

from proxy.console.case.due import SOON
from proxy.ledger.desk.lifecycle import UNANSWERED
from proxy.ledger.desk.queries import CaseFilter, Order
from proxy.wire.doorkeeper import CONSOLE

QUEUE = f"{CONSOLE}/queue"
_LONGEST = 200


class Show(StrEnum):
    """``due``: what is about to breach its service target, or has."""

    ALL = "all"
    MINE = "mine"
    DUE = "due"


@dataclass(frozen=True, slots=True)
class Wanted:
    """``topic`` and ``queue`` are None for all of them; ``after`` is where the page before ended."""

    show: Show = Show.ALL
    order: Order = Order.DUE
    topic: str | None = None
    queue: str | None = None
    after: str | None = None

    def filter(self, tenant: str, person: str, now: datetime) -> CaseFilter:
        """The cases that nobody has answered, of those this page is about."""
        found = CaseFilter(tenant, self.queue, statuses=UNANSWERED, topic=self.topic)
        if self.show is Show.MINE:
            return replace(found, holder=person)
        return replace(found, due_before=now + SOON) if self.show is Show.DUE else found

    def address(self, path: str = QUEUE) -> str:
        told = {
            "show": "" if self.show is Show.ALL else self.show,
            "order": "" if self.order is Order.DUE else self.order,
            "topic": self.topic,
            "queue": self.queue,
            "after": self.after,
        }
        query = urlencode({name: value for name, value in told.items() if value})
        return f"{path}?{query}" if query else path


def wanted_from(query: Mapping[str, str]) -> Wanted:
    """What an address asks for; what it asks for wrongly is as if it were not there."""
    show, order = query.get("show", ""), query.get("order", "")
    return Wanted(
        show=Show(show) if show in frozenset(Show) else Show.ALL,
        order=Order(order) if order in frozenset(Order) else Order.DUE,
        topic=query.get("topic", "")[:_LONGEST] or None,
        queue=query.get("queue", "")[:_LONGEST] or None,
        after=query.get("after") or None,
    )
