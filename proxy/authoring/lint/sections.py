"""Headings under which nothing stands."""

from __future__ import annotations

from collections.abc import Iterator

from proxy.authoring.lint.papers import Papers, warning
from proxy.corpus.problems import Problem

_EMPTY = "is empty, and a heading alone proves nothing; write it or remove it"


def check(papers: Papers) -> Iterator[Problem]:
    for item in papers.read:
        for heading in item.empty_headings:
            yield warning(item.document, heading.line, f'the section "{heading.text}" {_EMPTY}')
