"""Which documents are versions of one another: by ``supersedes``, or by their titles."""

from __future__ import annotations

import re

from proxy.authoring.lint.papers import Papers
from proxy.corpus.reading import ReadDocument
from proxy.corpus.validity import superseded_id

_VERSION = re.compile(
    r"\((?:v|version|from|until|valid)?[\s\d./-]*\)|\bv(?:ersion)?\.?\s*\d+(?:\.\d+)*|\b(?:19|20)\d\d\b", re.I
)


def families(papers: Papers) -> list[list[ReadDocument]]:
    """The documents that have others of their kind, in groups; each in the order of the papers."""
    family_of: dict[str, int] = {}
    by_title: dict[str, int] = {}
    for number, item in enumerate(papers.read):
        family_of[item.document.id] = by_title.setdefault(without_version(item.document.title), number)
    for item in papers.read:
        target = superseded_id(item.document, papers.by_id)
        if target in papers.by_id:
            _join(family_of, item.document.id, str(target))
    grouped: dict[int, list[ReadDocument]] = {}
    for item in papers.read:
        grouped.setdefault(family_of[item.document.id], []).append(item)
    return list(grouped.values())


def _join(family_of: dict[str, int], first: str, second: str) -> None:
    kept, joined = family_of[first], family_of[second]
    for name, family in family_of.items():
        family_of[name] = kept if family == joined else family


def without_version(title: str) -> str:
    """``Price changes (2024)`` and ``Price changes, version 2`` are versions of ``Price changes``."""
    return _VERSION.sub(" ", title).strip(" ,-:").casefold() or title.casefold()
