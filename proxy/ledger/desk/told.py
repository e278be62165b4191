"""What people answered to cases, as records of answers: for what knows answers, such as review.

Each is an answer of its own, named by its case and its number (``CX-7K3F-92QD.12``), whether the chat told it, another
system did, or it still waits. It says what the desk has of it; what was asked, and of whom, is the case's.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, or_, select

from proxy.ledger.database import Read
from proxy.ledger.records import DecisionRecord, JsonObject
from proxy.ledger.schema import decisions, desk_answers, desk_cases, escalations
from proxy.ledger.texts import StoreText, decision_as_kept

_AT_ONCE = 200
_MOST_DIGITS = 18  # more than any number of an answer has


def told_id(ref: str, answer_id: int) -> str:
    """What a person's answer is named as a record."""
    return f"{ref}.{answer_id}"


def parts_of(response_id: str) -> tuple[str, int] | None:
    """The case and the number that name a person's answer; None for the id of any other one."""
    ref, _, number = response_id.rpartition(".")
    is_number = number.isascii() and number.isdecimal() and len(number) <= _MOST_DIGITS
    return (ref, int(number)) if ref and is_number else None


def is_persons(record: DecisionRecord) -> bool:
    """Whether it is what a person answered to a case, as a record of its own."""
    return record.answered_by is not None and parts_of(record.response_id) is not None


def records(read: Read, response_ids: Iterable[str]) -> dict[str, DecisionRecord]:
    """Those of these answers that people gave, by their ids."""
    named = [parts for one in response_ids if (parts := parts_of(one)) is not None]
    found: dict[str, DecisionRecord] = {}
    for start in range(0, len(named), _AT_ONCE):
        same = (
            and_(desk_answers.c.id == number, desk_answers.c.ref == ref)
            for ref, number in named[start : start + _AT_ONCE]
        )
        for row in read(ANSWERS.where(or_(*same))):
            record = record_of_answer(row)
            found[record.response_id] = record
    return found


def between(read: Read, tenant: str, since: datetime, until: datetime) -> list[DecisionRecord]:
    """What people answered to a tenant's cases from ``since`` until ``until``, the oldest first."""
    at = desk_answers.c.at
    found = ANSWERS.where(desk_cases.c.tenant == tenant, at >= since, at < until)
    return [record_of_answer(row) for row in read(found.order_by(at, desk_answers.c.id))]


def told_in_query(ref: str, answer_id: int) -> Select[Any]:
    """The ``response_id`` of the chat answer that told a person's answer; null while none has."""
    return select(desk_answers.c.response_id).where(desk_answers.c.id == answer_id, desk_answers.c.ref == ref)


def told_by_query(response_id: str) -> Select[Any]:
    """The people's answers that a chat answer told."""
    return select(desk_answers.c.ref, desk_answers.c.id).where(desk_answers.c.response_id == response_id)


def record_of_answer(row: Row[Any]) -> DecisionRecord:
    """It was given when the chat told it, as far as that is known; else when the person sent it."""
    # The date that a question named is its own; one that names none has the time at which it was answered.
    dated = row.policy_date is not None and row.policy_date != row.asked_at
    record = DecisionRecord(
        response_id=told_id(row.ref, row.id),
        created_at=row.delivered_at or row.at,
        route=row.route,
        mode="enforce",
        decision="deliver",
        verified=row.verified,
        model="",
        conversation_id=row.conversation_id,
        customer_id=row.customer_id,
        trace_id=row.trace_id,
        question=row.question,
        policy_date=row.policy_date if dated else row.at,
        choices=[_choice(row.text, row.claims)],
        versions=row.versions or {},
        escalation_ref=row.ref,
        tenant=row.tenant,
        request=row.request,
        context=row.context,
        answered_by=row.author,
        owner=row.author,
    )
    return decision_as_kept(record, StoreText(row.store_text))


def _choice(text: str | None, claims: list[JsonObject]) -> JsonObject:
    place = {"start": 0, "end": len(text or ""), "person": True}
    return {"choice": 0, "model_text": None, "delivered_text": text, "claims": claims, "said_first": [place]}


ANSWERS: Select[Any] = (
    select(
        desk_answers,
        desk_cases.c.tenant,
        desk_cases.c.customer_id,
        escalations.c.conversation_id,
        escalations.c.route,
        escalations.c.trace_id,
        escalations.c.question,
        decisions.c.created_at.label("asked_at"),
        decisions.c.policy_date,
        decisions.c.versions,
        decisions.c.request,
        decisions.c.context,
    )
    .join_from(desk_answers, desk_cases, desk_cases.c.ref == desk_answers.c.ref)
    .join(escalations, escalations.c.ref == desk_answers.c.ref)
    .outerjoin(decisions, decisions.c.response_id == escalations.c.response_id)
)
