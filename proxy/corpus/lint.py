"""What is wrong or doubtful in a corpus folder, with path, line and what to do; for ``cxai corpus lint``."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Container, Iterator, Sequence
from datetime import UTC, datetime
from difflib import get_close_matches
from itertools import combinations
from pathlib import Path

from proxy.corpus.documents import Document
from proxy.corpus.folder import read_source
from proxy.corpus.problems import Problem, Severity
from proxy.corpus.reading import ReadDocument
from proxy.corpus.sources import open_source
from proxy.corpus.validity import is_circular, overlap, successors, superseded_id

_VERSION = re.compile(
    r"\((?:v|version|from|until|valid)?[\s\d./-]*\)|\bv(?:ersion)?\.?\s*\d+(?:\.\d+)*|\b(?:19|20)\d\d\b", re.I
)
_RECOMMENDED = ("owner", "effective_from")


def lint(folder: Path | str, *, now: datetime | None = None) -> list[Problem]:
    """Every error and warning in the folder (or ``folder@revision``), by path and line.

    ``now`` decides what has expired; by default the present moment.

    Raises:
        CorpusError: the folder is not there.
    """
    reading = read_source(open_source(folder))
    found = [
        *reading.problems,
        *reading.warnings,
        *check_documents(reading.documents, now or datetime.now(UTC)),
    ]
    if not reading.documents and not reading.problems:
        found.append(Problem(".", None, "no document in it; put policies (.md, .pdf, .docx, .html) here"))
    return sorted(found, key=lambda problem: (problem.path, problem.line or 0, problem.message))


def check_documents(read: Sequence[ReadDocument], now: datetime) -> Iterator[Problem]:
    """What single files cannot show: gaps in their front matter, and how they stand to each other."""
    by_id = {item.document.id: item.document for item in read}
    replaced = successors(list(by_id.values()))
    for item in read:
        yield from _missing_keys(item)
        yield from _empty_sections(item)
        yield from _expired(item, replaced, now)
        yield from _superseding(item, by_id)
    yield from _same_titles(read, by_id)


def _warning(item: ReadDocument, key: str, message: str) -> Problem:
    return Problem(item.document.path, item.line_of(key), message, Severity.WARNING)


def _missing_keys(item: ReadDocument) -> Iterator[Problem]:
    if not item.key_lines:
        return  # there is no front matter at all, which has its own warning
    for key in _RECOMMENDED:
        if getattr(item.document, key) is None:
            yield Problem(item.document.path, 1, f'the front matter has no "{key}"; add it', Severity.WARNING)


def _empty_sections(item: ReadDocument) -> Iterator[Problem]:
    for heading in item.empty_headings:
        message = f'the section "{heading.text}" is empty, and a heading alone proves nothing; write it or remove it'
        yield Problem(item.document.path, heading.line, message, Severity.WARNING)


def _expired(item: ReadDocument, replaced: Container[str], now: datetime) -> Iterator[Problem]:
    """An old version with a successor is how it should be; one without leaves a gap that nobody may have meant."""
    end = item.document.effective_to
    if end and end <= now and item.document.id not in replaced:
        message = (
            "the document is no longer in force and nothing supersedes it; add its successor, or remove it"
        )
        yield _warning(item, "effective_to", message)


def _superseding(item: ReadDocument, by_id: dict[str, Document]) -> Iterator[Problem]:
    target = superseded_id(item.document, by_id)
    if target is None:
        return
    line = item.line_of("supersedes")
    if target not in by_id:
        near = _nearest(target, by_id)
        hint = f'; did you mean "{near}"?' if near else "; write the id of a document, its path without .md"
        yield Problem(item.document.path, line, f'"supersedes" names "{target}", which does not exist{hint}')
    elif is_circular(item.document, by_id):
        message = (
            f'"supersedes" goes round in a circle with "{target}", and is not followed; remove one of them'
        )
        yield Problem(item.document.path, line, message)
    elif _starts_before(item.document, by_id[target]):
        message = f'the document is in force before "{target}", which it supersedes; correct "effective_from"'
        yield Problem(item.document.path, line, message, Severity.WARNING)


def _nearest(target: str, by_id: dict[str, Document]) -> str | None:
    return next(iter(get_close_matches(target, list(by_id), n=1, cutoff=0.5)), None)


def _starts_before(document: Document, superseded: Document) -> bool:
    if superseded.effective_from is None:
        return False
    return document.effective_from is None or document.effective_from < superseded.effective_from


def _without_version(title: str) -> str:
    """``Price changes (2024)`` and ``Price changes, version 2`` are versions of ``Price changes``."""
    return _VERSION.sub(" ", title).strip(" ,-:").casefold() or title.casefold()


def _same_titles(read: Sequence[ReadDocument], by_id: dict[str, Document]) -> Iterator[Problem]:
    """Documents of one title that are in force together: two versions, or a confusing name."""
    by_title: dict[str, list[ReadDocument]] = defaultdict(list)
    for item in read:
        by_title[_without_version(item.document.title)].append(item)
    for items in by_title.values():
        for first, second in combinations(items, 2):
            together = overlap(first.document, second.document, by_id)
            if together:
                message = (
                    f'the title is that of "{first.document.id}", and both are in force {together}; if one replaces '
                    'the other, write "supersedes" into the newer one, else give it another title'
                )
                yield _warning(second, "title", message)
