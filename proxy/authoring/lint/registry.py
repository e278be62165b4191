"""All checks by their names, as findings, ``--skip`` and docs/corpus.md name them. A new one is a file and a line."""

from __future__ import annotations

from proxy.authoring.lint import (
    dates,
    duplicates,
    front_matter,
    links,
    numbers,
    sections,
    supersedes,
    terms,
    wording,
)
from proxy.authoring.lint.papers import Check

READING = "reading"  # what the corpus itself finds when it reads the files

CHECKS: dict[str, Check] = {
    "front-matter": front_matter.check,
    "sections": sections.check,
    "supersedes": supersedes.check,
    "dates": dates.check,
    "links": links.check,
    "wording": wording.check,
    "terms": terms.check,
    "numbers": numbers.check,
    "duplicates": duplicates.check,
}
