"""Delivered sentences by their meaning: each distinct one has one vector, and all the places where it was said.

Vectors are kept in the ledger rather than in a file beside it: they go with the answers that they were made from, by
retention and by erasure, and all replicas share them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, delete, func, select

from proxy.ledger.database import Read, insert_new
from proxy.ledger.desk.told import is_persons, told_id
from proxy.ledger.recall import desk_sentences
from proxy.ledger.records import DecisionRecord
from proxy.ledger.references import digest_for
from proxy.ledger.rows import record_of
from proxy.ledger.schema import decisions, desk_sentence_places, sentence_places, sentences
from proxy.ledger.writer import Submit, lock_named

NO_SENTENCE = -1  # the choice of the row that says that an answer has none
_LOCK = lock_named("sentences")
_AT_ONCE = 500  # names in one query
_PAGE = 20_000  # vectors in memory beside the result


@dataclass(frozen=True, slots=True)
class Said:
    """A delivered sentence: the characters ``begins`` to ``ends`` of a choice's text. ``reading`` is what it says."""

    choice: int
    begins: int
    ends: int
    reading: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sentence was said, when, and to whom as far as that is known."""

    sentence_id: int
    response_id: str
    choice: int
    begins: int
    ends: int
    at: datetime
    customer_id: str | None = None
    conversation_id: str | None = None


class Sentences:
    """Made by ``Ledger.sentences``. All methods raise LedgerError; what they write is durable when they return.

    ``model`` names what made the vectors. Those of two models are never compared.
    """

    def __init__(self, read: Read, submit: Submit) -> None:
        self._read = read
        self._submit = submit

    def missing(self, limit: int, tenant: str | None = None, skip: int = 0) -> list[DecisionRecord]:
        """Answers whose sentences are not entered yet, the newest first but for ``skip`` of them."""
        found = (
            select(decisions)
            .where(~_entered())
            .order_by(decisions.c.created_at.desc())
            .limit(limit)
            .offset(skip)
        )
        records = [record_of(DecisionRecord, row) for row in self._read(_of(found, tenant))]
        left = limit - len(records)
        return [*records, *(desk_sentences.missing(self._read, left, tenant) if left else ())]

    def count_missing(self, tenant: str | None = None) -> int:
        found = select(func.count()).select_from(decisions).where(~_entered())
        of_people = desk_sentences.count_missing(self._read, tenant)
        return int(self._read(_of(found, tenant))[0][0]) + of_people

    def unknown(self, tenant: str, model: str, readings: Collection[str]) -> list[str]:
        """Those of the readings that have no vector yet, each once."""
        known: set[str] = set()
        wanted = {digest_for(tenant, reading): reading for reading in readings}
        for some in _bites(list(wanted)):
            found = select(sentences.c.digest).where(*_named(tenant, model, some))
            known.update(row.digest for row in self._read(found))
        return [reading for digest, reading in wanted.items() if digest not in known]

    def enter(
        self,
        entries: Sequence[tuple[DecisionRecord, Sequence[Said]]],
        model: str,
        vectors: Mapping[str, bytes],
    ) -> None:
        """Enter answers' sentences; ``vectors`` has, by their reading, those that were unknown."""

        def write(connection: Connection) -> None:
            for tenant in {record.tenant for record, _ in entries}:
                of_tenant = [(record, said) for record, said in entries if record.tenant == tenant]
                _enter(connection, tenant, of_tenant, model, vectors)

        self._submit(write, lock=_LOCK).result()

    def forget_other_models(self, model: str) -> None:
        """Remove what other models made; the answers are entered anew."""
        other = sentences.c.model != model
        if not self._read(select(sentences.c.id).where(other).limit(1)):
            return

        def write(connection: Connection) -> None:
            connection.execute(delete(sentences).where(other))

        self._submit(write, lock=_LOCK).result()

    def vectors(self, tenant: str, model: str) -> Iterator[tuple[int, bytes]]:
        """All sentences of a tenant's, by their ids, with their vectors."""
        after = 0
        while True:
            page = select(sentences.c.id, sentences.c.vector).where(
                sentences.c.tenant == tenant, sentences.c.model == model, sentences.c.id > after
            )
            rows = self._read(page.order_by(sentences.c.id).limit(_PAGE))
            if not rows:
                return
            yield from ((row.id, row.vector) for row in rows)
            after = rows[-1].id

    def said(self, tenant: str, since: datetime | None, until: datetime | None) -> Iterator[int]:
        """The ids of all sentences that were said in a period; one that was said in two ways may come twice."""
        by_chat = select(sentence_places.c.sentence_id).where(sentence_places.c.tenant == tenant)
        by_people = desk_sentences.said_query(tenant)
        for found, place in ((by_chat, sentence_places.c), (by_people, desk_sentence_places.c)):
            found = found.where(place.sentence_id.is_not(None), *_within(place.created_at, since, until))
            yield from (row.sentence_id for row in self._read(found.distinct()))

    def places(
        self,
        tenant: str,
        sentence_ids: Sequence[int],
        *,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterator[Place]:
        """Where these sentences were said in a period, the newest first for each."""
        place = sentence_places.c
        for some in _bites(sentence_ids):
            found = _PLACES.where(place.tenant == tenant, place.sentence_id.in_(some))
            found = found.where(*_within(place.created_at, since, until))
            by_people = desk_sentences.places_query(tenant, some, since, until)
            told = [record_of(Place, row) for row in self._read(found)]
            told += [_persons_place(row) for row in self._read(by_people)]
            yield from sorted(told, key=lambda one: (one.sentence_id, -one.at.timestamp(), one.response_id))


def forget_unsaid(connection: Connection, sentence_ids: Sequence[int]) -> None:
    """Remove those of the sentences that no answer says any more: a vector tells something of its text."""
    unsaid = [
        ~select(place.c.sentence_id).where(place.c.sentence_id == sentences.c.id).exists()
        for place in (sentence_places, desk_sentence_places)
    ]
    for some in _bites(sentence_ids):
        connection.execute(delete(sentences).where(sentences.c.id.in_(some), *unsaid))


def said_in(connection: Connection, response_ids: Sequence[str]) -> list[int]:
    """The ids of the sentences that these answers say."""
    found = select(sentence_places.c.sentence_id).distinct()
    of_these = sentence_places.c.response_id.in_(response_ids), sentence_places.c.sentence_id.is_not(None)
    return list(connection.execute(found.where(*of_these)).scalars())


def _enter(
    connection: Connection,
    tenant: str,
    entries: Sequence[tuple[DecisionRecord, Sequence[Said]]],
    model: str,
    vectors: Mapping[str, bytes],
) -> None:
    digests = {one.reading: digest_for(tenant, one.reading) for _, said in entries for one in said}
    rows = [
        {"tenant": tenant, "model": model, "digest": digest, "vector": vectors[reading]}
        for reading, digest in digests.items()
        if reading in vectors
    ]
    if rows:
        connection.execute(insert_new(connection, sentences), rows)
    ids: dict[str, int] = {}
    for some in _bites(list(digests.values())):
        found = select(sentences.c.digest, sentences.c.id).where(*_named(tenant, model, some))
        ids.update((row.digest, row.id) for row in connection.execute(found))
    # What was removed since it was looked for has no id: its answer is entered at the next time.
    known = [
        (record, [(one, ids[digests[one.reading]]) for one in said])
        for record, said in entries
        if all(digests[one.reading] in ids for one in said)
    ]
    by_people = [entry for entry in known if is_persons(entry[0])]
    desk_sentences.enter(
        connection,
        [(record, [(one.begins, one.ends, id) for one, id in said]) for record, said in by_people],
    )
    _enter_places(connection, [entry for entry in known if not is_persons(entry[0])])


def _enter_places(
    connection: Connection, entries: Sequence[tuple[DecisionRecord, Sequence[tuple[Said, int]]]]
) -> None:
    """Where the chat's answers say what; those that are gone meanwhile are left out."""
    there = select(decisions.c.response_id).where(
        decisions.c.response_id.in_([record.response_id for record, _ in entries])
    )
    still = set(connection.execute(there).scalars())
    places = [row for record, said in entries if record.response_id in still for row in _places(record, said)]
    if places:
        connection.execute(insert_new(connection, sentence_places), places)


def _persons_place(row: Row[Any]) -> Place:
    return Place(
        sentence_id=row.sentence_id,
        response_id=told_id(row.ref, row.id),
        choice=0,
        begins=row.begins,
        ends=row.ends,
        at=row.at,
        customer_id=row.customer_id,
        conversation_id=row.conversation_id,
    )


def _places(record: DecisionRecord, said: Sequence[tuple[Said, int]]) -> Iterator[dict[str, Any]]:
    named = {
        "response_id": record.response_id,
        "tenant": record.tenant,
        "created_at": record.created_at,
    }
    for one, sentence_id in said:
        yield {
            **named,
            "choice": one.choice,
            "begins": one.begins,
            "ends": one.ends,
            "sentence_id": sentence_id,
        }
    if not said:
        yield {**named, "choice": NO_SENTENCE, "begins": 0, "ends": 0, "sentence_id": None}


_PLACES = select(
    *(sentence_places.c[name] for name in ("sentence_id", "response_id", "choice", "begins", "ends")),
    sentence_places.c.created_at.label("at"),
    decisions.c.customer_id,
    decisions.c.conversation_id,
).join(decisions, decisions.c.response_id == sentence_places.c.response_id)


def _entered() -> Any:
    place = sentence_places.c
    return select(place.response_id).where(place.response_id == decisions.c.response_id).exists()


def _of(found: Select[Any], tenant: str | None) -> Select[Any]:
    return found if tenant is None else found.where(decisions.c.tenant == tenant)


def _named(tenant: str, model: str, digests: Sequence[str]) -> tuple[Any, ...]:
    return sentences.c.tenant == tenant, sentences.c.model == model, sentences.c.digest.in_(digests)


def _within(at: Any, since: datetime | None, until: datetime | None) -> Iterator[ColumnElement[bool]]:
    if since is not None:
        yield at >= since
    if until is not None:
        yield at < until


def _bites(names: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(names), _AT_ONCE):
        yield names[start : start + _AT_ONCE]
