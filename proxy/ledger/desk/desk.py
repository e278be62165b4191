"""The desk: people claim cases, answer them, and what they did is durable when a method returns.

    desk = ledger.desk
    done = desk.claim("CX-7K3F-92QD", actor="maria", lease_s=900)      # raises StepRefused where somebody else holds it
    desk.answer("CX-7K3F-92QD", NewAnswer("You must apply before you travel.", verified=True), actor="maria")

All methods raise LedgerError. A step that the case's status does not allow raises StepRefused and changes nothing.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from proxy.ledger.clock import Clock, utc_now
from proxy.ledger.database import Read
from proxy.ledger.desk import queries, told
from proxy.ledger.desk.lifecycle import Step
from proxy.ledger.desk.outbox import Outbox
from proxy.ledger.desk.queries import CaseFilter, Key, Order
from proxy.ledger.desk.records import (
    CaseAnswer,
    CaseEvent,
    DeskCase,
    Keyed,
    NewAnswer,
    Outcome,
    Stepped,
    Taken,
)
from proxy.ledger.desk.steps import CXAI, Refusal, request_outcome, request_query, step_write
from proxy.ledger.errors import LedgerError
from proxy.ledger.records import DEFAULT_TENANT, DecisionRecord
from proxy.ledger.rows import record_of, storable
from proxy.ledger.texts import StoreText
from proxy.ledger.writer import Submit, lock_named

LEASE_S = 15 * 60.0
_TRIED = 20  # cases that are looked at for one that is free; others claim at the same time
_SWEPT = 200  # at once

Told = Callable[[Taken, Stepped], None]


class StepRefused(LedgerError):
    """A step that may not be taken: ``why`` is ``unknown``, ``held``, ``status`` or ``key``."""

    def __init__(self, taken: Taken, refusal: Refusal) -> None:
        super().__init__(_told(taken, refusal))
        self.ref = taken.ref
        self.why = refusal.why
        self.status = refusal.status
        self.holder = refusal.holder
        self.held_until = refusal.held_until


class Desk:
    """Made by ``Ledger.desk``. Every ``tenant`` sees and changes its own cases alone."""

    def __init__(
        self, read: Read, submit: Submit, level: StoreText, now: Clock = utc_now, told: Told | None = None
    ) -> None:
        self._read = read
        self._submit = submit
        self._level = level
        self._now = now
        self._told = told

    @property
    def outbox(self) -> Outbox:
        """What changed of cases, for those who are told."""
        return Outbox(self._read, self._submit)

    # Reading

    def cases(
        self,
        wanted: CaseFilter,
        *,
        order: Order = Order.DUE,
        after: Key | None = None,
        limit: int = 50,
        now: datetime | None = None,
    ) -> list[DeskCase]:
        """A page of cases; ``after`` is ``key_of`` the last one of the page before."""
        rows = self._read(queries.page_query(wanted, order, after, limit))
        return [queries.case_of(row, now or self._now()) for row in rows]

    def case(self, ref: str, tenant: str = DEFAULT_TENANT, *, now: datetime | None = None) -> DeskCase | None:
        """A case as it stands; None where this tenant has none of that reference."""
        rows = self._read(queries.case_query(storable(ref), tenant))
        return queries.case_of(rows[0], now or self._now()) if rows else None

    def events(self, ref: str) -> list[CaseEvent]:
        """What happened to a case, the oldest first; its opening is ``DeskCase.opened_at``."""
        return [queries.event_of(row) for row in self._read(queries.events_query(ref))]

    def answers(self, ref: str) -> list[CaseAnswer]:
        """What people answered to a case, the oldest first."""
        return [queries.answer_of(row) for row in self._read(queries.answers_query(ref))]

    def answered(self, tenant: str, since: datetime, until: datetime) -> list[DecisionRecord]:
        """What people answered in a period, as records of answers (``told.py``), the oldest first."""
        return told.between(self._read, tenant, since, until)

    def told_in(self, response_id: str) -> str | None:
        """The chat answer that told a person's answer; None while none has, and for what is none."""
        named = told.parts_of(response_id)
        rows = self._read(told.told_in_query(*named)) if named else ()
        return rows[0].response_id if rows else None

    def told_by(self, response_id: str) -> list[str]:
        """The people's answers that a chat answer told, by what they are named as records."""
        rows = self._read(told.told_by_query(response_id))
        return [told.told_id(row.ref, row.id) for row in rows]

    def conversation(self, case: DeskCase, limit: int = 100) -> list[DecisionRecord]:
        """The decisions of the conversation that a case came from, the oldest first, the last ``limit`` of them."""
        rows = self._read(queries.conversation_query(case, limit))
        return [record_of(DecisionRecord, row) for row in reversed(rows)]

    def queues(self, tenant: str, now: datetime | None = None) -> list[Row[Any]]:
        """By queue: ``queue``, ``unanswered``, ``held``, ``past_due``, and when the ``oldest`` was opened."""
        return list(self._read(queries.queues_query(tenant, now or self._now())))

    def topics(self, tenant: str) -> list[str]:
        """What the cases that nobody has answered are about, each topic once."""
        return [row.topic for row in self._read(queries.topics_query(tenant))]

    def unanswered(self, tenant: str, refs: Collection[str]) -> frozenset[str]:
        """Those of these references whose cases nobody has answered."""
        return frozenset(row.ref for row in self._read(queries.unanswered_query(tenant, refs)))

    def due(self, before: datetime) -> list[DeskCase]:
        """Unanswered cases of all tenants whose service target ends before an instant."""
        return [queries.case_of(row, self._now()) for row in self._read(queries.due_query(before))]

    def answer_times(
        self, tenant: str, queue: str | None, since: datetime, limit: int = 500, *, risk: str | None = None
    ) -> list[tuple[datetime, datetime]]:
        """Of a queue's cases that people answered after ``since``: when each opened, and when it was first answered."""
        rows = self._read(queries.answer_times_query(tenant, queue, since, limit, risk))
        return [(row.opened_at, row.answered_at) for row in rows]

    def waiting_by_risk(self, tenant: str) -> dict[str, int]:
        """How many cases of each risk nobody has answered."""
        return {row.risk: row.unanswered for row in self._read(queries.risks_query(tenant))}

    def ahead(self, case: DeskCase) -> int:
        """How many unanswered cases of its queue opened before this one."""
        return int(self._read(queries.ahead_query(case))[0].before)

    def outcomes(self, tenant: str, customer_id: str, since: datetime) -> list[Outcome]:
        """What people answered a customer after ``since`` and the customer has not confirmed, the oldest first."""
        rows = self._read(queries.outcomes_query(tenant, storable(customer_id), since))
        return [queries.outcome_of(row) for row in rows]

    def newest_change(self, tenant: str) -> int:
        """Another number after every change to any of a tenant's cases; 0 where there was none."""
        return int(self._read(queries.newest_change_query(tenant))[0].number or 0)

    # Steps

    def take(self, taken: Taken, now: datetime | None = None) -> Stepped:
        """Take a step. Raises StepRefused; with the key of a step that was taken before, that one's outcome returns."""
        if (
            taken.keyed is None and taken.step is not Step.CLAIM
        ):  # a commit that is tried again must not find its own step in its way
            taken = replace(taken, keyed=Keyed(f"{CXAI}:{secrets.token_hex(12)}", taken.step))
        write = step_write(replace(taken, ref=storable(taken.ref)), now or self._now(), self._level)
        done = self._submit(write, lock=lock_named(f"case {taken.ref} of the desk")).result()
        if isinstance(done, Refusal):
            raise StepRefused(taken, done)
        if self._told is not None and not done.again:
            self._told(taken, done)
        return done

    def taken_before(self, taken: Taken) -> Stepped | None:
        """What a step came to that was taken before with this key. Raises StepRefused for another one's key."""
        if taken.keyed is None:
            return None
        rows = self._read(request_query(taken.tenant, taken.keyed.key))
        known = request_outcome(rows[0], taken.keyed) if rows else None
        if isinstance(known, Refusal):
            raise StepRefused(taken, known)
        return known

    def claim(
        self,
        ref: str,
        *,
        actor: str,
        tenant: str = DEFAULT_TENANT,
        name: str | None = None,
        lease_s: float = LEASE_S,
        keyed: Keyed | None = None,
        now: datetime | None = None,
    ) -> Stepped:
        """Hold a case for ``lease_s`` seconds; who holds it already holds it longer. ``name`` is for the customer."""
        taken = Taken(ref, Step.CLAIM, actor, tenant, to_name=name, lease_s=lease_s, keyed=keyed)
        return self.take(taken, now)

    def claim_next(
        self,
        *,
        actor: str,
        tenant: str = DEFAULT_TENANT,
        queue: str | None = None,
        without: frozenset[str] = frozenset(),
        name: str | None = None,
        lease_s: float = LEASE_S,
        keyed: Keyed | None = None,
        now: datetime | None = None,
    ) -> Stepped | None:
        """Hold the case that is due first of those that nobody holds; None where there is none.

        ``queue`` alone is looked at where it is given; those of ``without`` never are.
        """
        before = self.taken_before(Taken("", Step.CLAIM, actor, tenant, keyed=keyed))
        if before is not None:
            return before
        while free := self._claimable(tenant, queue, without, now or self._now()):
            # Not everybody the first one: of those who claim at once all but one would come too late.
            if len(free) == _TRIED:
                random.shuffle(free)
            for ref in free:
                try:
                    return self.claim(
                        ref, actor=actor, tenant=tenant, name=name, lease_s=lease_s, keyed=keyed, now=now
                    )
                except StepRefused as refused:
                    if refused.why == "key":
                        raise
        return None

    def _claimable(self, tenant: str, queue: str | None, without: frozenset[str], now: datetime) -> list[str]:
        found: list[str] = []
        for query in queries.claimable_queries(tenant, queue, _TRIED, without):
            found += [row.ref for row in self._read(query)]
            if len(found) >= _TRIED:
                return found[:_TRIED]
        lapsed = queries.lapsed_query(now, _TRIED, tenant, queue, without)
        return found or [row.ref for row in self._read(lapsed)]

    def release(
        self, ref: str, *, actor: str, tenant: str = DEFAULT_TENANT, note: str | None = None
    ) -> Stepped:
        """Hold a case no more."""
        return self.take(Taken(ref, Step.RELEASE, actor, tenant, note))

    def answer(
        self,
        ref: str,
        answer: NewAnswer,
        *,
        actor: str,
        tenant: str = DEFAULT_TENANT,
        name: str | None = None,
    ) -> Stepped:
        """Answer a case that ``actor`` holds; the customer is told at their next turn."""
        return self.take(Taken(ref, Step.ANSWER, actor, tenant, answer=answer, to_name=name))

    def sweep(self, now: datetime, unheard_before: datetime | None = None) -> int:
        """Take note of leases that have ended, and of answers that waited too long; how many cases that were."""
        lapsed = self._read(queries.lapsed_query(now, _SWEPT))
        unheard = self._read(queries.unheard_query(unheard_before, _SWEPT)) if unheard_before else ()
        swept = 0
        for row, step in [*((row, Step.LAPSE) for row in lapsed), *((row, Step.EXPIRE) for row in unheard)]:
            try:
                self.take(Taken(row.ref, step, CXAI, row.tenant), now)
                swept += 1
            except StepRefused:
                continue  # somebody was quicker
        return swept


def _told(taken: Taken, refusal: Refusal) -> str:
    ref, step = taken.ref, taken.step
    match refusal.why:
        case "unknown":
            return f"there is no case {ref}; `cxai escalations` lists those there are"
        case "held":
            until = f" until {refusal.held_until:%H:%M:%S} UTC" if refusal.held_until else ""
            return (
                f"case {ref} is held by {refusal.holder}{until}; ask them to release it, or take another case"
            )
        case "key":
            return f"this Idempotency-Key belongs to another request; give each request its own ({step} of {ref})"
    return f"case {ref} is {refusal.status}: {step} is not possible now; read the case again"
