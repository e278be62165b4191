"""What the corpus is made of: documents, their passages, and the scope that a question is asked in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fnmatch import fnmatchcase

CUSTOMER_AUDIENCE = "customer"


class Risk(StrEnum):
    """How much harm a wrong sentence about this document does; ``policies/`` may ask for more confidence by risk."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Document:
    """One version of one official document, as it was read.

    ``id`` is the path below the corpus folder without its suffix (``airline/bereavement-fares``), ``content_hash``
    the SHA-256 of the file's bytes in hex. ``effective_from`` is inclusive, ``effective_to`` exclusive; both are aware
    datetimes, and None means "always". Empty ``jurisdictions`` or ``audiences`` mean "everywhere" and "everybody".
    ``authority`` is higher for the more binding text (a tariff before a help page). Line offsets of passages count
    in ``text``, which is the whole file, front matter included.
    """

    id: str
    path: str
    title: str
    text: str
    content_hash: str
    owner: str | None = None
    effective_from: datetime | None = None
    effective_to: datetime | None = None
    jurisdictions: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    authority: int = 0
    risk: Risk = Risk.MEDIUM
    source: str | None = None
    supersedes: str | None = None


class PassageKind(StrEnum):
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    TABLE_ROW = "table_row"
    QUOTE = "quote"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a document that can prove something: a paragraph, list item or table row.

    ``text`` is exactly ``document.text[start:end]``; ``reading`` is how it reads by itself: without Markdown marks, a
    table row with its column heads ("Fare: Flex. Refund: full."), a list item after the sentence that introduces the
    list. ``heading_path`` runs from the document's title down. Lines count from 1, both ends included.
    """

    document: Document
    number: int
    kind: PassageKind
    heading_path: tuple[str, ...]
    text: str
    reading: str
    start: int
    end: int
    line_start: int
    line_end: int

    @property
    def id(self) -> str:
        return f"{self.document.id}#{self.number}"

    @property
    def section(self) -> str:
        return " › ".join(self.heading_path)


@dataclass(frozen=True, slots=True)
class Scope:
    """The policy date, jurisdiction and audience for which documents count as in force.

    ``documents`` are globs over their ids (``airline/*``): where several companies' documents share a corpus, a route
    names its own.
    """

    policy_date: datetime
    jurisdiction: str | None = None
    audience: str = CUSTOMER_AUDIENCE
    documents: tuple[str, ...] = ("*",)

    def names(self, document: Document) -> bool:
        return any(fnmatchcase(document.id, pattern) for pattern in self.documents)

    def admits(self, document: Document) -> bool:
        """Whether the document is in force at this date, for this jurisdiction and this audience.

        A scope without a jurisdiction admits the documents of every jurisdiction. Case does not count. What holds in
        ``CA`` holds in its subdivision ``CA-QC`` (ISO 3166-2), not the other way round. Successors are not looked at:
        ask the corpus.
        """
        if not self.names(document):
            return False
        if document.effective_from and self.policy_date < document.effective_from:
            return False
        if document.effective_to and self.policy_date >= document.effective_to:
            return False
        audience = self.audience.casefold()
        if document.audiences and all(audience != name.casefold() for name in document.audiences):
            return False
        if not self.jurisdiction or not document.jurisdictions:
            return True
        return place_admits(document.jurisdictions, self.jurisdiction)


def place_admits(jurisdictions: Sequence[str], place: str) -> bool:
    """Whether what holds in ``jurisdictions`` holds in ``place``: it is one of them, or within one of them."""
    folded = place.casefold()
    return any(folded == name or folded.startswith(f"{name}-") for name in map(str.casefold, jurisdictions))


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that retrieval brought for a claim.

    ``lexical`` is the BM25 score (>= 0, unbounded), ``semantic`` the cosine of the embeddings of the claim and of the
    passage's headings and reading (-1..1), ``score`` the two fused, which orders the hits (higher is better).
    """

    passage: Passage
    lexical: float
    semantic: float
    score: float
