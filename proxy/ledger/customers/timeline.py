"""All that happened to one customer, the newest first: answers, cases, contacts, promises, failures, their events."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select

from proxy.ledger.customers import promises
from proxy.ledger.database import Read
from proxy.ledger.desk import cases
from proxy.ledger.records import JsonObject, TimelineEntry
from proxy.ledger.schema import (
    contacts,
    decisions,
    escalation_events,
    escalations,
    failure_events,
    failure_states,
    failures,
)
from proxy.ledger.schema import promises as promise_table


class Place(NamedTuple):
    """Where a page of a timeline ends; the next one begins after it."""

    at: datetime
    type: str
    id: str


@dataclass(frozen=True, slots=True)
class _Kind:
    """One type of entry. ``at`` and ``id`` are columns of ``found``; ``id`` names a row by what it says."""

    type: str
    found: Select[Any]
    at: ColumnElement[Any]
    id: ColumnElement[str]
    detail: Callable[[dict[str, Any]], JsonObject]

    def page(self, after: Place | None, limit: int) -> Select[Any]:
        newest_first = self.found.add_columns(self.at.label("entry_at"), self.id.label("entry_id"))
        if after is not None:
            newest_first = newest_first.where(self._comes_after(after))
        return newest_first.order_by(self.at.desc(), self.id).limit(limit)

    def _comes_after(self, place: Place) -> ColumnElement[bool]:
        if self.type == place.type:
            return or_(self.at < place.at, and_(self.at == place.at, self.id > place.id))
        return self.at <= place.at if self.type > place.type else self.at < place.at

    def entry(self, row: Row[Any]) -> TimelineEntry:
        values = dict(row._mapping)
        return TimelineEntry(values.pop("entry_at"), self.type, values.pop("entry_id"), self.detail(values))


def page(
    read: Read, tenant: str, customer_id: str, *, now: datetime, after: Place | None, limit: int
) -> list[TimelineEntry]:
    """At most ``limit`` entries, those after a place where one is given.

    Entries of the same instant stand in the order of their types and of what names them, never of their arrival.
    """
    entries = [
        kind.entry(row) for kind in _kinds(tenant, customer_id, now) for row in read(kind.page(after, limit))
    ]
    entries.sort(key=lambda entry: entry.type)
    entries.sort(
        key=lambda entry: entry.at, reverse=True
    )  # sorts are stable: the database's order of ids stays
    return entries[:limit]


def _kinds(tenant: str, customer_id: str, now: datetime) -> Iterable[_Kind]:
    def own(query: Select[Any], table: Any) -> Select[Any]:
        return query.where(table.c.customer_id == customer_id, table.c.tenant == tenant)

    answers, case, told = decisions.c, escalations.c, escalation_events.c
    yield _Kind("answer", own(select(decisions), decisions), answers.created_at, answers.response_id, _answer)
    yield _Kind("contact", own(select(contacts), contacts), contacts.c.at, contacts.c.key, _contact)
    yield _Kind(
        "escalation", own(cases.query(), escalations).order_by(None), case.created_at, case.ref, _case
    )
    events = select(escalation_events).join(escalations, case.ref == told.ref)
    named = told.ref + "/" + told.status + "/" + told.actor + "/" + func.coalesce(told.note, "")
    yield _Kind("escalation_event", own(events, escalations), told.at, named, _event)
    failure, step = failures.c, failure_events.c
    stands = (failure_states.c[name] for name in ("status", "counted", "severity", "cause", "restored_how"))
    failed = select(failures, *stands).join(failure_states, failure_states.c.failure_id == failure.id)
    yield _Kind("failure", own(failed, failures), failure.occurred_at, failure.id, _failure)
    steps = select(failure_events).join(failures, failure.id == step.failure_id)
    yield _Kind("failure_event", own(steps, failures), step.at, step.failure_id + "/" + step.key, _step)
    made = own(promises.query(now=now), promise_table).order_by(None)
    yield _Kind("promise", made, promise_table.c.created_at, promise_table.c.id, _promise)


def _answer(row: dict[str, Any]) -> JsonObject:
    told = [choice.get("delivered_text") for choice in row["choices"]]
    kept = (
        "response_id",
        "conversation_id",
        "route",
        "mode",
        "decision",
        "verified",
        "unverified_reason",
        "question",
    )
    return {
        **_only(row, kept),
        "answers": [text for text in told if text],
        "escalation_ref": row["escalation_ref"],
    }


def _contact(row: dict[str, Any]) -> JsonObject:
    return _only(row, ("key", "kind", "channel", "actor", "ref", "text", "data"))


def _case(row: dict[str, Any]) -> JsonObject:
    kept = ("ref", "status", "reason", "question", "blocked_text", "route", "conversation_id", "response_id")
    return _only(row, kept)


def _event(row: dict[str, Any]) -> JsonObject:
    return _only(row, ("ref", "status", "actor", "note"))


def _failure(row: dict[str, Any]) -> JsonObject:
    kept = (
        "id",
        "kind",
        "status",
        "counted",
        "severity",
        "cause",
        "restored_how",
        "text",
        "response_id",
        "case_ref",
    )
    return _only(row, kept)


def _step(row: dict[str, Any]) -> JsonObject:
    return _only(row, ("failure_id", "step", "actor", "source", "known_at", "note"))


def _promise(row: dict[str, Any]) -> JsonObject:
    kept = ("id", "state", "due_at", "what", "text", "response_id", "conversation_id")
    return _only(row, kept)


def _only(row: dict[str, Any], names: Iterable[str]) -> JsonObject:
    return {name: row[name] for name in names}
