"""All files of a source, read: the documents, and what is wrong with the others."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import structlog

from proxy.corpus.problems import CorpusError, Problem, Severity
from proxy.corpus.reading import ReadDocument, read_content
from proxy.corpus.sources import Source, SourceFile

_log = structlog.get_logger(__name__)
LastGood = Callable[[str], ReadDocument | None]


@dataclass(frozen=True, slots=True)
class SourceReading:
    """What one pass over a source gave, in the order of the paths.

    ``problems`` are errors: files that are not read, or not in their newest version. ``fresh`` are the documents that
    were parsed in this pass, with their bytes.
    """

    documents: tuple[ReadDocument, ...]
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    fresh: tuple[tuple[ReadDocument, bytes], ...]


def read_source(
    source: Source,
    *,
    unchanged: Mapping[str, ReadDocument] | None = None,
    last_good: LastGood | None = None,
) -> SourceReading:
    """Reads every file; one with the bytes of its entry in ``unchanged`` (by path) is not parsed again.

    A file that is there but broken is replaced by its last good version, where ``last_good`` knows one by its path;
    the problem then says what counts instead.

    Raises:
        CorpusError: the source itself is not there.
    """
    reader = _Reader(unchanged or {}, last_good)
    for found in source.read():
        reader.take(found)
    documents = tuple(reader.documents.values())
    warnings = (*reader.warnings, *(warning for item in documents for warning in item.warnings))
    return SourceReading(documents, tuple(reader.problems), warnings, tuple(reader.fresh))


class _Reader:
    """Collects one pass; ``documents`` are by id."""

    def __init__(self, unchanged: Mapping[str, ReadDocument], last_good: LastGood | None) -> None:
        self._unchanged = unchanged
        self._last_good = last_good
        self.documents: dict[str, ReadDocument] = {}
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []
        self.fresh: list[tuple[ReadDocument, bytes]] = []

    def take(self, found: SourceFile | Problem) -> None:
        if isinstance(found, Problem):
            self._broken(found)
            return
        known = self._unchanged.get(found.path)
        if known and known.document.content_hash == hashlib.sha256(found.content).hexdigest():
            self._add(known)
            return
        try:
            document = read_content(found.path, found.content)
        except CorpusError as error:
            self._broken(error.problem)
            return
        except Exception as error:  # a file that nobody foresaw must not take the others with it
            _log.exception("document not read", path=found.path)
            self._broken(
                Problem(found.path, None, f"the file cannot be read: {type(error).__name__}: {error}")
            )
            return
        if self._add(document):
            self.fresh.append((document, found.content))

    def _add(self, document: ReadDocument) -> bool:
        taken = self.documents.setdefault(document.document.id, document)
        if taken is document:
            return True
        message = f"{taken.document.path} has the same name, and only that one is read; rename or remove one of them"
        self.problems.append(Problem(document.document.path, None, message))
        return False

    def _broken(self, problem: Problem) -> None:
        if problem.severity is Severity.WARNING:
            self.warnings.append(problem)
            return
        if self._last_good is None:
            self.problems.append(problem)
            return
        document = self._last_good(problem.path)
        kept = document is not None and self._add(document)
        consequence = "its last good version counts" if kept else "it is not in the corpus"
        self.problems.append(replace(problem, message=f"{problem.message} (until then {consequence})"))
