"""Calls for more people: when more cases wait than people can look at, whoever can call some in is told.

One at most in each interval, whichever replica finds it necessary; each is told to every target at least once, under
an id of its own, as changes of cases are (``desk_outbox``).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select

from proxy.ledger.database import Read
from proxy.ledger.deliveries import Deliveries
from proxy.ledger.rows import record_of
from proxy.ledger.schema import people_calls
from proxy.ledger.writer import Submit, lock_named

KEPT_FOR = timedelta(days=30)
_LOCK = lock_named("people calls")
_LOG = ""  # the target of the row that says that there was a call, whoever is told of it


@dataclass(frozen=True, slots=True)
class PeopleCall:
    """How things stand at ``at``: a new case waits ``wait_s``; ``people_needed`` would settle all within an hour."""

    tenant: str
    at: datetime
    waiting: int
    people: int
    people_needed: int
    wait_s: float


@dataclass(frozen=True, slots=True)
class CallToTell:
    """A call, to be told to ``target``. It has one name for good, however often it is told."""

    delivery_id: int
    target: str
    attempts: int
    call: PeopleCall


class PeopleCalls(Deliveries[CallToTell]):
    """Made by ``Ledger.people_calls``. All methods raise LedgerError; what they change is durable when they return."""

    def __init__(self, read: Read, submit: Submit) -> None:
        super().__init__(read, submit, _LOCK, people_calls, _CALLS, _call_of)

    def call(self, call: PeopleCall, targets: Collection[str], every: timedelta) -> bool:
        """Call people in, unless that was done less than ``every`` ago; whether it was done now."""
        now, tenant = call.at, call.tenant
        told = {**asdict(call), "attempts": 0}
        newest = select(func.max(people_calls.c.at)).where(people_calls.c.tenant == tenant)

        def write(connection: Connection) -> bool:
            last = connection.execute(newest).scalar()
            if last is not None and last > now - every:
                return False
            connection.execute(delete(people_calls).where(people_calls.c.at < now - KEPT_FOR))
            rows = [{**told, "target": target, "due_at": now, "done_at": None} for target in targets]
            rows.append({**told, "target": _LOG, "due_at": None, "done_at": now})
            connection.execute(insert(people_calls), rows)
            return True

        return self._submit(write, lock=_LOCK).result()


_CALLS = select(people_calls.c.id.label("delivery_id"), people_calls)


def _call_of(row: Row[Any]) -> CallToTell:
    return CallToTell(row.delivery_id, row.target, row.attempts, record_of(PeopleCall, row))
