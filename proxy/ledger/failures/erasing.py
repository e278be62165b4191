"""Erases what failures tell of one customer. That there was a failure, and its times, stay: measures count them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, insert, select

from proxy.ledger.audit.removals import Rule, mark_put_back, remove
from proxy.ledger.failures.folding import fold
from proxy.ledger.failures.records import Failure, FailureEvent
from proxy.ledger.records import JsonObject
from proxy.ledger.references import erased_name
from proxy.ledger.rows import record_of, row_of
from proxy.ledger.schema import failure_events, failure_states, failures
from proxy.ledger.texts import StoreText

_STAYS = ("severity", "cause", "amount", "currency", "topic", "how", "lesson")  # of an event's data


def erase_failures(connection: Connection, tenant: str, customer_id: str) -> None:
    """Put each failure of a customer's back without what names them, under a reference that nobody was told."""
    own = (failures.c.tenant == tenant) & (failures.c.customer_id == customer_id)
    rows = connection.execute(select(failures).where(own)).all()
    of_these = failure_events.c.failure_id.in_([row.id for row in rows])
    events = connection.execute(select(failure_events).where(of_these).order_by(failure_events.c.id)).all()
    sealed = remove(connection, failures, own, Rule.ERASURE)
    for row in rows:
        told = [record_of(FailureEvent, one) for one in events if one.failure_id == row.id]
        _put_back(connection, record_of(Failure, row), row.known_at, told, was_sealed=row.id in sealed)


def _put_back(
    connection: Connection,
    failure: Failure,
    known_at: datetime,
    told: list[FailureEvent],
    *,
    was_sealed: bool,
) -> None:
    failure_id = erased_name()
    blank = replace(
        failure,
        key=failure_id,
        customer_id=None,
        conversation_id=None,
        response_id=None,
        case_ref=None,
        text=None,
        trace_id=None,
    )
    names = {one.key: str(number) for number, one in enumerate(told)}
    events = [replace(one, key=names[one.key], data=_blank(one.data, names), note=None) for one in told]
    kept = {"id": failure_id, "known_at": known_at, "store_text": StoreText.NONE}
    connection.execute(insert(failures), row_of(blank) | kept)
    added = insert(failure_events).returning(failure_events.c.id)
    ids = [connection.execute(added, row_of(one) | {"failure_id": failure_id}).scalar_one() for one in events]
    connection.execute(insert(failure_states), row_of(fold(failure_id, blank, known_at, events)))
    if was_sealed:
        mark_put_back(connection, failures, [failure_id], Rule.ERASURE)
        mark_put_back(connection, failure_events, [str(one) for one in ids], Rule.ERASURE)


def _blank(data: JsonObject, names: dict[str, str]) -> JsonObject:
    kept = {name: data[name] for name in _STAYS if name in data}
    return kept | {name: names.get(data[name]) for name in ("event", "of_lesson") if name in data}
