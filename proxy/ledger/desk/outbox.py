"""The outbox: what changed of cases, and whom that is still to be told; at least once each, across replicas.

The database's own triggers note each change (``desk_news``), so that none is lost whoever made it. ``hand_out`` makes a
delivery for each target; ``take`` gives those that are due, and keeps them from other replicas for a while.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from proxy.ledger.database import Read, insert_new
from proxy.ledger.deliveries import Deliveries
from proxy.ledger.desk.records import NO_QUEUE
from proxy.ledger.schema import desk_cases, desk_deliveries, desk_news, escalations
from proxy.ledger.writer import LARGEST_BITE, Submit, lock_named

_LOCK = lock_named("desk outbox")


@dataclass(frozen=True, slots=True)
class Target:
    """Somebody who is told: of which changes, by the statuses that they lead to, and of which tenant's (None: all)."""

    name: str
    statuses: frozenset[str]
    tenant: str | None = None


@dataclass(frozen=True, slots=True)
class News:
    """A change of a case, to be told to ``target``. ``id`` names it for good: the same again is the same."""

    delivery_id: int
    target: str
    attempts: int
    id: int
    tenant: str
    ref: str
    status: str
    at: datetime
    actor: str
    queue: str
    topic: str | None
    risk: str | None
    opened_at: datetime
    due_at: datetime | None
    customer_id: str | None
    conversation_id: str | None
    route: str


class Outbox(Deliveries[News]):
    """Made by ``Desk.outbox``. All methods raise LedgerError; what they change is durable when they return."""

    def __init__(self, read: Read, submit: Submit) -> None:
        super().__init__(read, submit, _LOCK, desk_deliveries, _NEWS, _news_of)

    def hand_out(self, targets: Collection[Target], now: datetime) -> int:
        """Make deliveries of the changes that nobody has handed out yet; how many changes these were."""
        waiting = select(desk_news.c.id).where(desk_news.c.handed_out.is_(False)).limit(1)
        if not self._read(waiting):
            return 0

        def write(connection: Connection) -> int:
            fresh = select(desk_news).where(desk_news.c.handed_out.is_(False)).order_by(desk_news.c.id)
            news = connection.execute(fresh.limit(LARGEST_BITE)).all()
            rows = [
                {"news_id": one.id, "target": target.name, "attempts": 0, "due_at": now}
                for one in news
                for target in targets
                if one.status in target.statuses and target.tenant in (None, one.tenant)
            ]
            if rows:
                connection.execute(insert_new(connection, desk_deliveries), rows)
            done = desk_news.c.id.in_([one.id for one in news])
            connection.execute(update(desk_news).where(done).values(handed_out=True))
            return len(news)

        return self._submit(write, lock=_LOCK).result()


_NEWS = (
    select(
        desk_deliveries.c.id.label("delivery_id"),
        desk_deliveries.c.target,
        desk_deliveries.c.attempts,
        desk_news,
        *(desk_cases.c[name] for name in ("queue", "topic", "risk", "opened_at", "due_at", "customer_id")),
        escalations.c.conversation_id,
        escalations.c.route,
    )
    .join(desk_news, desk_news.c.id == desk_deliveries.c.news_id)
    .join(desk_cases, desk_cases.c.ref == desk_news.c.ref)
    .join(escalations, escalations.c.ref == desk_news.c.ref)
)


def _news_of(row: Any) -> News:
    values = dict(row._mapping)
    del values["handed_out"]
    return News(**{**values, "queue": values["queue"] or NO_QUEUE})
