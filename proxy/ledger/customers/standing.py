"""How a customer stands with us, as the ledger knows it: an open case, recent failures, promises that are due."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, bindparam, func, select

from proxy.ledger.customers.contacts import HOLDING, OF_STATUS, ContactKind, matters
from proxy.ledger.customers.promises import UNKNOWN, state_at
from proxy.ledger.desk import cases
from proxy.ledger.desk.lifecycle import SETTLED, Status
from proxy.ledger.schema import Instant, contacts, desk_cases, escalation_events, escalations, promises

RECENT = timedelta(days=30)
FAILURES = (ContactKind.RETURNED_TO_AUTOMATION, ContactKind.PROMISE_BROKEN)


@dataclass(frozen=True, slots=True)
class Standing:
    """``open_case_ref`` is the newest open case's, or what another channel called it; ``open_case_holder`` who has it.

    ``recent_failures`` counts those of the last 30 days: answers by automation in spite of an open case, and broken
    promises. ``promises_due`` counts those whose time is past and of which nobody has told whether they were kept.
    ``answered_case_ref`` is the newest case that a person answered in that time and the customer has not confirmed.
    """

    open_case: bool = False
    open_case_ref: str | None = None
    open_case_since: datetime | None = None
    open_case_holder: str | None = None
    recent_failures: int = 0
    promises_due: int = 0
    answered_case_ref: str | None = None


def standing(connection: Connection, tenant: str, customer_id: str, now: datetime) -> Standing:
    """How this customer of this tenant's stands at ``now``."""
    whose = {"tenant": tenant, "customer_id": customer_id}
    counts = connection.execute(_COUNTS, {**whose, "now": now, "recent": now - RECENT}).one()
    held = _newest_held([*connection.execute(_OWN_CASE, whose), *_held(connection.execute(_TOLD, whose))])
    if held is None:
        return Standing(
            recent_failures=counts.failures, promises_due=counts.due, answered_case_ref=counts.answered
        )
    return Standing(True, held.ref, held.at, held.actor, counts.failures, counts.due, counts.answered)


def _own_case() -> Select[Any]:
    """Our newest case that people still hold, with who has it: the public name of who claimed it here, or who another
    channel says did something about it last. Names that people act under are not for customers.
    """
    told_of = escalation_events.c.note.like(f"{cases.TOLD_BY_CONTACT}%")
    holder = (
        select(escalation_events.c.actor)
        .where(escalation_events.c.ref == escalations.c.ref, told_of)
        .order_by(escalation_events.c.at.desc(), escalation_events.c.id.desc())
        .limit(1)
        .correlate(escalations)
        .scalar_subquery()
    )
    return (
        select(
            escalations.c.ref,
            escalations.c.created_at.label("at"),
            func.coalesce(desk_cases.c.holder_name, holder).label("actor"),
        )
        .join(desk_cases, desk_cases.c.ref == escalations.c.ref)
        .where(*_of_customer(escalations), cases.current_status().not_in(sorted(SETTLED)))
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
    answered = (
        select(desk_cases.c.ref)
        .where(*_of_customer(desk_cases), desk_cases.c.status.in_([Status.ANSWERED, Status.DELIVERED]))
        .where(desk_cases.c.status_at > bindparam("recent", type_=Instant))
        .order_by(desk_cases.c.status_at.desc())
        .limit(1)
    )
    counted = {"failures": failures, "due": due, "answered": answered}
    return select(*(query.scalar_subquery().label(name) for name, query in counted.items()))


def _of_customer(table: Table) -> tuple[ColumnElement[bool], ...]:
    return table.c.tenant == bindparam("tenant"), table.c.customer_id == bindparam("customer_id")


# Asked ahead of every answer, so that they are made once.
_COUNTS, _OWN_CASE, _TOLD = _counts(), _own_case(), _told()
