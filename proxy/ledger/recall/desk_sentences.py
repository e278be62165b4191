"""The sentences of what people answered to cases, as far as no answer of the chat has told it: another system may have.

What the chat tells stands in its answer's record, and is found there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from proxy.ledger.database import Read, insert_new
from proxy.ledger.desk.told import ANSWERS, parts_of, record_of_answer
from proxy.ledger.records import DecisionRecord
from proxy.ledger.schema import desk_answers, desk_cases, desk_sentence_places, escalations

NO_SENTENCE = -1  # where the row begins that says that an answer has none

Piece = tuple[int, int, int | None]  # where a sentence begins and ends, and its id
_ANSWER = desk_answers.c
_PLACE = desk_sentence_places.c


def missing(read: Read, limit: int, tenant: str | None) -> list[DecisionRecord]:
    """Answers whose sentences are not entered yet, the newest first."""
    found = ANSWERS.where(*_missing(tenant)).order_by(_ANSWER.at.desc(), _ANSWER.id).limit(limit)
    return [record_of_answer(row) for row in read(found)]


def count_missing(read: Read, tenant: str | None) -> int:
    joined = desk_answers.join(desk_cases, desk_cases.c.ref == _ANSWER.ref)
    found = select(func.count().label("number")).select_from(joined).where(*_missing(tenant))
    return int(read(found)[0].number)


def enter(connection: Connection, entries: Sequence[tuple[DecisionRecord, Sequence[Piece]]]) -> None:
    """Note where answers say what; one that is gone meanwhile, or was told, is left out."""
    numbered = [(_number(record), record, pieces) for record, pieces in entries]
    there = select(_ANSWER.id).where(_ANSWER.id.in_([number for number, _, _ in numbered]), *_untold())
    still = set(connection.execute(there).scalars())
    rows = [
        {
            "answer_id": number,
            "begins": begins,
            "ends": ends,
            "created_at": record.created_at,
            "sentence_id": sentence_id,
        }
        for number, record, pieces in numbered
        for begins, ends, sentence_id in pieces or [(NO_SENTENCE, NO_SENTENCE, None)]
        if number in still
    ]
    if rows:
        connection.execute(insert_new(connection, desk_sentence_places), rows)


def places_query(
    tenant: str, sentence_ids: Sequence[int], since: datetime | None, until: datetime | None
) -> Select[Any]:
    """Where these sentences stand in answers of a period that no chat has told."""
    found = (
        select(
            _PLACE.sentence_id,
            _PLACE.begins,
            _PLACE.ends,
            _PLACE.created_at.label("at"),
            _ANSWER.ref,
            _ANSWER.id,
            desk_cases.c.customer_id,
            escalations.c.conversation_id,
        )
        .join_from(desk_sentence_places, desk_answers, _ANSWER.id == _PLACE.answer_id)
        .join(desk_cases, desk_cases.c.ref == _ANSWER.ref)
        .join(escalations, escalations.c.ref == _ANSWER.ref)
        .where(desk_cases.c.tenant == tenant, _PLACE.sentence_id.in_(sentence_ids), *_untold())
    )
    if since is not None:
        found = found.where(_PLACE.created_at >= since)
    return found if until is None else found.where(_PLACE.created_at < until)


def said_query(tenant: str) -> Select[Any]:
    """The sentences of answers that no chat has told."""
    return (
        select(_PLACE.sentence_id)
        .join_from(desk_sentence_places, desk_answers, _ANSWER.id == _PLACE.answer_id)
        .join(desk_cases, desk_cases.c.ref == _ANSWER.ref)
        .where(desk_cases.c.tenant == tenant, *_untold())
    )


def said_in_cases(connection: Connection, refs: Any) -> list[int]:
    """The ids of the sentences of the answers to these cases; ``refs`` are references, or a query for them."""
    found = (
        select(_PLACE.sentence_id)
        .distinct()
        .join_from(desk_sentence_places, desk_answers, _ANSWER.id == _PLACE.answer_id)
        .where(_ANSWER.ref.in_(refs), _PLACE.sentence_id.is_not(None))
    )
    return list(connection.execute(found).scalars())


def _missing(tenant: str | None) -> Iterator[ColumnElement[bool]]:
    entered = select(_PLACE.answer_id).where(_PLACE.answer_id == _ANSWER.id)
    yield from (*_untold(), ~entered.exists())
    if tenant is not None:
        yield desk_cases.c.tenant == tenant


def _untold() -> tuple[ColumnElement[bool], ...]:
    return _ANSWER.response_id.is_(None), _ANSWER.text.is_not(None)


def _number(record: DecisionRecord) -> int:
    named = parts_of(record.response_id)
    assert named is not None, "it is a person's"
    return named[1]
