"""How the desk is read: which cases there are, in which order, a page at a time, and what belongs to one."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, case, func, literal, select, tuple_

from proxy.ledger.desk.lifecycle import ACTIVE, UNANSWERED, WAITING, Status
from proxy.ledger.desk.records import NO_QUEUE, CaseAnswer, CaseEvent, DeskCase, Outcome
from proxy.ledger.rows import record_of
from proxy.ledger.schema import (
    Instant,
    decisions,
    desk_answers,
    desk_cases,
    desk_news,
    escalation_events,
    escalations,
)

_NEVER = datetime(9999, 1, 1, tzinfo=UTC)
_RISKS = {"high": 0, "medium": 1, "low": 2}
CHANGES_AT_ONCE = 100  # more than replicas can be making at one moment
Key = tuple[Any, ...]


class Order(StrEnum):
    """``due``: what breaches its service target first; ``risk``: the highest first, then the oldest."""

    AGE = "age"
    NEWEST = "newest"
    DUE = "due"
    RISK = "risk"


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases of a tenant's: all conditions hold. ``statuses`` of None are all; ``without`` names queues."""

    tenant: str
    queue: str | None = None
    statuses: frozenset[str] | None = ACTIVE
    holder: str | None = None
    customer_id: str | None = None
    topic: str | None = None
    due_before: datetime | None = None
    without: frozenset[str] = frozenset()

    def conditions(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = [desk_cases.c.tenant == self.tenant]
        if self.statuses is not None:
            found.append(_is_one_of(self.statuses))
        if self.queue is not None:
            found.append(func.coalesce(desk_cases.c.queue, NO_QUEUE) == self.queue)
        if self.without:
            found.append(func.coalesce(desk_cases.c.queue, NO_QUEUE).not_in(sorted(self.without)))
        if self.holder is not None:
            found.append((desk_cases.c.holder == self.holder) & (desk_cases.c.status == Status.CLAIMED))
        if self.customer_id is not None:
            found.append(desk_cases.c.customer_id == self.customer_id)
        if self.topic is not None:
            found.append(desk_cases.c.topic == self.topic)
        if self.due_before is not None:
            found.append(desk_cases.c.due_at < self.due_before)
            found.append(desk_cases.c.status.in_(sorted(UNANSWERED)))
        return found


def _is_one_of(statuses: frozenset[str]) -> ColumnElement[bool]:
    """Of one status an index gives cases in their order, of a list of them it does not."""
    if len(statuses) == 1:
        return desk_cases.c.status == next(iter(statuses))
    return desk_cases.c.status.in_(sorted(statuses))


def page_query(wanted: CaseFilter, order: Order, after: Key | None, limit: int) -> Select[Any]:
    """At most ``limit`` cases, those after a key (see ``key_of``) where one is given."""
    keys, backwards = _keys(order), order is Order.NEWEST
    in_order = [key.desc() if backwards else key for key in keys]
    # The page first, from the narrow table alone: what belongs to its cases is read for no others.
    page = select(desk_cases.c.ref).where(*wanted.conditions())
    if after is not None:
        place = tuple_(*(literal(value, key.type) for key, value in zip(keys, after, strict=True)))
        page = page.where(tuple_(*keys) < place if backwards else tuple_(*keys) > place)
    page = page.order_by(*in_order).limit(limit)
    return _CASES.where(desk_cases.c.ref.in_(page)).order_by(*in_order)


def key_of(one: DeskCase, order: Order) -> Key:
    """Where a case stands in this order; the next page begins after it."""
    if order is Order.DUE:
        return (one.due_at or _NEVER, one.opened_at, one.ref)
    if order is Order.RISK:
        return (_RISKS.get(one.risk or "", 1), one.opened_at, one.ref)
    return (one.opened_at, one.ref)


def _keys(order: Order) -> list[ColumnElement[Any]]:
    age: list[ColumnElement[Any]] = [desk_cases.c.opened_at, desk_cases.c.ref]
    if order is Order.DUE:
        return [func.coalesce(desk_cases.c.due_at, literal(_NEVER, Instant), type_=Instant), *age]
    if order is Order.RISK:
        return [case(_RISKS, value=desk_cases.c.risk, else_=1), *age]
    return age


def _case_columns() -> Select[Any]:
    own = {field.name for field in fields(DeskCase)} - set(desk_cases.c.keys())
    return select(desk_cases, *(escalations.c[name] for name in sorted(own))).join_from(
        desk_cases, escalations, escalations.c.ref == desk_cases.c.ref
    )


_CASES = _case_columns()


def case_query(ref: str, tenant: str) -> Select[Any]:
    return _CASES.where(desk_cases.c.ref == ref, desk_cases.c.tenant == tenant)


def unanswered_query(tenant: str, refs: Collection[str]) -> Select[Any]:
    """Those of these references whose cases nobody has answered."""
    waiting = desk_cases.c.status.in_(sorted(UNANSWERED)), desk_cases.c.ref.in_(refs)
    return select(desk_cases.c.ref).where(desk_cases.c.tenant == tenant, *waiting)


def case_of(row: Row[Any], now: datetime) -> DeskCase:
    """A case as it stands now: a lease that has ended holds nothing, also where nobody has taken note of it yet."""
    one = record_of(DeskCase, {**row._mapping, "queue": row.queue or NO_QUEUE})
    if one.status != Status.CLAIMED:
        return replace(one, held_until=None)
    if one.held_until is not None and one.held_until <= now:
        return replace(one, status=Status.OPEN, holder=None, holder_name=None, held_until=None)
    return one


def claimable_queries(
    tenant: str, queue: str | None, limit: int, without: frozenset[str] = frozenset()
) -> Iterator[Select[Any]]:
    """References of cases that nobody holds, the first to be claimed first: those due first, then the oldest.

    A query each, which an index answers in its order, however many cases wait.
    """
    for due, order in (
        (desk_cases.c.due_at.is_not(None), desk_cases.c.due_at),
        (desk_cases.c.due_at.is_(None), desk_cases.c.opened_at),
    ):
        for status in sorted(WAITING, reverse=True):
            wanted = CaseFilter(tenant, queue, frozenset({status}), without=without).conditions()
            yield select(desk_cases.c.ref).where(*wanted, due).order_by(order).limit(limit)


def lapsed_query(
    now: datetime,
    limit: int,
    tenant: str | None = None,
    queue: str | None = None,
    without: frozenset[str] = frozenset(),
) -> Select[Any]:
    """Cases whose lease has ended without anybody having taken note, of all tenants where none is named."""
    lapsed = (desk_cases.c.status == Status.CLAIMED) & (desk_cases.c.held_until <= now)
    found = select(desk_cases.c.ref, desk_cases.c.tenant).where(lapsed)
    if tenant is not None:
        found = found.where(*CaseFilter(tenant, queue, statuses=None, without=without).conditions())
    return found.limit(limit)


def unheard_query(before: datetime, limit: int) -> Select[Any]:
    """Cases whose answer has waited for its customer since before this instant."""
    waiting = (desk_cases.c.status == Status.ANSWERED) & (desk_cases.c.status_at < before)
    return select(desk_cases.c.ref, desk_cases.c.tenant).where(waiting).limit(limit)


def due_query(before: datetime) -> Select[Any]:
    """Cases that nobody has answered and whose service target ends before this instant, the first to end first."""
    due = desk_cases.c.status.in_(sorted(UNANSWERED)) & (desk_cases.c.due_at < before)
    return _CASES.where(due).order_by(desk_cases.c.due_at, desk_cases.c.ref)


def queues_query(tenant: str, now: datetime) -> Select[Any]:
    """By queue: how many cases nobody has answered, how many of these are held, are past due, and the oldest."""
    queue = func.coalesce(desk_cases.c.queue, NO_QUEUE)
    held = (desk_cases.c.status == Status.CLAIMED) & (desk_cases.c.held_until > now)
    found: Any = (
        select(
            queue.label("queue"),
            func.count().label("unanswered"),
            func.sum(case((held, 1), else_=0)).label("held"),
            func.sum(case((desk_cases.c.due_at < now, 1), else_=0)).label("past_due"),
            func.min(desk_cases.c.opened_at).label("oldest"),
        )
        .where(desk_cases.c.tenant == tenant, desk_cases.c.status.in_(sorted(UNANSWERED)))
        .group_by(queue)
        .order_by(queue)
    )
    return found  # type: ignore[no-any-return]


def topics_query(tenant: str) -> Select[Any]:
    """The topics of the cases that nobody has answered."""
    unanswered = desk_cases.c.tenant == tenant, desk_cases.c.status.in_(sorted(UNANSWERED))
    known: Select[Any] = select(desk_cases.c.topic).where(*unanswered, desk_cases.c.topic.is_not(None))
    return known.distinct().order_by(desk_cases.c.topic)


def events_query(ref: str) -> Select[Any]:
    """What happened to a case, the oldest first."""
    of_case = select(escalation_events).where(escalation_events.c.ref == ref)
    return of_case.order_by(escalation_events.c.at, escalation_events.c.id)


def event_of(row: Row[Any]) -> CaseEvent:
    return CaseEvent(**row._mapping)


def answers_query(ref: str) -> Select[Any]:
    """What people answered, the oldest first."""
    return select(desk_answers).where(desk_answers.c.ref == ref).order_by(desk_answers.c.id)


def answer_of(row: Row[Any]) -> CaseAnswer:
    return record_of(CaseAnswer, row)


def conversation_query(one: DeskCase, limit: int) -> Select[Any]:
    """The decisions of the conversation that a case came from, the newest first; of none its own decision alone."""
    own = decisions.c.response_id == one.response_id
    if one.conversation_id is not None:
        own = decisions.c.conversation_id == one.conversation_id
        if one.customer_id is not None:
            own &= decisions.c.customer_id == one.customer_id
    of_case = select(decisions).where(decisions.c.tenant == one.tenant, own)
    return of_case.order_by(decisions.c.created_at.desc(), decisions.c.response_id).limit(limit)


def newest_change_query(tenant: str) -> Select[Any]:
    """The sum of the newest changes' ids.

    Not the greatest one: of two changes that replicas make at once, the one with the lower id may be seen last, and
    would change nothing. In the sum it takes the place of an older one.
    """
    of_tenant = select(desk_news.c.id).where(desk_news.c.tenant == tenant)
    newest = of_tenant.order_by(desk_news.c.id.desc()).limit(CHANGES_AT_ONCE).subquery()
    return select(func.sum(newest.c.id).label("number"))


def risks_query(tenant: str) -> Select[Any]:
    """By risk: how many cases nobody has answered. One about no document is of medium risk."""
    risk = func.coalesce(desk_cases.c.risk, "medium")
    unanswered = desk_cases.c.tenant == tenant, desk_cases.c.status.in_(sorted(UNANSWERED))
    found: Any = select(risk.label("risk"), func.count().label("unanswered")).where(*unanswered)
    return found.group_by(risk)  # type: ignore[no-any-return]


def answer_times_query(
    tenant: str, queue: str | None, since: datetime, limit: int, risk: str | None = None
) -> Select[Any]:
    """When a queue's cases that people first answered after ``since`` opened and were answered, the newest first.

    Of all queues where none is named; of one risk where it is.
    """
    of_risk = [] if risk is None else [func.coalesce(desk_cases.c.risk, "medium") == risk]
    first = (
        select(desk_answers.c.ref, func.min(desk_answers.c.at).label("answered_at"))
        .where(desk_answers.c.at >= since)
        .group_by(desk_answers.c.ref)
        .subquery()
    )
    return (
        select(desk_cases.c.opened_at, first.c.answered_at)
        .join(first, first.c.ref == desk_cases.c.ref)
        .where(*CaseFilter(tenant, queue, statuses=None).conditions(), *of_risk)
        .order_by(first.c.answered_at.desc())
        .limit(limit)
    )


def ahead_query(one: DeskCase) -> Select[Any]:
    """How many of its queue's unanswered cases opened before this one."""
    wanted = CaseFilter(one.tenant, one.queue, UNANSWERED).conditions()
    earlier = tuple_(desk_cases.c.opened_at, desk_cases.c.ref) < tuple_(
        literal(one.opened_at, Instant), literal(one.ref)
    )
    return select(func.count().label("before")).where(*wanted, earlier)


def outcomes_query(tenant: str, customer_id: str, since: datetime) -> Select[Any]:
    """What people answered a customer after ``since`` and the customer has not confirmed, the oldest first."""
    answered = desk_cases.c.status.in_([Status.ANSWERED, Status.DELIVERED])
    return (
        select(
            desk_cases.c.ref,
            desk_cases.c.status,
            desk_answers.c.text,
            desk_answers.c.author,
            desk_answers.c.author_name,
            desk_answers.c.at.label("answered_at"),
            desk_answers.c.verified,
            escalations.c.question,
            escalations.c.blocked_text,
            func.coalesce(desk_cases.c.queue, NO_QUEUE).label("queue"),
        )
        .join(desk_answers, desk_answers.c.id == desk_cases.c.answer_id)
        .join(escalations, escalations.c.ref == desk_cases.c.ref)
        .where(desk_cases.c.tenant == tenant, desk_cases.c.customer_id == customer_id, answered)
        .where(desk_cases.c.status_at > since)
        .order_by(desk_cases.c.status_at, desk_cases.c.ref)
    )


def outcome_of(row: Row[Any]) -> Outcome:
    values = dict(row._mapping)
    status = values.pop("status")
    return Outcome(**{**values, "text": values["text"] or ""}, delivered=status == Status.DELIVERED)
