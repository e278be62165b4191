"""``supersedes`` that names nothing, goes round in a circle, or comes too early."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from proxy.authoring.lint.papers import Papers, error, warning
from proxy.corpus.documents import Document
from proxy.corpus.problems import Problem
from proxy.corpus.reading import ReadDocument
from proxy.corpus.validity import is_circular, superseded_id
from proxy.rules.mistakes import near


def check(papers: Papers) -> Iterator[Problem]:
    for item in papers.read:
        target = superseded_id(item.document, papers.by_id)
        if target is not None:
            yield from _superseding(item, target, papers.by_id)


def _superseding(item: ReadDocument, target: str, by_id: Mapping[str, Document]) -> Iterator[Problem]:
    line = item.line_of("supersedes")
    if target not in by_id:
        hint = near(target, list(by_id), cutoff=0.5) or "; write the id of a document, its path without .md"
        yield error(item.document, line, f'"supersedes" names "{target}", which does not exist{hint}')
    elif is_circular(item.document, by_id):
        message = (
            f'"supersedes" goes round in a circle with "{target}", and is not followed; remove one of them'
        )
        yield error(item.document, line, message)
    elif _starts_before(item.document, by_id[target]):
        message = f'the document is in force before "{target}", which it supersedes; correct "effective_from"'
        yield warning(item.document, line, message)


def _starts_before(document: Document, superseded: Document) -> bool:
    if superseded.effective_from is None:
        return False
    return document.effective_from is None or document.effective_from < superseded.effective_from
