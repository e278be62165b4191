"""A corpus folder through all checks, for ``cxai corpus lint``."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from proxy.authoring.lint.papers import Papers
from proxy.authoring.lint.registry import CHECKS, READING
from proxy.corpus.folder import SourceReading, read_source
from proxy.corpus.problems import Problem
from proxy.corpus.sources import open_source


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem, and the check that found it."""

    check: str
    problem: Problem


def lint(folder: Path | str, *, now: datetime | None = None, skip: Collection[str] = ()) -> list[Finding]:
    """Everything that is wrong or doubtful in the folder (or ``folder@revision``), by path and line.

    ``now`` decides what has expired; by default the present moment. ``skip`` names checks to leave out; what cannot
    be read is always said.

    Raises:
        CorpusError: the folder is not there.
    """
    source = open_source(folder)
    reading = read_source(source)
    papers = Papers(reading.documents, now or datetime.now(UTC), source.has)
    found = [Finding(READING, problem) for problem in _unread(reading)]
    for name, check in CHECKS.items():
        if name not in skip:
            found += [Finding(name, problem) for problem in check(papers)]
    return sorted(found, key=_place)


def _unread(reading: SourceReading) -> Iterator[Problem]:
    yield from reading.problems
    yield from reading.warnings
    if not reading.documents and not reading.problems:
        yield Problem(".", None, "no document in it; put policies (.md, .pdf, .docx, .html) here")


def _place(finding: Finding) -> tuple[str, int, str]:
    return finding.problem.path, finding.problem.line or 0, finding.problem.message
