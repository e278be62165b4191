"""Rules that one person proposes and another one approves: who, when, and what came of it. Entries are only added.

proposal = ledger.rule_proposals.add("default", rule, by="ana@example.com", at=now)
ledger.rule_proposals.decide(proposal.id, "default", APPROVED, by="ben@example.com", at=now)
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, Select, insert, select

from proxy.ledger.database import Read
from proxy.ledger.errors import LedgerError
from proxy.ledger.records import JsonObject
from proxy.ledger.rows import storable
from proxy.ledger.schema import rule_proposal_events as events
from proxy.ledger.schema import rule_proposals as proposals
from proxy.ledger.writer import Submit, lock_named

PROPOSED, APPROVED, REJECTED, WITHDRAWN, FAILED = ("proposed", "approved", "rejected", "withdrawn", "failed")
_BEFORE = {
    APPROVED: (PROPOSED, FAILED),
    REJECTED: (PROPOSED, FAILED),
    WITHDRAWN: (PROPOSED, FAILED),
    FAILED: (APPROVED,),
}


class NotAllowed(Exception):
    """A proposal cannot be decided in this way, by this person, any more; the text says why."""


@dataclass(frozen=True, slots=True)
class ProposalEvent:
    at: datetime
    status: str
    actor: str
    note: str | None


@dataclass(frozen=True, slots=True)
class RuleProposal:
    """``rule`` is as in a policies file; ``events`` are what happened since, oldest first."""

    id: str
    tenant: str
    at: datetime
    proposed_by: str
    rule: JsonObject
    events: tuple[ProposalEvent, ...] = ()

    @property
    def status(self) -> str:
        return self.events[-1].status if self.events else PROPOSED

    @property
    def name(self) -> str:
        return str(self.rule.get("name") or "")

    @property
    def is_open(self) -> bool:
        return self.status in (PROPOSED, FAILED)


class RuleProposals:
    """Made by ``Ledger.rule_proposals``. All methods raise LedgerError; those that write return once it is durable."""

    def __init__(self, read: Read, submit: Submit) -> None:
        self._read = read
        self._submit = submit

    def listed(self, tenant: str, limit: int = 50) -> list[RuleProposal]:
        """A tenant's proposals, the newest first."""
        newest = select(proposals).where(proposals.c.tenant == tenant)
        rows = self._read(newest.order_by(proposals.c.at.desc(), proposals.c.id).limit(limit))
        told = self._read(_events_of([row.id for row in rows])) if rows else []
        return [_proposal(row, [one for one in told if one.proposal_id == row.id]) for row in rows]

    def find(self, id: str, tenant: str) -> RuleProposal | None:
        rows = self._read(_of(id, tenant))
        return _proposal(rows[0], self._read(_events_of([id]))) if rows else None

    def add(self, tenant: str, rule: JsonObject, *, by: str, at: datetime) -> RuleProposal:
        made = RuleProposal(secrets.token_hex(8), tenant, at, storable(by), storable(rule))
        row = {"id": made.id, "tenant": tenant, "at": at, "proposed_by": made.proposed_by, "rule": made.rule}
        self._submit(lambda connection: connection.execute(insert(proposals), row)).result()
        return made

    def decide(
        self, id: str, tenant: str, status: str, *, by: str, at: datetime, note: str | None = None
    ) -> RuleProposal:
        """Note what became of a proposal. Raises NotAllowed: nobody approves what is their own, or decides twice."""
        by, note = storable(by), storable(note)

        def write(connection: Connection) -> RuleProposal | str:
            row = connection.execute(_of(id, tenant)).first()
            if row is None:
                return "There is no such proposal."
            found = _proposal(row, connection.execute(_events_of([id])).all())
            if refusal := _refusal(found, status, by):
                return refusal
            entry = {"proposal_id": id, "at": at, "status": status, "actor": by, "note": note}
            connection.execute(insert(events), entry)
            return _proposal(row, connection.execute(_events_of([id])).all())

        decided = self._submit(write, lock=lock_named(f"proposal {id}")).result()
        if isinstance(decided, str):
            raise NotAllowed(decided)
        return decided


def _refusal(found: RuleProposal, status: str, by: str) -> str | None:
    if status not in _BEFORE:
        raise LedgerError(f"a proposal cannot become {status!r}; it becomes one of {', '.join(_BEFORE)}")
    own = by == found.proposed_by
    if status == APPROVED and own:
        return "Nobody approves their own proposal: ask a second person."
    if status == WITHDRAWN and not own:
        return "Only who made a proposal withdraws it; reject it instead."
    if found.status not in _BEFORE[status]:
        last = found.events[-1] if found.events else None
        return f"It is {found.status} already" + (f", by {last.actor}." if last else ".")
    return None


def _of(id: str, tenant: str) -> Select[tuple[object, ...]]:
    return select(proposals).where(proposals.c.id == storable(id), proposals.c.tenant == tenant)


def _events_of(ids: Iterable[str]) -> Select[tuple[object, ...]]:
    return select(events).where(events.c.proposal_id.in_(list(ids))).order_by(events.c.id)


def _proposal(row: Row[tuple[object, ...]], told: Iterable[Row[tuple[object, ...]]]) -> RuleProposal:
    happened = tuple(ProposalEvent(one.at, one.status, one.actor, one.note) for one in told)
    return RuleProposal(row.id, row.tenant, row.at, row.proposed_by, dict(row.rule), happened)
