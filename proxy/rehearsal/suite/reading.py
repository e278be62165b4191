"""Suites as files: every line is checked when one is opened; conversations are read as they are needed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from proxy.rehearsal.suite.model import Conversation, Head

FILE = "suite.jsonl"  # in a folder, beside documents, policies and a licence
MOST_PROBLEMS = 20
Model = TypeVar("Model", bound=BaseModel)


class SuiteError(Exception):
    """A suite that cannot be used; the text names every bad line, as ``suite.jsonl:3: …``."""


@dataclass(frozen=True, slots=True)
class Suite:
    """An opened suite: where its conversations begin in the file, in bytes, how many turns each has, and its time."""

    file: Path
    head: Head
    offsets: tuple[int, ...]
    turns: tuple[int, ...]
    begins: tuple[datetime | None, ...]

    @property
    def digest(self) -> str:
        """Names what is in the file."""
        return hashlib.sha256(self.file.read_bytes()).hexdigest()[:16]

    def conversation(self, number: int) -> Conversation:
        """The conversation of this number, counted from 0."""
        with self.file.open("rb") as lines:
            lines.seek(self.offsets[number])
            return Conversation.model_validate_json(lines.readline())

    def conversations(self) -> Iterator[Conversation]:
        return map(self.conversation, range(len(self.offsets)))


def open_suite(path: Path) -> Suite:
    """The suite in this file, or in ``suite.jsonl`` of this folder. Raises SuiteError with all that is wrong."""
    file = path / FILE if path.is_dir() else path
    try:
        with file.open("rb") as lines:
            return _Reading(file).read(lines)
    except OSError as error:
        raise SuiteError(f"{file}: cannot be read: {error.strerror}") from None


def write_suite(file: Path, head: Head, conversations: Iterable[Conversation]) -> None:
    """Write a suite. Raises OSError."""
    with file.open("w", encoding="utf-8") as written:
        for one in (head, *conversations):
            told = one.model_dump(mode="json", exclude_defaults=True)
            written.write(json.dumps(told, ensure_ascii=False) + "\n")


class _Reading:
    def __init__(self, file: Path) -> None:
        self._file = file
        self._problems: list[str] = []

    def read(self, lines: Iterable[bytes]) -> Suite:
        head: Head | None = None
        offset, offsets, turns, begins = 0, list[int](), list[int](), list[datetime | None]()
        ids: dict[str, int] = {}
        for number, line in enumerate(lines, start=1):
            if number == 1:
                head = self._valid(Head, line, number)
            elif line.strip() and (one := self._valid(Conversation, line, number)):
                if (before := ids.setdefault(one.id, number)) != number:
                    self._wrong(number, f'the conversation "{one.id}" is in line {before} already')
                offsets.append(offset)
                turns.append(len(one.turns))
                begins.append(one.turns[0].at)
            offset += len(line)
        if not offsets and not self._problems:
            self._wrong(1, "there is no conversation; the first line is the head, each line after it one")
        if self._problems or head is None:
            raise SuiteError(self._told())
        return Suite(self._file, head, tuple(offsets), tuple(turns), tuple(begins))

    def _valid(self, model: type[Model], line: bytes, number: int) -> Model | None:
        try:
            return model.model_validate_json(line)
        except ValidationError as error:
            for one in error.errors(include_url=False):
                place = ".".join(map(str, one["loc"]))
                kind = "head: " if model is Head else ""
                self._wrong(
                    number, f"{kind}{f'{place}: ' if place else ''}{one['msg'].removeprefix('Value error, ')}"
                )
            return None

    def _wrong(self, number: int, told: str) -> None:
        self._problems.append(f"{self._file}:{number}: {told}")

    def _told(self) -> str:
        shown = self._problems[:MOST_PROBLEMS]
        more = len(self._problems) - len(shown)
        return "\n".join([*shown, *([f"… and {more} more"] if more else [])])
