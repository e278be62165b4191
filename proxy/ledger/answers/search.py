"""Finds answers again: by what was asked and said, by customer, decision, document, section, verdict and rule.

    found = ledger.answer_search.page(AnswerQuery(tenant="default", text="90 days", document="airline/refunds"))

What is searched is what is kept (``store_text``): masked texts are found by what is not covered, and where no text is
kept an answer is found by everything else.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, func, insert, or_, select

from proxy.ledger.database import Read, insert_new
from proxy.ledger.records import DecisionRecord, JsonObject
from proxy.ledger.rows import record_of, storable
from proxy.ledger.schema import answer_marks, answer_texts, decisions
from proxy.ledger.writer import LARGEST_BITE, Submit, lock_named

DOCUMENT, SECTION, VERDICT, RULE = KINDS = ("document", "section", "verdict", "rule")
BETWEEN = " › "  # a document's id and the path of a section in it
_TEXTS = ("model_text", "delivered_text", "would_deliver", "refusal")
_MOST_WORDS = 12  # of a search; further ones do not count


@dataclass(frozen=True, slots=True)
class AnswerQuery:
    """What is looked for; all of it has to hold. ``since`` is inclusive, ``until`` exclusive.

    ``text`` are words, or a "phrase in quotes", anywhere in question and answer, in any case. ``section`` is a path in
    ``document``.
    """

    tenant: str
    text: str = ""
    customer_id: str = ""
    decision: str = ""
    document: str = ""
    section: str = ""
    verdict: str = ""
    rule: str = ""
    mode: str = ""
    conversation_id: str = ""
    verified: bool | None = None
    since: datetime | None = None
    until: datetime | None = None


class After(NamedTuple):
    """Where a page ends; the next one begins behind it."""

    at: datetime
    response_id: str


class AnswerSearch:
    """Made by ``Ledger.answer_search``. All methods raise LedgerError."""

    def __init__(self, read: Read, submit: Submit) -> None:
        self._read = read
        self._submit = submit

    def page(
        self, query: AnswerQuery, *, after: After | None = None, limit: int = 50
    ) -> list[DecisionRecord]:
        """The answers that fit, newest first; those behind ``after``."""
        return [record_of(DecisionRecord, row) for row in self._read(_page(query, after, limit))]

    def counted(
        self, tenant: str, kind: str, since: datetime | None = None, within: str = ""
    ) -> Counter[str]:
        """In how many answers each document, section, verdict or rule is; ``within`` is how its name begins."""
        marks = answer_marks.c
        found = select(marks.value, func.count().label("answers")).where(
            marks.tenant == tenant, marks.kind == kind
        )
        if since is not None:
            found = found.where(marks.created_at >= since)
        if within:
            found = found.where(marks.value >= within, marks.value < within + "\U0010ffff")
        return Counter({row.value: row.answers for row in self._read(found.group_by(marks.value))})

    def fill(self) -> int:
        """Enter a bite of decisions that are not entered yet, the newest first; how many they were."""
        entered = select(answer_texts.c.response_id).where(
            answer_texts.c.response_id == decisions.c.response_id
        )
        missing = select(decisions.c.response_id).where(~entered.exists())
        # Looked for without the right to write, which answers that are recorded meanwhile need.
        rows = self._read(missing.order_by(decisions.c.created_at.desc()).limit(LARGEST_BITE))
        chosen = select(decisions).where(decisions.c.response_id.in_([row.response_id for row in rows]))

        def write(connection: Connection) -> None:
            for row in connection.execute(chosen).all():
                enter(connection, dict(row._mapping))

        if rows:
            self._submit(write, lock=lock_named("answer search")).result()
        return len(rows)


def enter(connection: Connection, row: Mapping[str, Any]) -> None:
    """Make a decision that stands in the ledger as this row findable; once, however often it is entered."""
    named = {name: row[name] for name in ("response_id", "tenant", "created_at")}
    connection.execute(insert_new(connection, answer_texts), {**named, "words": _words(row)})
    marks = [{**named, "kind": kind, "value": value} for kind, value in dict.fromkeys(_marks(row))]
    if marks:
        connection.execute(insert_new(connection, answer_marks), marks)


def put_back(connection: Connection, row: Mapping[str, Any]) -> None:
    """Put a decision that was removed just now back in another form."""
    connection.execute(insert(decisions), dict(row))
    enter(connection, row)


def folded(text: str) -> str:
    """A text as it is searched: without differences of case, width and spacing."""
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).split())


def _words(row: Mapping[str, Any]) -> str:
    texts = [row["question"], *(text for choice in row["choices"] or () for text in _said(choice))]
    return str(storable("\n".join(dict.fromkeys(folded(text) for text in texts if text))))


def _said(choice: JsonObject) -> Iterator[str]:
    for name in _TEXTS:
        if isinstance(choice.get(name), str):
            yield choice[name]


def _marks(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for choice in row["choices"] or ():
        yield from _rules(choice.get("rules"))
        for claim in choice.get("claims") or ():
            yield VERDICT, str(claim.get("verdict") or "unverified")
            for evidence in claim.get("evidence") or ():
                document, section = evidence.get("document"), evidence.get("section")
                if document:
                    yield DOCUMENT, str(document)
                if document and section:
                    yield SECTION, f"{document}{BETWEEN}{section}"
    yield from _rules(row["rules"])


def _rules(fired: Iterable[JsonObject] | None) -> Iterator[tuple[str, str]]:
    yield from ((RULE, str(one["rule"])) for one in fired or () if one.get("rule"))


def _page(query: AnswerQuery, after: After | None, limit: int) -> Select[Any]:
    """Led by a mark, the customer or the conversation; else by time, in the tenant's own order."""
    marks = list(_wanted_marks(query))
    found = select(decisions).where(decisions.c.tenant == query.tenant)
    at: Any = decisions.c.created_at
    for number, (kind, value) in enumerate(marks):
        table = answer_marks.alias(f"mark_{number}")
        found = found.join(table, table.c.response_id == decisions.c.response_id).where(
            table.c.tenant == query.tenant, table.c.kind == kind, table.c.value == value
        )
        at = table.c.created_at if number == 0 else at
    if _of_few(query):
        said = select(answer_texts.c.response_id).where(
            answer_texts.c.response_id == decisions.c.response_id, *_saying(query.text)
        )
        found = found.where(said.correlate(decisions).exists()) if query.text else found
    elif query.text or not marks:
        found = found.join(answer_texts, answer_texts.c.response_id == decisions.c.response_id).where(
            answer_texts.c.tenant == query.tenant, *_saying(query.text)
        )
        at = at if marks else answer_texts.c.created_at
    found = found.where(*_plain(query), *_in_time(query, at))
    if after is not None:
        later = and_(at == after.at, decisions.c.response_id > after.response_id)
        found = found.where(at <= after.at, or_(at < after.at, later))
    return found.order_by(at.desc(), decisions.c.response_id).limit(limit)


