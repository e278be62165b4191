"""What the checks look at: all documents of a folder at one moment, and what a check says about them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from proxy.authoring.lint.prose import Sentence, sentences_of
from proxy.corpus.documents import Document
from proxy.corpus.problems import Problem, Severity
from proxy.corpus.reading import ReadDocument


@dataclass(frozen=True)
class Papers:
    """The documents that could be read. ``now`` decides what has expired.

    ``has_file`` says whether the corpus folder has a file or folder at a path relative to it, documents or not.
    """

    read: Sequence[ReadDocument]
    now: datetime
    has_file: Callable[[str], bool]

    @cached_property
    def by_id(self) -> dict[str, Document]:
        return {item.document.id: item.document for item in self.read}

    @cached_property
    def sentences(self) -> dict[str, tuple[Sentence, ...]]:
        """Each document's sentences, by its id."""
        return {item.document.id: tuple(sentences_of(item.passages)) for item in self.read}

    def every_sentence(self) -> Iterator[Sentence]:
        for item in self.read:
            yield from self.sentences[item.document.id]


Check = Callable[[Papers], Iterator[Problem]]


def error(document: Document, line: int | None, message: str) -> Problem:
    return Problem(document.path, line, message)


def warning(document: Document, line: int | None, message: str) -> Problem:
    return Problem(document.path, line, message, Severity.WARNING)


def note(document: Document, line: int | None, message: str) -> Problem:
    return Problem(document.path, line, message, Severity.NOTE)
