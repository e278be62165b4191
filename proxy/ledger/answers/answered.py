"""What the chatbot and people answered in a period, and how it went on: for one scorecard of both."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select

from proxy.ledger.answers.observed import by_automation
from proxy.ledger.customers.contacts import COMING_BACK
from proxy.ledger.database import Read
from proxy.ledger.desk.told import told_id
from proxy.ledger.failures.records import AI, HUMAN
from proxy.ledger.schema import contacts, decisions, desk_answers, desk_cases, escalations

USUAL_CHANNEL = "chat"
NO_TOPIC = "none"
# What makes a question a hard one, whoever answers it: known before the answer, and of the question alone.
HARD = ("about_account", "about_open_case", "is_complaint", "wants_person")


@dataclass(frozen=True, slots=True)
class Answered:
    """A question that was answered for a customer ``at`` a time, after ``waited``, by ``author`` (``ai``, ``human``).

    ``response_id`` is the chat's answer that brought it, of a person's that no chat has told its own; ``reviewed_as``
    is what it is named where people review it. ``back_at`` is when the customer next came back, by another channel or
    with another case; None where not.
    """

    author: str
    response_id: str
    reviewed_as: str
    customer_id: str
    at: datetime
    waited: timedelta
    channel: str
    topic: str
    hard: bool
    back_at: datetime | None = None


def answered(read: Read, tenant: str, since: datetime, until: datetime) -> list[Answered]:
    """Answers to known customers: the chatbot's as customers had them, and the first one of people to each case."""
    back = _Backs(read, tenant, since)
    told = [*_by_ai(read, tenant, since, until, back), *_by_people(read, tenant, since, until, back)]
    return sorted(told, key=lambda one: one.at)


class _Backs:
    """When each customer came back: reports of other channels, and new cases."""

    def __init__(self, read: Read, tenant: str, since: datetime) -> None:
        self._at: dict[str, list[datetime]] = defaultdict(list)
        came = select(contacts.c.customer_id, contacts.c.at).where(
            contacts.c.tenant == tenant, contacts.c.at >= since, contacts.c.kind.in_(list(COMING_BACK))
        )
        opened = select(escalations.c.customer_id, escalations.c.created_at.label("at")).where(
            escalations.c.tenant == tenant,
            escalations.c.created_at >= since,
            escalations.c.customer_id.is_not(None),
        )
        for row in (*read(came), *read(opened)):
            self._at[row.customer_id].append(row.at)
        for times in self._at.values():
            times.sort()

    def after(self, customer_id: str, at: datetime) -> datetime | None:
        times = self._at.get(customer_id, [])
        place = bisect_right(times, at)
        return times[place] if place < len(times) else None


def _by_ai(read: Read, tenant: str, since: datetime, until: datetime, back: _Backs) -> Iterator[Answered]:
    found = select(
        decisions.c.response_id,
        decisions.c.customer_id,
        decisions.c.created_at,
        *_of_question(),
        decisions.c.timings_ms,
    ).where(
        decisions.c.tenant == tenant,
        decisions.c.created_at >= since,
        decisions.c.created_at < until,
        decisions.c.customer_id.is_not(None),
        decisions.c.answered_by.is_(None),
        by_automation(),
    )
    for row in read(found):
        waited = timedelta(milliseconds=sum((row.timings_ms or {}).values()))
        yield _answered(AI, row, (row.response_id,) * 2, row.created_at, waited, row.topic, back)


def _by_people(read: Read, tenant: str, since: datetime, until: datetime, back: _Backs) -> Iterator[Answered]:
    first = (
        select(desk_answers.c.ref, func.min(desk_answers.c.id).label("id"))
        .group_by(desk_answers.c.ref)
        .subquery()
    )
    found = (
        select(
            desk_answers.c.ref,
            desk_answers.c.id,
            desk_answers.c.at,
            desk_answers.c.response_id,
            desk_cases.c.opened_at,
            desk_cases.c.customer_id,
            desk_cases.c.topic.label("case_topic"),
            *_of_question(),
        )
        .join_from(desk_answers, first, first.c.id == desk_answers.c.id)
        .join(desk_cases, desk_cases.c.ref == desk_answers.c.ref)
        .join(escalations, escalations.c.ref == desk_cases.c.ref)
        .outerjoin(decisions, decisions.c.response_id == escalations.c.response_id)
        .where(desk_cases.c.tenant == tenant, desk_answers.c.at >= since, desk_answers.c.at < until)
        .where(desk_cases.c.customer_id.is_not(None))
    )
    for row in read(found):
        waited = row.at - row.opened_at
        own = told_id(row.ref, row.id)
        names = row.response_id or own, own
        yield _answered(HUMAN, row, names, row.at, waited, row.case_topic or row.topic, back)


def _answered(
    author: str,
    row: Any,
    names: tuple[str, str],
    at: datetime,
    waited: timedelta,
    topic: str | None,
    back: _Backs,
) -> Answered:
    request = row.request or {}
    return Answered(
        author=author,
        response_id=names[0],
        reviewed_as=names[1],
        customer_id=row.customer_id,
        at=at,
        waited=waited,
        channel=request.get("channel") or USUAL_CHANNEL,
        topic=topic or NO_TOPIC,
        hard=any(request.get(name) for name in HARD),
        back_at=back.after(row.customer_id, at),
    )


def _of_question() -> tuple[ColumnElement[Any], ...]:
    """What is known of a question before it is answered; the document of the first claim is its topic."""
    document = decisions.c.choices[(0, "claims", 0, "evidence", 0, "document")].as_string()
    return decisions.c.request, document.label("topic")
