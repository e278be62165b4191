"""Where the ledger is looked at for failures: what came in a period, a page at a time, and what open ones wait for.

Each query is answered by an index, so that a look costs as much as what is new, however much is kept.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select

from proxy.ledger.answers.observed import LETTING_PASS, WORST_DECISION_FIRST
from proxy.ledger.customers import promises
from proxy.ledger.customers.returned import NOTE_OF_ANSWER
from proxy.ledger.database import Read
from proxy.ledger.desk.lifecycle import ACTIVE, OVER
from proxy.ledger.desk.lifecycle import Status as CaseStatus
from proxy.ledger.failures.records import NO_REPEAT_CONTACT, OPEN, Failure, Kind, Status
from proxy.ledger.records import Contact, DecisionRecord, JsonObject, PromiseRecord
from proxy.ledger.references import ERASED
from proxy.ledger.reviews.queries import LONGEST_SHIFT
from proxy.ledger.reviews.records import FINISHED, SEEDED
from proxy.ledger.rows import record_of
from proxy.ledger.schema import (
    contacts,
    decisions,
    desk_answers,
    desk_cases,
    escalation_events,
    failure_states,
    failures,
    review_ends,
    review_givings,
    review_items,
)
from proxy.ledger.schema import promises as promise_table

PAGE = 500


@dataclass(frozen=True, slots=True)
class PastTarget:
    """A case whose service target ended at ``due_at`` before a person had answered it."""

    ref: str
    due_at: datetime
    customer_id: str | None
    topic: str | None
    queue: str | None
    risk: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What a customer asked, and what was decided, in which ``context`` where that was asked for."""

    response_id: str
    created_at: datetime
    customer_id: str
    conversation_id: str | None
    question: str | None
    decision: str
    mode: str
    context: JsonObject | None = None


