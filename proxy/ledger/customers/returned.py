"""Customers whom people held and whom automation answered all the same: a failure, noted once for each answer.

What is counted is an answer about the customer's own account that left as the model gave it, or repaired, while people
held a matter of theirs: since a contact said so, or since a fact's time, until a contact closed it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, Text, literal, select, union_all

from proxy.ledger.answers.contexts import facts_of
from proxy.ledger.answers.observed import by_automation
from proxy.ledger.audit.removals import Rule, remove
from proxy.ledger.customers.contacts import (
    ACTOR,
    BY_CONTACTS,
    BY_CONTEXT,
    CLOSING,
    HOLDING,
    OF_STATUS,
    OWN_KEYS,
    ContactKind,
    add,
    matters,
)
from proxy.ledger.desk.lifecycle import OVER
from proxy.ledger.records import Contact, JsonObject
from proxy.ledger.schema import contacts, decisions, escalation_events, escalations
from proxy.ledger.texts import StoreText

FRESH = "fresh"  # as context/snapshot.py names it
NOTE_OF_ANSWER = f"{OWN_KEYS}returned:"  # what a note's key begins with, before the answer's id


@dataclass(frozen=True, slots=True)
class Held:
    """A time in which people held a matter; it has not ended where ``until`` is None."""

    since: datetime
    until: datetime | None = None

    def covers(self, at: datetime) -> bool:
        return self.since < at and (self.until is None or at < self.until)


def settle(connection: Connection, tenant: str, customer_id: str, now: datetime, level: StoreText) -> None:
    """Bring the notes in line with what contacts tell by now, in whatever order they came."""
    told = connection.execute(_holding_query(tenant, customer_id))
    held = [Held(opened.at, closed.at if closed else None) for opened, closed in matters(told)]
    noted = select(contacts.c.id, contacts.c.at).where(
        contacts.c.tenant == tenant,
        contacts.c.customer_id == customer_id,
        contacts.c.kind == ContactKind.RETURNED_TO_AUTOMATION,
        contacts.c.channel == BY_CONTACTS,
    )
    wrong = [row.id for row in connection.execute(noted) if not any(one.covers(row.at) for one in held)]
    remove(connection, contacts, contacts.c.id.in_(wrong), Rule.NO_LONGER_HELD)
    # Once through the answers, however many matters are held: all other writes wait meanwhile.
    since = min((period.since for period in held), default=now)
    for answer in connection.execute(answers_query(tenant, customer_id, since)).all():
        if any(period.covers(answer.created_at) for period in held):
            _note(connection, answer, BY_CONTACTS, now, level)


def note_since(
    connection: Connection, tenant: str, customer_id: str, since: datetime, now: datetime, level: StoreText
) -> int:
    """Note the answers after ``since``, when a fact says that people took over; how many are new."""
    told = [row for row in connection.execute(_holding_query(tenant, customer_id)) if row.at > since]
    closed = next((row.at for row in told if row.kind in CLOSING and row.ref is None), None)
    period = Held(since, closed)
    answers = connection.execute(answers_query(tenant, customer_id, since)).all()
    return sum(
        _note(connection, one, BY_CONTEXT, now, level) for one in answers if period.covers(one.created_at)
    )


def answers_query(tenant: str, customer_id: str, since: datetime) -> Select[Any]:
    """What automation told a customer after ``since``, the oldest first."""
    columns = (
        decisions.c[name]
        for name in ("response_id", "tenant", "customer_id", "created_at", "request", "context")
    )
    return (
        select(*columns)
        .where(decisions.c.customer_id == customer_id, decisions.c.tenant == tenant)
        .where(decisions.c.created_at > since, by_automation())
        .order_by(decisions.c.created_at)
    )


def is_about_account(request: Mapping[str, Any] | None) -> bool:
    """Whether a recorded request was about the customer's own account."""
    return bool((request or {}).get("about_account"))


def _note(connection: Connection, answer: Row[Any], channel: str, now: datetime, level: StoreText) -> bool:
    if not is_about_account(answer.request):
        return False
    note = Contact(
        key=f"{NOTE_OF_ANSWER}{answer.response_id}",
        customer_id=answer.customer_id,
        kind=ContactKind.RETURNED_TO_AUTOMATION,
        channel=channel,
        at=answer.created_at,
        received_at=now,
        actor=ACTOR,
        data={"response_id": answer.response_id, "not_fresh": sorted(_not_fresh(answer.context))},
        tenant=answer.tenant,
    )
    known = select(contacts.c.id).where(contacts.c.tenant == note.tenant, contacts.c.key == note.key)
    return connection.execute(known).first() is None and add(connection, note, level)


def _not_fresh(context: JsonObject | None) -> Iterator[str]:
    """The names of the facts that were not fresh when an answer was made; none where no context was recorded."""
    for name, fact in facts_of(context).items():
        if fact.get("state") not in (None, FRESH):
            yield name


def _holding_query(tenant: str, customer_id: str) -> Select[Any]:
    """What contacts tell, and when cases of ours were over, by whomever's word.

    What closes at the same instant comes first, so that what is held stays held.
    """
    told = select(contacts.c.kind, contacts.c.ref, contacts.c.at).where(
        contacts.c.tenant == tenant,
        contacts.c.customer_id == customer_id,
        contacts.c.kind.in_(OF_STATUS),
    )
    closed = (
        select(
            literal(ContactKind.CLOSED.value, Text).label("kind"),
            escalation_events.c.ref,
            escalation_events.c.at,
        )
        .join(escalations, escalations.c.ref == escalation_events.c.ref)
        .where(escalations.c.tenant == tenant, escalations.c.customer_id == customer_id)
        .where(escalation_events.c.status.in_(sorted(OVER)))
    )
    all_of_it = union_all(told, closed).subquery()
    held_last = all_of_it.c.kind.in_(list(HOLDING))
    return select(all_of_it).order_by(all_of_it.c.at, held_last, all_of_it.c.ref)
