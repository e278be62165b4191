"""Conflicts that are meant: ``intended_conflicts.yaml`` in the corpus folder, beside the documents it speaks of.

A mark names the two documents and a few words of each quote, so that it goes on holding when lines move, and stops
holding when the text changes: then somebody should look again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from proxy.authoring.conflicts.finding import DocumentConflict, Side
from proxy.corpus.documents import Document
from proxy.corpus.problems import CorpusError, Problem, Severity
from proxy.rules.match import Text, Written
from proxy.rules.mistakes import explain, near
from proxy.rules.yaml_lines import Located, YamlError, read_yaml

INTENDED_FILE = "intended_conflicts.yaml"
NOT_FOUND_NOW = (
    "no conflict is found between these words now; the mark holds as long as both documents say them, "
    "remove it where they mean the same by now"
)


class Mark(Written):
    """One conflict that somebody has looked at and wants to keep."""

    documents: Annotated[tuple[Text, ...], Field(min_length=2, max_length=2)]
    """The ids of the two documents; twice the same for two sections of one."""
    says: Annotated[tuple[Text, ...], Field(min_length=2, max_length=2)]
    """Some words of each quote, in the order of `documents`."""
    reason: Text
    """Why it is meant, for the next editor."""


@dataclass(frozen=True, slots=True)
class Marked:
    """Conflicts told apart: ``open`` ones, ``intended`` ones with their reasons, and marks that hold no longer."""

    open: tuple[DocumentConflict, ...]
    intended: tuple[tuple[DocumentConflict, str], ...]
    stale: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class IntendedConflicts:
    """The marks of a corpus, each with its line in the file."""

    marks: tuple[tuple[int, Mark], ...] = ()

    def sort_out(
        self,
        found: Sequence[DocumentConflict],
        documents: Sequence[Document],
        looked_at: Callable[[Document], bool] = lambda document: True,
    ) -> Marked:
        """Which conflicts are meant, and which marks fit none; those of documents not looked at may well fit."""
        texts = {document.id: document.text for document in documents}
        kept, intended, used = [], [], set()
        for conflict in found:
            mark = next((mark for mark in self.marks if _fits(mark[1], conflict)), None)
            if mark is None:
                kept.append(conflict)
            else:
                used.add(mark[0])
                intended.append((conflict, mark[1].reason))
        unseen = {document.id for document in documents if not looked_at(document)}
        stale = (
            _stale(line, mark, texts)
            for line, mark in self.marks
            if line not in used and not unseen & set(mark.documents)
        )
        return Marked(tuple(kept), tuple(intended), tuple(stale))


def read_intended(folder: Path) -> IntendedConflicts:
    """The marks of the folder's ``intended_conflicts.yaml``; none where there is no such file.

    Raises:
        CorpusError: the file is broken; the message has its line and what to write.
    """
    path = folder / INTENDED_FILE
    if not path.is_file():
        return IntendedConflicts()
    try:
        located = read_yaml(path.read_text(encoding="utf-8"))
    except YamlError as error:
        raise CorpusError(INTENDED_FILE, error.line, error.message) from None
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusError(
            INTENDED_FILE, None, f"the file cannot be read: {error}; save it as UTF-8"
        ) from None
    if located.data is None:
        return IntendedConflicts()
    if not isinstance(located.data, list):
        raise CorpusError(INTENDED_FILE, 1, 'must be a list: each mark starts with "- documents: [..., ...]"')
    return IntendedConflicts(tuple(_marks(located)))


def _marks(located: Located) -> Iterator[tuple[int, Mark]]:
    for number, written in enumerate(located.data):
        line = located.line_of((number,))
        if not isinstance(written, dict):
            raise CorpusError(INTENDED_FILE, line, 'a mark is "documents", "says" and "reason"')
        try:
            yield line, Mark.model_validate(written)
        except ValidationError as error:
            mistakes = explain(error, Mark)  # a misspelt key is why another one is missing
            mistake = next((one for one in mistakes if one.message.startswith("unknown")), mistakes[0])
            raise CorpusError(
                INTENDED_FILE, located.line_of((number, *mistake.path)), mistake.message
            ) from None


def _fits(mark: Mark, conflict: DocumentConflict) -> bool:
    return any(
        all(map(_is_said, mark.documents, mark.says, sides))
        for sides in (conflict.sides, conflict.sides[::-1])
    )


def _is_said(document: str, words: str, side: Side) -> bool:
    return side.document.id == document and _plain(words) in _plain(side.quote)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _stale(line: int, mark: Mark, texts: dict[str, str]) -> Problem:
    for document, words in zip(mark.documents, mark.says, strict=True):
        if document not in texts:
            hint = near(document, list(texts)) or "; write the id of a document, its path without .md"
            return _warning(line, f'the mark names "{document}", which does not exist{hint}')
        if _plain(words) not in _plain(texts[document]):
            return _warning(
                line,
                f'"{document}" no longer says "{words}"; look at the change, then correct or remove the mark',
            )
    # What is found depends a little on all documents (rare words weigh more), and both texts are as they were.
    return Problem(INTENDED_FILE, line, NOT_FOUND_NOW, Severity.NOTE)


def _warning(line: int, message: str) -> Problem:
    return Problem(INTENDED_FILE, line, message, Severity.WARNING)


def mark_for(conflict: DocumentConflict) -> str:
    """The YAML that marks a conflict as meant, ready to be pasted; the reason is left to the editor."""
    first, second = conflict.sides
    quotes = (" ".join(side.quote.split()).replace("'", "''") for side in conflict.sides)
    said = "\n".join(f"    - '{quote}'" for quote in quotes)
    return (
        f"- documents: [{first.document.id}, {second.document.id}]\n"
        f"  says:\n{said}\n"
        "  reason: ... why both are right\n"
    )
