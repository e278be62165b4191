"""Promises: what delivered answers promised customers, and whether it was kept, as far as anybody told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, func, select

from proxy.ledger.contacts import ContactKind
from proxy.ledger.database import insert_new
from proxy.ledger.records import PromiseRecord
from proxy.ledger.rows import promise_row
from proxy.ledger.schema import contacts, promises
from proxy.ledger.texts import StoreText, promise_as_kept

OPEN, UNKNOWN, KEPT, BROKEN = "open", "unknown", "kept", "broken"
STATE_TOLD = {
    ContactKind.PROMISE_KEPT: KEPT,
    ContactKind.REFUNDED: KEPT,
    ContactKind.PROMISE_BROKEN: BROKEN,
}


def new(made: Sequence[PromiseRecord], level: StoreText) -> Callable[[Connection], None]:
    """The write that adds an answer's promises; one that is there already is left alone."""
    rows = [{**promise_row(promise_as_kept(one, level)), "store_text": level} for one in made]

    def write(connection: Connection) -> None:
        for row in rows:
            connection.execute(insert_new(connection, promises), row)

    return write


def query(
    *,
    now: datetime,
    customer_id: str | None = None,
    tenant: str | None = None,
    state: str | None = None,
    since: datetime | None = None,
    limit: int | None = None,
) -> Select[Any]:
    """Promises with their ``state`` at ``now``, the newest first."""
    found = select(promises, state_at(now).label("state"))
    if customer_id is not None:
        found = found.where(promises.c.customer_id == customer_id)
    if tenant is not None:
        found = found.where(promises.c.tenant == tenant)
    if since is not None:
        found = found.where(promises.c.created_at >= since)
    if state is not None:
        found = found.where(state_at(now) == state)
    return found.order_by(promises.c.created_at.desc(), promises.c.id).limit(limit)


def state_at(now: datetime | ColumnElement[datetime]) -> ColumnElement[str]:
    """The state of the row of ``promises`` at hand: what was told last; else by the clock.

    Of what was told of the same instant "broken" counts ("promise_broken" sorts first).
    """
    told = (
        select(case({kind.value: state for kind, state in STATE_TOLD.items()}, value=contacts.c.kind))
        .where(
            contacts.c.tenant == promises.c.tenant,
            contacts.c.customer_id == promises.c.customer_id,
            contacts.c.ref == promises.c.id,
            contacts.c.kind.in_(list(STATE_TOLD)),
        )
        .order_by(contacts.c.at.desc(), contacts.c.kind)
        .limit(1)
        .correlate(promises)
        .scalar_subquery()
    )
    return func.coalesce(told, case((promises.c.due_at < now, UNKNOWN), else_=OPEN))
