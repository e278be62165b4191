"""Promises: what delivered answers promised customers, and whether it was kept, as far as anybody told.

Who tells is another channel, by a contact, or a fact of the customer's context, by a contact that is noted of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, case, func, select

from proxy.ledger.customers.contacts import ACTOR, BY_CONTEXT, OWN_KEYS, ContactKind, add
from proxy.ledger.database import insert_new
from proxy.ledger.records import Contact, PromiseRecord
from proxy.ledger.rows import promise_row
from proxy.ledger.schema import contacts, promises
from proxy.ledger.texts import StoreText, promise_as_kept

OPEN, UNKNOWN, KEPT, BROKEN = "open", "unknown", "kept", "broken"
STATE_TOLD = {
    ContactKind.PROMISE_KEPT: KEPT,
    ContactKind.REFUNDED: KEPT,
    ContactKind.PROMISE_BROKEN: BROKEN,
}


@dataclass(frozen=True, slots=True)
class Happened:
    """What a fact of the context says: the ``action``, such as ``refund``, happened to the customer ``at`` a time."""

    fact: str
    action: str
    at: datetime


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
    state = case({kind.value: state for kind, state in STATE_TOLD.items()}, value=contacts.c.kind)
    return func.coalesce(_told_last(state), case((promises.c.due_at < now, UNKNOWN), else_=OPEN))


def _told_last(of_it: ColumnElement[Any]) -> ColumnElement[Any]:
    """``of_it`` of the contact that told last of the row of ``promises`` at hand; NULL where none did."""
    return (
        select(of_it)
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


def made_query(tenant: str, customer_id: str) -> Select[Any]:
    """A customer's promises, the newest first; ``told_at`` is as of when somebody told last whether it was kept."""
    return (
        select(promises, _told_last(contacts.c.at).label("told_at"))
        .where(promises.c.tenant == tenant, promises.c.customer_id == customer_id)
        .order_by(promises.c.created_at.desc(), promises.c.id)
    )


def meant(happened: Happened, made: Sequence[Row[Any]]) -> Row[Any] | None:
    """The promise that what happened settles: the last one of its action made by then, of which nobody has told.

    None where an earlier one was still open when that was made: nobody knows which of them was meant.
    """
    by_then = [
        one for one in made if one.what.get("action") == happened.action and one.created_at <= happened.at
    ]
    if not by_then or by_then[0].told_at is not None:
        return None
    last, *earlier = by_then
    over = all(one.told_at is not None and one.told_at <= last.created_at for one in earlier)
    return last if over else None


def note(
    connection: Connection, promise: Row[Any], happened: Happened, now: datetime, level: StoreText
) -> bool:
    """Note that a promise was kept, or was broken where its time had passed before it happened; False where known."""
    late = promise.due_at is not None and promise.due_at < happened.at
    told = Contact(
        key=f"{OWN_KEYS}promise:{promise.id}",
        customer_id=promise.customer_id,
        kind=ContactKind.PROMISE_BROKEN if late else ContactKind.PROMISE_KEPT,
        channel=BY_CONTEXT,
        at=happened.at,
        received_at=now,
        actor=ACTOR,
        ref=promise.id,
        data={"fact": happened.fact},
        tenant=promise.tenant,
    )
    return add(connection, told, level)
