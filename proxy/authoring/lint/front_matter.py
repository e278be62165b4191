"""Gaps and oddities in single documents' front matter; what cannot be read at all is found by the reading."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from proxy.authoring.lint.papers import Papers, warning
from proxy.corpus.documents import Document
from proxy.corpus.problems import Problem
from proxy.corpus.reading import ReadDocument

_RECOMMENDED = ("owner", "effective_from")
_LISTS = {"jurisdiction": "jurisdictions", "audience": "audiences"}
_ALIKE = 0.8  # of the letters of a market or audience: "custmer", not "DE" and "DK"


def check(papers: Papers) -> Iterator[Problem]:
    for item in papers.read:
        if item.key_lines:  # without any front matter there is one warning, of the reading
            yield from _missing(item)
            yield from _source(item)
    for key, field in _LISTS.items():
        yield from _rare_values(papers.read, key, field)


def _missing(item: ReadDocument) -> Iterator[Problem]:
    for key in _RECOMMENDED:
        if getattr(item.document, key) is None:
            yield warning(item.document, 1, f'the front matter has no "{key}"; add it')


def _source(item: ReadDocument) -> Iterator[Problem]:
    source = item.document.source
    if source and not source.startswith(("https://", "http://")):
        message = (
            f'"source" is "{source}", which customers cannot open; write the page\'s address, with https://'
        )
        yield warning(item.document, item.line_of("source"), message)


def _rare_values(read: Sequence[ReadDocument], key: str, field: str) -> Iterator[Problem]:
    """A misspelt audience or market is nobody's and nowhere, so that its document silently never counts."""
    counted = Counter(value for item in read for value in _folded(item.document, field))
    for item in read:
        for value in _folded(item.document, field):
            others = [other for other, times in counted.items() if other != value and times > counted[value]]
            near = get_close_matches(value, others, n=1, cutoff=_ALIKE)
            if near and len(value) > 3:
                message = f'"{key}" is "{value}" here and "{near[0]}" elsewhere; did you mean "{near[0]}"?'
                yield warning(item.document, item.line_of(key), message)


def _folded(document: Document, field: str) -> set[str]:
    return {value.casefold() for value in getattr(document, field)}
