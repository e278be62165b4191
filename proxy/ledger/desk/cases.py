"""Escalations: one case per conversation turn, and its timeline of what happened afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, insert, select, update

from proxy.ledger.customers.contacts import CLOSING, HOLDING, ContactKind
from proxy.ledger.desk.lifecycle import OVER, SETTLED, Status
from proxy.ledger.desk.records import Routing
from proxy.ledger.errors import LedgerError
from proxy.ledger.records import Contact, EscalationRecord
from proxy.ledger.references import new_reference
from proxy.ledger.rows import escalation_row, record_of
from proxy.ledger.schema import desk_cases, escalation_events, escalations

SAME_CASE_FOR = timedelta(minutes=10)
TOLD_BY_CONTACT = "contact "  # what the notes of events begin with that a contact told
WORKED_ON = frozenset({Status.CLAIMED, Status.ANSWERED})
# By the kind of the contact that tells it.
STATUS_TOLD: dict[str, str] = {**dict.fromkeys(HOLDING, Status.OPEN), **dict.fromkeys(CLOSING, Status.CLOSED)}
_MOST_REFERENCES_TRIED = 20


def new(
    record: EscalationRecord,
    store_text: str,
    *,
    joins_open: bool = False,
    joins_turn: bool = True,
    routing: Routing | None = None,
) -> Callable[[Connection], EscalationRecord]:
    """The write that opens a case, or finds the one this turn has; run it under a lock named after its key.

    With ``joins_open`` it finds the customer's newest open one first; the lock is then the customer's. Without
    ``joins_turn`` the turn's is not looked for.
    """
    row = {**escalation_row(record), "store_text": store_text}

    def write(connection: Connection) -> EscalationRecord:
        known = (
            connection.execute(open_query(record.tenant, record.customer_id)).first() if joins_open else None
        )
        if known is None and joins_turn:
            known = connection.execute(_same_turn(row["dedup_key"], record.created_at)).first()
        if known is not None:
            return record_of(EscalationRecord, known)
        free = {**row, "ref": _free_reference(connection, row["ref"])}
        connection.execute(insert(escalations), free)
        if routing is not None:
            connection.execute(
                update(desk_cases).where(desk_cases.c.ref == free["ref"]).values(asdict(routing))
            )
        if record.status != Status.OPEN:
            connection.execute(
                insert(escalation_events), _event(free["ref"], record.status, record.created_at, "cxai")
            )
        return record_of(EscalationRecord, {**free, "status": record.status})

    return write


def change_told(connection: Connection, contact: Contact) -> None:
    """Add to a case's timeline what a contact with its reference says of its status; other kinds say nothing of it."""
    status = STATUS_TOLD.get(contact.kind)
    if status is None or contact.ref is None:
        return
    case = connection.execute(query(ref=contact.ref, tenant=contact.tenant)).first()
    if case is None:
        return
    if contact.kind == ContactKind.RESOLVED and case.status == Status.DELIVERED:
        status = Status.CONFIRMED  # the customer says elsewhere that the answer was one
    if status == Status.OPEN and case.status in WORKED_ON:
        status = case.status  # that people should look at it takes it from nobody who does
    # A report from before the case began must not make it look long closed: retention would remove it.
    at = max(contact.at, case.created_at)
    told = _event(case.ref, status, at, contact.actor, f"{TOLD_BY_CONTACT}{contact.key}")
    connection.execute(insert(escalation_events), told)


def query(
    *,
    ref: str | None = None,
    status: str | None = None,
    since: datetime | None = None,
    tenant: str | None = None,
    limit: int | None = None,
) -> Select[Any]:
    """Cases with their ``status``, newest first."""
    found = select(escalations, current_status().label("status"))
    if ref is not None:
        found = found.where(escalations.c.ref == ref)
    if status is not None:
        found = found.where(current_status() == status)
    if since is not None:
        found = found.where(escalations.c.created_at >= since)
    if tenant is not None:
        found = found.where(escalations.c.tenant == tenant)
    return found.order_by(escalations.c.created_at.desc(), escalations.c.ref).limit(limit)


def overdue_query(before: datetime) -> Select[Any]:
    """Cases made before this instant that people still hold, oldest first."""
    found = _still_open().where(escalations.c.created_at < before)
    return found.order_by(escalations.c.created_at, escalations.c.ref)


def open_query(tenant: str, customer_id: str | None) -> Select[Any]:
    """The cases of a tenant's customer that people still hold, newest first."""
    theirs = escalations.c.tenant == tenant, escalations.c.customer_id == customer_id
    return _still_open().where(*theirs).order_by(escalations.c.created_at.desc(), escalations.c.ref)


def _still_open() -> Select[Any]:
    return select(escalations, current_status().label("status")).where(
        current_status().not_in(sorted(SETTLED))
    )


def current_status() -> ColumnElement[str]:
    """The status of the row of ``escalations`` at hand: its newest event's, in whatever order they were told."""
    status = select(desk_cases.c.status).where(desk_cases.c.ref == escalations.c.ref)
    return status.correlate(escalations).scalar_subquery()


def _same_turn(dedup_key: str, at: datetime) -> Select[Any]:
    """Replicas' clocks differ, so a case may also be a little younger than the one that asks for it.

    Not one that is over: nobody would look at it again.
    """
    return (
        query(limit=1)
        .where(escalations.c.dedup_key == dedup_key, current_status().not_in(sorted(OVER)))
        .where(escalations.c.created_at > at - SAME_CASE_FOR, escalations.c.created_at < at + SAME_CASE_FOR)
    )


def _free_reference(connection: Connection, wanted: str) -> str:
    ref = wanted
    for _ in range(_MOST_REFERENCES_TRIED):
        if connection.execute(select(escalations.c.ref).where(escalations.c.ref == ref)).first() is None:
            return ref
        ref = new_reference()
    raise LedgerError(
        "no free case reference was found: too many cases are kept; shorten CXAI_RETENTION_DAYS"
    )


def _event(ref: str, status: str, at: datetime, by: str, note: str | None = None) -> dict[str, Any]:
    return {"ref": ref, "status": status, "at": at, "actor": by, "note": note}
