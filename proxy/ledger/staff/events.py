"""What was done about who may do what, and by whom: people, API keys, and the answers that people sent to cases.

The rows of ``people``, ``api_keys`` and ``desk_answers`` change in their place. Each change writes an event beside it,
in the same transaction, which is never changed and is sealed in the audit log.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select

from proxy.ledger.database import Read
from proxy.ledger.rows import storable
from proxy.ledger.schema.staff_events import staff_events

CXAI = "cxai"  # who does what no person did


class Kind(StrEnum):
    PERSON = "person"
    API_KEY = "api key"
    ANSWER = "answer"


class Event(StrEnum):
    FOUND = "found"  # was there when events began to be kept
    CREATED = "created"
    ROLES = "roles"
    PASSWORD = "password"
    REHASHED = "rehashed"  # the same password, kept with newer parameters
    IDENTITY = "identity"  # the identity provider's name for somebody is known now
    DISABLED = "disabled"
    ENABLED = "enabled"
    REVOKED = "revoked"
    ROTATED = "rotated"  # another key takes its place, and it ends
    SENT = "sent"


# What of the state each event may change; all else stays as the event before has it.
CHANGES: Mapping[str, frozenset[str]] = {
    Event.ROLES: frozenset({"roles"}),
    Event.PASSWORD: frozenset({"sign_in"}),
    Event.REHASHED: frozenset({"sign_in"}),
    Event.IDENTITY: frozenset({"sign_in"}),
    Event.DISABLED: frozenset({"disabled"}),
    Event.ENABLED: frozenset({"disabled"}),
    Event.REVOKED: frozenset({"revoked_at"}),
    Event.ROTATED: frozenset({"expires_at"}),
}


@dataclass(frozen=True, slots=True)
class StaffEvent:
    """``subject`` is a person's id, a key's prefix or an answer's id; ``state`` is what holds of it since."""

    at: datetime
    kind: str
    subject: str
    event: str
    actor: str
    state: Mapping[str, Any]
    ref: str | None = None


class StaffEvents:
    """Made by ``Ledger.staff_events``. Raises LedgerError."""

    def __init__(self, read: Read) -> None:
        self._read = read

    def listed(self, *, since: datetime | None = None, limit: int = 100) -> list[StaffEvent]:
        """The newest first."""
        found = select(staff_events).order_by(staff_events.c.id.desc()).limit(limit)
        if since is not None:
            found = found.where(staff_events.c.at >= since)
        return [
            StaffEvent(row.at, row.kind, row.subject, row.event, row.actor, row.state, row.ref)
            for row in self._read(found)
        ]


def note(
    connection: Connection,
    kind: Kind,
    subject: str,
    event: Event,
    state: Mapping[str, Any],
    *,
    by: str,
    ref: str | None = None,
) -> None:
    """Write an event; not where nothing has changed, such as by a commit that is tried again."""
    newest = select(staff_events.c.state).where(
        staff_events.c.kind == kind, staff_events.c.subject == subject
    )
    if connection.execute(newest.order_by(staff_events.c.id.desc()).limit(1)).scalar() == state:
        return
    row = {"kind": kind, "subject": subject, "event": event, "actor": storable(by), "ref": ref}
    connection.execute(insert(staff_events), {**row, "at": datetime.now(UTC), "state": dict(state)})


def person_state(row: RowMapping) -> dict[str, Any]:
    """Who somebody is and may be. ``sign_in`` is another one with whatever they sign in by, and tells nothing of it."""
    by = json.dumps([row["password_hash"], row["issuer"], row["subject"]])
    return {
        "tenant": row["tenant"],
        "email": row["email"],
        "name": row["name"],
        "roles": row["roles"],
        "disabled": row["disabled_at"] is not None,
        "sign_in": hashlib.sha256(by.encode()).hexdigest(),
    }


def key_state(row: RowMapping) -> dict[str, Any]:
    """What a key opens, until when; its last use is nobody's decision."""
    same = ("tenant", "name", "scopes", "digest", "requests_per_minute", "concurrency", "replaces")
    ends = {name: row[name] and row[name].isoformat() for name in ("expires_at", "revoked_at")}
    return {**{name: row[name] for name in same}, **ends}
