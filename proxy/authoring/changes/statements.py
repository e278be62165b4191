"""What documents say, statement by statement: each sentence, list item and table row with its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from proxy.corpus.documents import Passage, PassageKind
from proxy.corpus.reading import ReadDocument
from proxy.grounding.policy.clauses import sentences_of


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence, list item or table row; ``text`` is how it reads by itself, ``line`` counts from 1.

    ``section`` is the path of headings below the document's title, "" above the first of them. ``row`` says that the
    text is a table row: cells with their heads, each ending in a full stop.
    """

    document: str
    section: str
    text: str
    line: int
    passage: Passage

    @property
    def row(self) -> bool:
        return self.passage.kind is PassageKind.TABLE_ROW


def statements_of(documents: Iterable[ReadDocument]) -> list[Statement]:
    """All statements of these documents, in their order."""
    return [statement for read in documents for statement in _of_document(read)]


def _of_document(read: ReadDocument) -> Iterator[Statement]:
    leads: set[tuple[str, str]] = set()
    for passage in read.passages:
        section = " › ".join(passage.heading_path[1:])
        for text in _texts(passage):
            if text.endswith(":"):
                # The words before a list stand in the reading of each of its items; they are one statement.
                if (section, text) in leads or text.rstrip(":") == passage.heading_path[-1]:
                    continue
                leads.add((section, text))
            yield Statement(read.document.id, section, text, passage.line_start, passage)


def _texts(passage: Passage) -> tuple[str, ...]:
    reading = passage.reading.strip()
    whole = passage.kind in (PassageKind.TABLE_ROW, PassageKind.CODE)
    return (reading,) if whole else sentences_of(reading)
