"""Canaries in the ledger: where each stands, what its conversations came to, and what was decided about it.

Workers and replicas share them. A conversation counts once, in the write that also keeps what follows from it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy import Connection, Row, Select, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from proxy.ledger.database import Read
from proxy.ledger.errors import LedgerError
from proxy.ledger.records import DEFAULT_TENANT, JsonObject
from proxy.ledger.rows import record_of, row_of, storable
from proxy.ledger.schema import canaries, canary_conversations, canary_events
from proxy.ledger.staff.events import CXAI
from proxy.ledger.writer import Submit, lock_named

COUNTED_AT_ONCE = 100  # conversations: answers that are recorded meanwhile wait for it
FIGURES = ("unsupported", "escalated", "failed", "slow")


class CanaryState(StrEnum):
    RUNNING = "running"
    ROLLED_BACK = "rolled back"
    STOPPED = "stopped"


class CanaryStep(StrEnum):
    BEGUN = "begun"
    CHANGED = (
        "changed"  # another candidate under the same name: what was found of the one before does not count
    )
    ROLLED_BACK = "rolled back"
    STOPPED = "stopped"
    RESUMED = "resumed"


class UnknownCanary(LedgerError):
    """There is no such canary."""

    def __init__(self, name: str) -> None:
        super().__init__(f'there is no canary "{name}" yet; `cxai canary status` names those that there are')


@dataclass(frozen=True, slots=True)
class Canary:
    """``changes`` names what is tried, ``evidence`` is what was found so far by figure, ``reason`` why it stands so."""

    name: str
    changes: str
    state: str
    since: datetime
    reason: str | None = None
    evidence: JsonObject = field(default_factory=dict)
    tenant: str = DEFAULT_TENANT

    @property
    def answers_customers(self) -> bool:
        return self.state == CanaryState.RUNNING


@dataclass(frozen=True, slots=True)
class CanaryEvent:
    at: datetime
    name: str
    event: str
    actor: str
    reason: str | None = None
    evidence: JsonObject = field(default_factory=dict)
    tenant: str = DEFAULT_TENANT


@dataclass(frozen=True, slots=True)
class ArmAnswer:
    """What one answer adds to its conversation; ``arm`` is ``candidate`` or ``control``.

    Conversations are compared within their ``stratum`` alone, as the arms' shares are the same in it.
    """

    name: str
    conversation: str
    arm: str
    at: datetime
    stratum: str = ""
    unsupported: bool = False
    escalated: bool = False
    failed: bool = False
    slow: bool = False
    tenant: str = DEFAULT_TENANT


@dataclass(frozen=True, slots=True)
class ArmConversation:
    """A conversation that counts: the share of its answers that were bad, by figure."""

    arm: str
    stratum: str
    figures: Mapping[str, float]


class Weigh(Protocol):
    """Adds conversations to the evidence, and says why the candidate is to be rolled back, where it is."""

    def __call__(
        self, evidence: JsonObject, conversations: Sequence[ArmConversation]
    ) -> tuple[JsonObject, str | None]: ...


class Canaries:
    """Made by ``Ledger.canaries``. All methods raise LedgerError; what they write is durable when they return."""

    def __init__(self, read: Read, submit: Submit) -> None:
        self._read, self._submit = read, submit

    def listed(self, tenant: str) -> list[Canary]:
        """The latest first."""
        rows = self._read(
            select(canaries).where(canaries.c.tenant == tenant).order_by(canaries.c.since.desc())
        )
        return [record_of(Canary, row) for row in rows]

    def events(
        self, tenant: str, name: str | None = None, *, since: datetime | None = None, limit: int = 100
    ) -> list[CanaryEvent]:
        """What was decided about a canary, or about all, the latest first."""
        found = select(canary_events).where(canary_events.c.tenant == tenant)
        if name is not None:
            found = found.where(canary_events.c.name == name)
        if since is not None:
            found = found.where(canary_events.c.at >= since)
        rows = self._read(found.order_by(canary_events.c.id.desc()).limit(limit))
        return [record_of(CanaryEvent, row) for row in rows]

    def begun(self, tenant: str, name: str, changes: str, now: datetime) -> Canary:
        """The canary as it stands. One that is not there begins; one that runs with other ``changes`` begins anew.

        What was rolled back or stopped stays so, whatever has changed.
        """
        known = self._read(_row_of(tenant, name))
        if known and (known[0].changes == changes or known[0].state != CanaryState.RUNNING):
            return record_of(Canary, known[0])

        def write(connection: Connection) -> Canary:
            row = connection.execute(_row_of(tenant, name)).first()
            if row is None:
                fresh = Canary(name, changes, CanaryState.RUNNING, now, tenant=tenant)
                connection.execute(insert(canaries), row_of(fresh))
                _note(connection, CanaryEvent(now, name, CanaryStep.BEGUN, CXAI, tenant=tenant))
            elif row.state == CanaryState.RUNNING and row.changes != changes:
                _anew(connection, row, now, CanaryStep.CHANGED, CXAI, None, changes=changes)
            return _kept(connection, tenant, name)

        return self._submit(write, lock=_lock(tenant, name)).result()

    def add(self, answer: ArmAnswer) -> None:
        """Add an answer to its conversation."""
        row = row_of(answer) | {name: int(getattr(answer, name)) for name in FIGURES}
        new = {**row, "last_at": row.pop("at"), "answers": 1, "counted": False}

        def write(connection: Connection) -> None:
            dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
            own = canary_conversations.c
            adding = dialect.insert(canary_conversations)
            grown = {name: own[name] + adding.excluded[name] for name in ("answers", *FIGURES)}
            key = [own.tenant, own.name, own.conversation]
            latest = {"last_at": adding.excluded.last_at}
            connection.execute(adding.on_conflict_do_update(index_elements=key, set_=grown | latest), new)

        self._submit(write).result()

    def count(self, canary: Canary, quiet_since: datetime, weigh: Weigh, now: datetime) -> Canary:
        """Count the conversations that ended before ``quiet_since``, and return the canary as it stands then.

        Of workers that count at once each conversation counts for one. What ``weigh`` wants rolled back is.
        """
        lock, more = _lock(canary.tenant, canary.name), bool(self._read(_due(canary, quiet_since).limit(1)))
        while more:
            more, canary = self._submit(_counting(canary, quiet_since, weigh, now), lock=lock).result()
        return canary

    def stop(self, tenant: str, name: str, *, by: str, reason: str, now: datetime) -> Canary:
        """Nobody is answered by the candidate any more, until it is resumed. Raises UnknownCanary."""

        def write(connection: Connection) -> Canary:
            row = _there(connection, tenant, name)
            if row.state == CanaryState.RUNNING:
                _set(connection, row, CanaryState.STOPPED, reason, now)
                step = CanaryEvent(now, name, CanaryStep.STOPPED, by, reason, row.evidence, tenant)
                _note(connection, step)
            return _kept(connection, tenant, name)

        return self._submit(write, lock=_lock(tenant, name)).result()

    def resume(self, tenant: str, name: str, *, by: str, reason: str, now: datetime) -> Canary:
        """The candidate answers customers again; what was found of it before does not count. Raises UnknownCanary."""

        def write(connection: Connection) -> Canary:
            row = _there(connection, tenant, name)
            if row.state != CanaryState.RUNNING:
                _anew(connection, row, now, CanaryStep.RESUMED, by, reason, changes=row.changes)
            return _kept(connection, tenant, name)

        return self._submit(write, lock=_lock(tenant, name)).result()


def conversation_digest(tenant: str, name: str, conversation: str) -> str:
    """What names a conversation in a canary: nobody is known by it."""
    return hashlib.sha256(f"{tenant}\x1f{name}\x1f{conversation}".encode(errors="surrogatepass")).hexdigest()


def _counting(
    canary: Canary, quiet_since: datetime, weigh: Weigh, now: datetime
) -> Callable[[Connection], tuple[bool, Canary]]:
    """The write that counts some; whether there may be more."""
    own, due = canary_conversations.c, _due(canary, quiet_since).limit(COUNTED_AT_ONCE)

    def write(connection: Connection) -> tuple[bool, Canary]:
        row = _there(connection, canary.tenant, canary.name)
        rows = connection.execute(due).all() if row.state == CanaryState.RUNNING else []
        if not rows:
            return False, record_of(Canary, row)
        evidence, why = weigh(row.evidence, [_conversation(one) for one in rows])
        connection.execute(_of(row, update(canaries)).values(evidence=storable(evidence)))
        counted = own.conversation.in_([one.conversation for one in rows])
        connection.execute(
            update(canary_conversations)
            .where(own.tenant == canary.tenant, own.name == canary.name, counted)
            .values(counted=True)
        )
        if why is not None:
            _set(connection, row, CanaryState.ROLLED_BACK, why, now)
            step = CanaryEvent(now, row.name, CanaryStep.ROLLED_BACK, CXAI, why, evidence, row.tenant)
            _note(connection, step)
        return len(rows) == COUNTED_AT_ONCE, _kept(connection, canary.tenant, canary.name)

    return write


def _due(canary: Canary, quiet_since: datetime) -> Select[Any]:
    """What is to be counted, in the order in which it ended."""
    own = canary_conversations.c
    return (
        select(canary_conversations)
        .where(own.tenant == canary.tenant, own.name == canary.name)
        .where(own.counted.is_(False), own.last_at < quiet_since)
        .order_by(own.last_at, own.conversation)
    )


def _conversation(row: Row[Any]) -> ArmConversation:
    figures = {name: min(1.0, getattr(row, name) / row.answers) for name in FIGURES}
    return ArmConversation(row.arm, row.stratum, figures)


def _anew(
    connection: Connection,
    row: Row[Any],
    now: datetime,
    step: CanaryStep,
    by: str,
    reason: str | None,
    *,
    changes: str,
) -> None:
    """It runs from here on, and what came before does not count."""
    _set(connection, row, CanaryState.RUNNING, reason, now)
    connection.execute(_of(row, update(canaries)).values(evidence={}, changes=changes))
    own = canary_conversations.c
    connection.execute(
        update(canary_conversations)
        .where(own.tenant == row.tenant, own.name == row.name, own.counted.is_(False))
        .values(counted=True)
    )
    _note(connection, CanaryEvent(now, row.name, step, by, reason, row.evidence, row.tenant))


def _set(
    connection: Connection, row: Row[Any], state: CanaryState, reason: str | None, now: datetime
) -> None:
    connection.execute(_of(row, update(canaries)).values(state=state, reason=storable(reason), since=now))


def _note(connection: Connection, event: CanaryEvent) -> None:
    connection.execute(insert(canary_events), row_of(event))


def _of(row: Row[Any], statement: Any) -> Any:
    return statement.where(canaries.c.tenant == row.tenant, canaries.c.name == row.name)


def _row_of(tenant: str, name: str) -> Any:
    return select(canaries).where(canaries.c.tenant == tenant, canaries.c.name == name)


def _there(connection: Connection, tenant: str, name: str) -> Row[Any]:
    row: Row[Any] | None = connection.execute(_row_of(tenant, name)).first()
    if row is None:
        raise UnknownCanary(name)
    return row


def _kept(connection: Connection, tenant: str, name: str) -> Canary:
    return record_of(Canary, _there(connection, tenant, name))


def _lock(tenant: str, name: str) -> int:
    return lock_named(f"canary {tenant} {name}")