@dataclass(frozen=True, slots=True)
class InHand:
    """A failure and how far it has come."""

    failure_id: str
    failure: Failure
    status: str
    corrected_at: datetime | None


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A failure whose reason stands no more in the ledger."""

    failure_id: str
    occurred_at: datetime


class FailureSigns:
    """Made by ``Ledger.failure_signs``. All methods raise LedgerError."""

    def __init__(self, read: Read) -> None:
        self._read = read

    def contacts(self, tenant: str, kinds: Collection[str], since: datetime) -> list[Contact]:
        """What was noted or told of these kinds since, in the order in which it came."""
        came = contacts.c.tenant == tenant, contacts.c.received_at >= since
        found = select(contacts).where(*came, contacts.c.kind.in_(list(kinds)))
        rows = self._read(found.order_by(contacts.c.received_at, contacts.c.id))
        return [record_of(Contact, row) for row in rows]

    def answers(self, tenant: str, response_ids: Iterable[str]) -> dict[str, DecisionRecord]:
        """The decisions of these ids, by id."""
        rows = self._of_ids(select(decisions), decisions.c.response_id, response_ids)
        return {row.response_id: record_of(DecisionRecord, row) for row in rows if row.tenant == tenant}

    def promises(self, tenant: str, ids: Iterable[str], now: datetime) -> dict[str, PromiseRecord]:
        """Promises by their references, each with what was told of it last."""
        made = promises.query(now=now, tenant=tenant).order_by(None)
        return {row.id: record_of(PromiseRecord, row) for row in self._of_ids(made, promise_table.c.id, ids)}

    def let_pass(self, tenant: str, since: datetime) -> Iterator[DecisionRecord]:
        """What left as the model wrote it although enforcing would have stopped it."""
        for mode in LETTING_PASS:
            for decision in WORST_DECISION_FIRST:
                called_for = decisions.c.mode == mode, decisions.c.decision == decision
                yield from self._answers(since, decisions.c.tenant == tenant, *called_for)

    def reviewed(self, tenant: str, since: datetime) -> list[str]:
        """The items of real answers whose reviews by people have gone on since, by their ids."""
        given = review_givings.c.tenant == tenant, review_givings.c.at >= since - LONGEST_SHIFT
        ended = review_ends.c.at >= since, review_ends.c.outcome == FINISHED
        found: Select[Any] = (
            select(review_givings.c.item_id)
            .join(review_ends, review_ends.c.giving_id == review_givings.c.id)
            .join(review_items, review_items.c.id == review_givings.c.item_id)
            .where(*given, *ended, review_givings.c.simulated.is_(False))
            .where(review_items.c.kind.not_in(SEEDED), review_items.c.response_id.is_not(None))
        )
        return sorted({row.item_id for row in self._read(found)})

    def past_target(self, tenant: str, since: datetime, until: datetime) -> list[PastTarget]:
        """Cases whose target ended after ``since`` and by ``until``, neither answered nor over by then."""
        case = desk_cases.c
        due = case.tenant == tenant, case.due_at > since, case.due_at <= until
        taken_up_last = (
            select(func.max(escalation_events.c.at))
            .where(escalation_events.c.ref == case.ref, escalation_events.c.status == CaseStatus.REOPENED)
            .correlate(desk_cases)
            .scalar_subquery()
        )
        answered = (
            select(desk_answers.c.id)
            .where(desk_answers.c.ref == case.ref, desk_answers.c.at <= case.due_at)
            .where(or_(taken_up_last.is_(None), desk_answers.c.at > taken_up_last))
            .correlate(desk_cases)
        )
        over = case.status.in_(sorted(OVER)) & (case.status_at <= case.due_at)
        # One status at a time: that is how the index has them.
        found = (
            select(desk_cases).where(*due, case.status == status, ~answered.exists(), ~over)
            for status in CaseStatus
        )
        return [
            PastTarget(row.ref, row.due_at, row.customer_id, row.topic, row.queue, row.risk)
            for query in found
            for row in self._read(query)
        ]

    def unnoted(self, tenant: str, since: datetime) -> list[Withdrawn]:
        """Failures since of customers sent back to automation whose note was withdrawn, while the answer stands."""
        note = select(contacts.c.id).where(
            contacts.c.tenant == failures.c.tenant,
            contacts.c.key == NOTE_OF_ANSWER + failures.c.response_id,
        )
        answer = select(decisions.c.response_id).where(decisions.c.response_id == failures.c.response_id)
        state = failure_states.c
        found = (
            select(failures.c.id, failures.c.occurred_at)
            .join(failure_states, state.failure_id == failures.c.id)
            .where(state.tenant == tenant, state.status.in_([str(one) for one in OPEN]))
            .where(state.occurred_at >= since, state.kind == Kind.RETURNED_TO_AUTOMATION)
            .where(failures.c.response_id.is_not(None), ~note.exists(), answer.exists())
        )
        return [Withdrawn(row.id, row.occurred_at) for row in self._read(found)]

    def case_held(self, tenant: str, customer_id: str, at: datetime) -> str | None:
        """The customer's newest case that people held at this time."""
        case = desk_cases.c
        theirs = case.tenant == tenant, case.customer_id == customer_id, case.opened_at <= at
        held = or_(case.status.not_in(sorted(OVER)), case.status_at > at)
        rows = self._read(
            select(case.ref).where(*theirs, held).order_by(case.opened_at.desc(), case.ref).limit(1)
        )
        return rows[0].ref if rows else None

    def answers_to(
        self, tenant: str, customer_id: str, since: datetime, until: datetime, limit: int = 20
    ) -> list[DecisionRecord]:
        """What a customer was answered in a period, the newest first."""
        own = decisions.c.tenant == tenant, decisions.c.customer_id == customer_id
        in_time = decisions.c.created_at >= since, decisions.c.created_at < until
        newest = decisions.c.created_at.desc(), decisions.c.response_id
        rows = self._read(select(decisions).where(*own, *in_time).order_by(*newest).limit(limit))
        return [record_of(DecisionRecord, row) for row in rows]

    def contacts_of(self, tenant: str, customer_id: str, since: datetime) -> list[Contact]:
        """What happened to a customer since, the oldest first."""
        own = contacts.c.tenant == tenant, contacts.c.customer_id == customer_id, contacts.c.at > since
        return [
            record_of(Contact, row)
            for row in self._read(select(contacts).where(*own).order_by(contacts.c.at))
        ]

    def asked(self, tenant: str, since: datetime, *, with_context: bool = False) -> Iterator[Asked]:
        """What customers who are known asked since, the oldest first; without the answers."""
        known = decisions.c.tenant == tenant, decisions.c.customer_id.is_not(None)
        yield from map(_asked, self._in_order(_asking(with_context), since, *known))

    def asked_by(
        self, tenant: str, customer_ids: Iterable[str], since: datetime, *, with_context: bool = False
    ) -> Iterator[Asked]:
        """What these customers asked since, each one's newest first."""
        own = decisions.c.tenant == tenant, decisions.c.created_at >= since
        query = _asking(with_context).where(*own).order_by(decisions.c.created_at.desc())
        yield from map(_asked, self._of_ids(query, decisions.c.customer_id, customer_ids))

    def with_answered_case(self, tenant: str) -> list[InHand]:
        """Open failures whose case has come further than they have, or was taken up again."""
        state, case = failure_states.c, desk_cases.c
        told = (CaseStatus.DELIVERED, CaseStatus.CONFIRMED, CaseStatus.CLOSED)
        further = or_(
            state.status.in_([Status.DETECTED, Status.CONTAINED]) & case.status.in_(told),
            (state.status == Status.CORRECTED) & case.status.in_([CaseStatus.CONFIRMED, *sorted(ACTIVE)]),
        )
        found = _IN_HAND.join(
            desk_cases, (case.ref == failures.c.case_ref) & (case.tenant == failures.c.tenant)
        )
        open_ones = state.status.in_([str(one) for one in OPEN])
        return [_in_hand(row) for row in self._read(found.where(state.tenant == tenant, open_ones, further))]

    def corrected(self, tenant: str, before: datetime) -> list[InHand]:
        """Failures that were corrected before an instant and whose customers' confidence nobody knows of."""
        state = failure_states.c
        waiting = state.tenant == tenant, state.status == Status.CORRECTED, state.corrected_at <= before
        return [_in_hand(row) for row in self._read(_IN_HAND.where(*waiting))]

    def restored_by_proxy(self, tenant: str, customer_id: str) -> list[InHand]:
        """A customer's failures that count as restored because no repeat contact was known."""
        state = failure_states.c
        theirs = state.customer_id == customer_id, state.tenant == tenant
        by_proxy = state.status == Status.RESTORED, state.restored_how == NO_REPEAT_CONTACT
        return [_in_hand(row) for row in self._read(_IN_HAND.where(*theirs, *by_proxy))]

    def named(self, tenant: str, failure_id: str) -> list[InHand]:
        """The failure of this reference, where there is one."""
        own = failures.c.tenant == tenant, failures.c.id == failure_id
        return [_in_hand(row) for row in self._read(_IN_HAND.where(*own))]

    def of_answer(self, tenant: str, response_id: str) -> list[InHand]:
        """The failures that reached a customer with this answer."""
        own = failures.c.tenant == tenant, failures.c.response_id == response_id
        return [_in_hand(row) for row in self._read(_IN_HAND.where(*own))]

    def _answers(self, since: datetime, *conditions: ColumnElement[bool]) -> Iterator[DecisionRecord]:
        for row in self._in_order(select(decisions), since, *conditions):
            yield record_of(DecisionRecord, row)

    def _in_order(
        self, query: Select[Any], since: datetime, *conditions: ColumnElement[bool]
    ) -> Iterator[Any]:
        """Decisions since that fit, the oldest first; a page at a time is in memory.

        Not what stays of erased customers' answers: their failures were put back beside them, and are not new.
        """
        at, name = decisions.c.created_at, decisions.c.response_id
        conditions = (*conditions, at >= since, ~name.startswith(ERASED))
        page = query.where(*conditions).order_by(at, name).limit(PAGE)
        rows = self._read(page)
        while rows:
            yield from rows
            last = rows[-1]
            same_instant = and_(at == last.created_at, name > last.response_id)
            rows = self._read(page.where(or_(at > last.created_at, same_instant)))

    def _of_ids(self, query: Select[Any], column: ColumnElement[str], ids: Iterable[str]) -> Iterator[Any]:
        wanted = list(dict.fromkeys(ids))
        for start in range(0, len(wanted), PAGE):
            yield from self._read(query.where(column.in_(wanted[start : start + PAGE])))


_ASKED = [decisions.c[field.name] for field in fields(Asked) if field.name != "context"]
_IN_HAND: Select[Any] = select(
    failures,
    failure_states.c.status.label("failure_status"),
    failure_states.c.corrected_at.label("corrected_at"),
).join(failure_states, failure_states.c.failure_id == failures.c.id)


def _asking(with_context: bool) -> Select[Any]:
    """A context is long: it is read where it is looked at."""
    return select(*_ASKED, decisions.c.context) if with_context else select(*_ASKED)


def _asked(row: Row[Any]) -> Asked:
    return Asked(**row._mapping)


def _in_hand(row: Row[Any]) -> InHand:
    return InHand(row.id, record_of(Failure, row), row.failure_status, row.corrected_at)
