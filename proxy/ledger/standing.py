"""How a customer stands with us, as the ledger knows it: an open case, recent failures, promises that are due."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, bindparam, func, select

from proxy.ledger import cases
from proxy.ledger.contacts import HOLDING, OF_STATUS, ContactKind, matters
from proxy.ledger.lifecycle import OVER
from proxy.ledger.promises import UNKNOWN, state_at
from proxy.ledger.schema import Instant, contacts, escalation_events, escalations, promises

RECENT = timedelta(days=30)
FAILURES = (ContactKind.RETURNED_TO_AUTOMATION, ContactKind.PROMISE_BROKEN)


@dataclass(frozen=True, slots=True)
class Standing:
    """``open_case_ref`` is the newest open case's, or what another channel called it; ``open_case_holder`` who has it.

    ``recent_failures`` counts those of the last 30 days: answers by automation in spite of an open case, and broken
    promises. ``promises_due`` counts those whose time is past and of which nobody has told whether they were kept.
    """

    open_case: bool = False
    open_case_ref: str | None = None
    open_case_since: datetime | None = None
    open_case_holder: str | None = None
    recent_failures: int = 0
    promises_due: int = 0


def standing(connection: Connection, tenant: str, customer_id: str, now: datetime) -> Standing:
    """How this customer of this tenant's stands at ``now``."""
    whose = {"tenant": tenant, "customer_id": customer_id}
    counts = connection.execute(_COUNTS, {**whose, "now": now, "recent": now - RECENT}).one()
    held = _newest_held([*connection.execute(_OWN_CASE, whose), *_held(connection.execute(_TOLD, whose))])
    if held is None:
        return Standing(recent_failures=counts.failures, promises_due=counts.due)
    return Standing(True, held.ref, held.at, held.actor, counts.failures, counts.due)


def _own_case() -> Select[Any]:
    """Our newest case that people still hold, with who did something about it last, but for ourselves."""
    holder = (
        select(escalation_events.c.actor)
        .where(escalation_events.c.ref == escalations.c.ref, escalation_events.c.actor != "cxai")
        .order_by(escalation_events.c.at.desc(), escalation_events.c.id.desc())
        .limit(1)
        .correlate(escalations)
        .scalar_subquery()
    )
    return (
        select(escalations.c.ref, escalations.c.created_at.label("at"), holder.label("actor"))
        .where(*_of_customer(escalations), cases.current_status().not_in(sorted(OVER)))
        .order_by(escalations.c.created_at.desc(), escalations.c.ref)
        .limit(1)
    )


def _told() -> Select[Any]:
    """What other channels tell of people holding a matter, the oldest first, and of one instant what closes first.

    Of matters that are our own cases, our own record says whether they are closed.
    """
    own = select(escalations.c.ref).where(escalations.c.ref == contacts.c.ref).correlate(contacts)
    return (
        select(contacts.c.kind, contacts.c.ref, contacts.c.at, contacts.c.actor)
        .where(*_of_customer(contacts), contacts.c.kind.in_(OF_STATUS), ~own.exists())
        .order_by(contacts.c.at, contacts.c.kind.in_(list(HOLDING)), contacts.c.id)
    )


def _held(told: Iterable[Row[Any]]) -> list[Row[Any]]:
    return [opened for opened, closed in matters(told) if closed is None]


def _newest_held(held: Sequence[Row[Any]]) -> Row[Any] | None:
    """What the customer most likely means; of one instant our own case."""
    return max(held, key=lambda one: one.at, default=None)


def _counts() -> Select[Any]:
    failures = select(func.count()).where(
        *_of_customer(contacts),
        contacts.c.kind.in_(list(FAILURES)),
        contacts.c.at > bindparam("recent", type_=Instant),
    )
    now = bindparam("now", type_=Instant)
    due = select(func.count()).where(
        *_of_customer(promises), promises.c.due_at < now, state_at(now) == UNKNOWN
    )
    return select(failures.scalar_subquery().label("failures"), due.scalar_subquery().label("due"))


def _of_customer(table: Table) -> tuple[ColumnElement[bool], ...]:
    return table.c.tenant == bindparam("tenant"), table.c.customer_id == bindparam("customer_id")


# Asked ahead of every answer, so that they are made once.
_COUNTS, _OWN_CASE, _TOLD = _counts(), _own_case(), _told()