def _of_few(query: AnswerQuery) -> bool:
    """Whether the answers are few before their words are looked at."""
    return bool(query.customer_id or query.conversation_id)


def _wanted_marks(query: AnswerQuery) -> Iterator[tuple[str, str]]:
    """The rarest first, as far as one can tell."""
    if query.section:
        yield SECTION, f"{query.document}{BETWEEN}{query.section}"
    if query.rule:
        yield RULE, query.rule
    if query.document and not query.section:
        yield DOCUMENT, query.document
    if query.verdict:
        yield VERDICT, query.verdict


def _plain(query: AnswerQuery) -> Iterator[ColumnElement[bool]]:
    columns = ("customer_id", "decision", "mode", "conversation_id")
    wanted = ((name, getattr(query, name)) for name in columns)
    yield from (decisions.c[name] == storable(value) for name, value in wanted if value)
    if query.verified is not None:
        yield decisions.c.verified == query.verified


def _in_time(query: AnswerQuery, at: Any) -> Iterator[ColumnElement[bool]]:
    if query.since is not None:
        yield at >= query.since
    if query.until is not None:
        yield at < query.until


def _saying(text: str) -> Iterator[ColumnElement[bool]]:
    for wanted in wanted_words(text):
        yield answer_texts.c.words.contains(storable(wanted), autoescape=True)


def wanted_words(text: str) -> list[str]:
    """The words and quoted phrases of a search, folded; each has to be there."""
    found = []
    for number, piece in enumerate(text.replace("“", '"').replace("”", '"').split('"')):
        found += [folded(piece)] if number % 2 else folded(piece).split()
    return [piece for piece in found if piece][:_MOST_WORDS]
