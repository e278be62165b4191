"""How a customer stands with us, as the ledger knows it: an open case, recent failures, promises that are due."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select

from proxy.ledger import cases
from proxy.ledger.contacts import CLOSING, HOLDING, ContactKind
from proxy.ledger.promises import UNKNOWN, state_at
from proxy.ledger.schema import contacts, escalation_events, escalations, promises

RECENT = timedelta(days=30)
FAILURES = (ContactKind.RETURNED_TO_AUTOMATION, ContactKind.PROMISE_BROKEN)

Read = Callable[[Select[Any]], Sequence[Row[Any]]]


@dataclass(frozen=True, slots=True)
class Standing:
    """``open_case_ref`` is the oldest open case's, or what another channel called it; ``open_case_holder`` who has it.

    ``recent_failures`` counts those of the last 30 days: answers by automation in spite of an open case, and broken
    promises. ``promises_due`` counts those whose time is past and of which nobody has told whether they were kept.
    """

    open_case: bool = False
    open_case_ref: str | None = None
    open_case_since: datetime | None = None
    open_case_holder: str | None = None
    recent_failures: int = 0
    promises_due: int = 0


def standing(read: Read, tenant: str, customer_id: str, now: datetime) -> Standing:
    """How this customer of this tenant's stands at ``now``."""
    counts = read(_counts_query(tenant, customer_id, now))[0]
    held = _own_case(read, tenant, customer_id) or _told_case(read, tenant, customer_id)
    ref, since, holder = held or (None, None, None)
    return Standing(held is not None, ref, since, holder, counts.failures, counts.due)


def _own_case(read: Read, tenant: str, customer_id: str) -> tuple[str, datetime, str | None] | None:
    """Our oldest case that is not closed."""
    open_cases = (
        cases.query(tenant=tenant)
        .where(escalations.c.customer_id == customer_id, cases.current_status() != cases.CLOSED)
        .add_columns(_holder().label("holder"))
        .order_by(None)
        .order_by(escalations.c.created_at, escalations.c.ref)
        .limit(1)
    )
    for row in read(open_cases):
        return row.ref, row.created_at, row.holder
    return None


def _holder() -> ColumnElement[str]:
    """Who did something about the case last, but for ourselves; none where nobody has yet."""
    return (
        select(escalation_events.c.actor)
        .where(escalation_events.c.ref == escalations.c.ref, escalation_events.c.actor != "cxai")
        .order_by(escalation_events.c.at.desc(), escalation_events.c.id.desc())
        .limit(1)
        .correlate(escalations)
        .scalar_subquery()
    )


def _told_case(read: Read, tenant: str, customer_id: str) -> tuple[str | None, datetime, str | None] | None:
    """The oldest matter that another channel says people hold, and that none has closed.

    What closes without a reference closes all that is open; with one, the matter of that reference. Of matters that are
    our own cases, our own record says whether they are closed.
    """
    own = select(escalations.c.ref).where(escalations.c.ref == contacts.c.ref).correlate(contacts)
    told = (
        select(contacts.c.kind, contacts.c.ref, contacts.c.at, contacts.c.actor)
        .where(contacts.c.tenant == tenant, contacts.c.customer_id == customer_id)
        .where(contacts.c.kind.in_([*HOLDING, *CLOSING]), ~own.exists())
        .order_by(contacts.c.at, contacts.c.kind.in_(list(HOLDING)), contacts.c.id)
    )
    held: dict[str | None, Row[Any]] = {}
    for row in read(told):
        if row.kind in HOLDING:
            held.setdefault(row.ref, row)
        elif row.ref is None:
            held.clear()
        else:
            held.pop(row.ref, None)
    oldest = min(held.values(), key=lambda row: row.at, default=None)
    return oldest and (oldest.ref, oldest.at, oldest.actor)


def _counts_query(tenant: str, customer_id: str, now: datetime) -> Select[Any]:
    failures = select(func.count()).where(
        contacts.c.tenant == tenant,
        contacts.c.customer_id == customer_id,
        contacts.c.kind.in_(list(FAILURES)),
        contacts.c.at > now - RECENT,
    )
    due = select(func.count()).where(
        promises.c.tenant == tenant,
        promises.c.customer_id == customer_id,
        promises.c.due_at < now,
        state_at(now) == UNKNOWN,
    )
    return select(failures.scalar_subquery().label("failures"), due.scalar_subquery().label("due"))
