"""Evidence as a reviewer reads it: the deciding words marked in their document, with what stands around them.

The document is the version that was in force when the answer was given, found by its content hash; what stands in
the corpus folder today is never read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

from proxy.corpus.documents import Passage, PassageKind
from proxy.corpus.problems import CorpusError
from proxy.corpus.reading import ReadDocument, read_content
from proxy.ledger.ledger import Ledger
from proxy.review.answers import Quote

NEIGHBOURS = 2  # passages that are readable before and after the deciding one without opening the rest


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text; ``marked`` where it is the deciding one."""

    text: str
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph, list item or table row; ``heading`` is told where another section begins with it."""

    pieces: tuple[Piece, ...]
    line_start: int
    line_end: int
    kind: str
    heading: str | None = None


@dataclass(frozen=True, slots=True)
class ShownPassage:
    """The deciding passage in its document. ``above`` and ``below`` are the rest of it, beyond the neighbours."""

    document: str
    title: str
    section: str
    content_hash: str
    owner: str | None
    effective_from: datetime | None
    effective_to: datetime | None
    above: tuple[Block, ...]
    near: tuple[Block, ...]
    below: tuple[Block, ...]
    line_start: int
    line_end: int


@dataclass(frozen=True, slots=True)
class LooseQuote:
    """Evidence that is no document of ours (a tool's result, a context fact), or one whose text is not kept."""

    document: str
    section: str
    quote: str
    why: str


Shown = ShownPassage | LooseQuote
NOT_KEPT = "The text of this document's version is no longer kept; this is what was quoted from it."
NO_DOCUMENT = "This comes from the customer's own records, not from a policy document."
NOT_QUOTED = "What the operator's system message says is not shown."


class DocumentsThen:
    """The documents that a corpus version names. Reads each of them once."""

    def __init__(self, ledger: Ledger, version: str | None) -> None:
        self._ledger = ledger
        self._hashes: Mapping[str, str] = ledger.corpus_version(version) if version else {}
        self._read: dict[str, ReadDocument | None] = {}

    def document(self, document_id: str) -> ReadDocument | None:
        """The version that was in force then; None where it is not kept."""
        if document_id not in self._read:
            self._read[document_id] = self._load(document_id)
        return self._read[document_id]

    def _load(self, document_id: str) -> ReadDocument | None:
        content_hash = self._hashes.get(document_id)
        content = self._ledger.document_content(content_hash) if content_hash else None
        if content is None:
            return None
        placed = self._ledger.document_versions(document_id)
        path = next((one.path for one in placed if one.content_hash == content_hash), "policy.md")
        try:  # the suffix says how it is read; where the folder lay is nobody's business
            return read_content(document_id + PurePosixPath(path).suffix, content)
        except CorpusError:
            return None


def shown(evidence: Quote, documents: DocumentsThen) -> Shown:
    """One piece of a claim's evidence as it is read on the page."""
    document, section, quote = evidence.document, evidence.section or "", evidence.quote
    if quote is None:
        return LooseQuote(document, section, "", NOT_QUOTED)
    read = None if _is_fact(document) else documents.document(document)
    if read is None:
        return LooseQuote(document, section, quote, NO_DOCUMENT if _is_fact(document) else NOT_KEPT)
    found = passage_of(read.passages, section, quote)
    return (
        LooseQuote(document, section, quote, NOT_KEPT) if found is None else in_document(read, found, quote)
    )


def passage_of(passages: Sequence[Passage], section: str, quote: str) -> Passage | None:
    """The passage that a quote was taken from, first where the section says so."""
    holding = [one for one in passages if quote in one.text or quote in one.reading]
    return next((one for one in holding if one.section == section), holding[0] if holding else None)


def in_document(read: ReadDocument, passage: Passage, quote: str) -> ShownPassage:
    """The passage with its quote marked, its neighbours, and the rest of the document."""
    passages, at = read.passages, read.passages.index(passage)
    blocks = [
        _block(one, before, quote if one is passage else None)
        for one, before in zip(passages, (None, *passages), strict=False)
    ]
    first, last = max(0, at - NEIGHBOURS), at + NEIGHBOURS + 1
    document = read.document
    return ShownPassage(
        document=document.id,
        title=document.title,
        section=passage.section,
        content_hash=document.content_hash,
        owner=document.owner,
        effective_from=document.effective_from,
        effective_to=document.effective_to,
        above=tuple(blocks[:first]),
        near=tuple(blocks[first:last]),
        below=tuple(blocks[last:]),
        line_start=passage.line_start,
        line_end=passage.line_end,
    )


def _block(passage: Passage, before: Passage | None, quote: str | None) -> Block:
    begins = before is None or before.heading_path != passage.heading_path
    heading = (passage.heading_path[-1] if passage.heading_path else None) if begins else None
    pieces = (Piece(passage.reading),) if quote is None else _marked(passage, quote)
    return Block(pieces, passage.line_start, passage.line_end, passage.kind.value, heading)


def _marked(passage: Passage, quote: str) -> tuple[Piece, ...]:
    """Without Markdown marks where the quote reads the same without them, else as it was written.

    A table's row is quoted whole, and read with its column heads.
    """
    if passage.kind is PassageKind.TABLE_ROW and quote == passage.text:
        return (Piece(passage.reading, marked=True),)
    for text in (passage.reading, passage.text):
        before, found, after = text.partition(quote)
        if found:
            pieces = (Piece(before), Piece(found, marked=True), Piece(after))
            return tuple(piece for piece in pieces if piece.text)
    return (Piece(passage.reading, marked=True),)


def _is_fact(document: str) -> bool:
    return document.startswith(("tool:", "context:"))
