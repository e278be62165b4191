"""Contacts: what happened to customers, told by other channels and noted by ourselves, each once by its key."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, select

from proxy.ledger.database import insert_new
from proxy.ledger.errors import LedgerError
from proxy.ledger.records import Contact
from proxy.ledger.references import ANSWER_ID, FAILURE_ID, own_reference
from proxy.ledger.rows import contact_row, record_of
from proxy.ledger.schema import contacts, escalations, promises
from proxy.ledger.texts import StoreText, contact_as_kept

_UNTOLD = datetime.min.replace(tzinfo=UTC)
OWN_KEYS = "cxai:"  # what the keys of our own notes begin with, and no other channel's do
BY_CONTACTS, BY_CONTEXT = "contacts", "context"  # the channel of our own notes: who told what they rest on
ACTOR = "cxai"


class ContactKind(StrEnum):
    """What may have happened; docs/customers.md has the list for people."""

    COMPLAINT = "complaint"
    ESCALATED = "escalated"
    REOPENED = "reopened"
    RESOLVED = "resolved"
    CLOSED = "closed"
    REFUNDED = "refunded"
    PROMISE_KEPT = "promise_kept"
    PROMISE_BROKEN = "promise_broken"
    CALLED = "called"
    WRITTEN = "written"
    VISITED = "visited"
    NOTE = "note"
    RETURNED_TO_AUTOMATION = "returned_to_automation"
    FEEDBACK = "feedback"  # by its own door, POST /v1/feedback


HOLDING = (
    ContactKind.COMPLAINT,
    ContactKind.ESCALATED,
    ContactKind.REOPENED,
)  # people hold the matter from then on
CLOSING = (ContactKind.RESOLVED, ContactKind.CLOSED)
OF_STATUS = HOLDING + CLOSING

# By these customers come back by themselves; what is only noted of somebody is no contact of theirs.
COMING_BACK = (*HOLDING, ContactKind.CALLED, ContactKind.WRITTEN, ContactKind.VISITED)
OF_OUR_DOORS = (ContactKind.RETURNED_TO_AUTOMATION, ContactKind.FEEDBACK)  # no other channel tells them
# What failures are found by in their ``data``, and how it is written: ids and words of ours, in whose place no text
# can stand, so that they are kept at every level. What other systems call by these names is theirs.
_OURS = {
    "response_id": ANSWER_ID,
    "failure": FAILURE_ID,
    "rating": re.compile("up|down"),
    "settled": re.compile("asked|yes|no"),
    "not_fresh": re.compile("[a-z][a-z0-9_]{0,63}"),  # names of facts, as policies/context.yaml may give them
}


class KeyTaken(LedgerError):
    """Another contact was reported under the same ``key``."""

    def __init__(self, key: str) -> None:
        super().__init__(
            f"contact {key!r} was reported before with other content; give each contact its own key"
        )
        self.key = key


class UnknownReference(LedgerError):
    """What looks like a reference of ours names no case and no promise of this customer's."""

    def __init__(self, key: str, ref: str) -> None:
        super().__init__(
            f"contact {key!r}: this customer has no case or promise {ref}; send the reference that the customer was "
            "told, or leave it out"
        )
        self.key = key
        self.ref = ref


def add(connection: Connection, contact: Contact, level: StoreText) -> bool:
    """Write a contact; False where it is there already. Raises KeyTaken or UnknownReference."""
    row = {**contact_row(_as_kept(contact, level)), "store_text": level}
    added = insert_new(connection, contacts).returning(contacts.c.id)
    if connection.execute(added, row).first() is None:
        _expect_same(connection, contact)
        return False
    _expect_own_reference(connection, contact)
    return True


def matters(told: Iterable[Row[Any]]) -> Iterator[tuple[Row[Any], Row[Any] | None]]:
    """The matters that people held, each by what opened and what closed it; then those that are open, with None.

    ``told`` are rows with a ``ref`` and a ``kind`` of ``OF_STATUS``, the oldest first, and so is what is open. What
    closes without a reference closes all that is open; with one, the matter of that reference.
    """
    opened: dict[str | None, Row[Any]] = {}
    for row in told:
        if row.kind in HOLDING:
            opened.setdefault(row.ref, row)
            continue
        for ref in list(opened) if row.ref is None else [row.ref]:
            if ref in opened:
                yield opened.pop(ref), row
    yield from ((row, None) for row in opened.values())


def _as_kept(contact: Contact, level: StoreText) -> Contact:
    """With the texts that this level keeps, and always with the ids and words of ours."""
    kept = contact_as_kept(contact, level)
    if contact.kind not in OF_OUR_DOORS:
        return kept
    ours = {name: value for name, value in contact.data.items() if name in _OURS and _is_ours(name, value)}
    return replace(kept, data={**kept.data, **ours})


def _is_ours(name: str, value: Any) -> bool:
    values = value if isinstance(value, list) else [value]
    return all(isinstance(one, str) and _OURS[name].fullmatch(one) for one in values)


def _expect_same(connection: Connection, contact: Contact) -> None:
    """Compared as it was kept then, and without what each report has of its own."""
    known = connection.execute(
        select(contacts).where(contacts.c.tenant == contact.tenant, contacts.c.key == contact.key)
    ).one()
    again = contact_row(_as_kept(contact, StoreText(known.store_text)))
    if _told(record_of(Contact, known)) != _told(Contact(**again)):
        raise KeyTaken(contact.key)


def _told(contact: Contact) -> Contact:
    """What was told: neither when it was received nor, where nobody told it, when it happened."""
    at = _UNTOLD if contact.at == contact.received_at else contact.at
    return replace(contact, at=at, received_at=_UNTOLD)


def _expect_own_reference(connection: Connection, contact: Contact) -> None:
    """Another customer's or tenant's reference looks like one that there is not."""
    if contact.ref is None or own_reference(contact.ref) is None:
        return
    whose = {
        escalations.c.ref: escalations.c.customer_id.is_(None)
        | (escalations.c.customer_id == contact.customer_id),
        promises.c.id: promises.c.customer_id == contact.customer_id,
    }
    for ref, own in whose.items():
        tenant = ref.table.c.tenant == contact.tenant
        if connection.execute(select(ref).where(ref == contact.ref, tenant, own)).first() is not None:
            return
    raise UnknownReference(contact.key, contact.ref)
