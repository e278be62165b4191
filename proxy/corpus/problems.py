"""What is wrong in a corpus, in words for the person who wrote the file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """An error keeps a document out of the corpus, at its last good version, or from doing what it says.

    A warning is probably a mistake; a note is worth a second look.
    """

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in one file: where, what, and what to do about it.

    ``path`` is relative to the corpus folder; ``line`` counts from 1, None where no line is to blame.
    """

    path: str
    line: int | None
    message: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        place = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{place}: {self.message}"


class CorpusError(Exception):
    """A document, or the corpus itself, cannot be read; ``problem`` says where and why."""

    def __init__(self, path: str, line: int | None, message: str) -> None:
        self.problem = Problem(path, line, message)
        super().__init__(str(self.problem))
