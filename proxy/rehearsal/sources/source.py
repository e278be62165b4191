"""What a source of recorded traffic gives: requests with their answers, each of some conversation."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from proxy.ledger.ledger import Ledger
from proxy.ledger.records import DEFAULT_TENANT
from proxy.rehearsal.suite.model import Answer, JsonObject, KnownFact

Model = TypeVar("Model", bound=BaseModel)


class SourceError(Exception):
    """Recorded traffic that cannot be read; the text names file and line, and what to do."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and what the model answered. ``messages`` are all of the request's.

    Where ``only_new`` is true they are those that came since the conversation's exchange before.
    """

    conversation: str
    messages: Sequence[JsonObject]
    answer: Answer
    at: datetime | None = None
    customer: str | None = None
    channel: str | None = None
    jurisdiction: str | None = None
    audience: str | None = None
    model: str | None = None
    facts: Mapping[str, KnownFact] = field(default_factory=dict)
    only_new: bool = False
    streamed: bool = False


@dataclass(frozen=True, slots=True)
class Given:
    """What a source reads: files, or the ledger between two instants.

    ``left_out`` counts what it could not use, by reason.
    """

    files: Sequence[Path] = ()
    ledger: Ledger | None = None
    tenant: str = DEFAULT_TENANT
    since: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    until: datetime = datetime(9999, 1, 1, tzinfo=UTC)
    left_out: Counter[str] = field(default_factory=Counter)


class Source(Protocol):
    """Reads recorded traffic. Raises SourceError.

    A conversation's exchanges come in their order; others may lie between.
    """

    def __call__(self, given: Given) -> Iterator[Exchange]: ...


def opened(file: Path) -> IO[str]:
    """The file as text, unpacked where its name ends with ``.gz``. Raises SourceError."""
    try:
        if file.suffix == ".gz":
            return gzip.open(file, "rt", encoding="utf-8")
        return file.open(encoding="utf-8", newline="")
    except OSError as error:
        raise SourceError(f"{file}: cannot be read: {error.strerror}") from None


def json_lines(file: Path) -> Iterator[tuple[str, JsonObject]]:
    """Each line's JSON object, with the place where it stands. Raises SourceError."""
    with opened(file) as lines:
        try:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    place = f"{file}:{number}"
                    yield place, _object(line, place)
        except (UnicodeDecodeError, gzip.BadGzipFile, EOFError) as error:
            raise SourceError(f"{file}: cannot be read: {error}") from None


def _object(line: str, place: str) -> JsonObject:
    try:
        read = json.loads(line)
    except ValueError as error:
        raise SourceError(f"{place}: no JSON: {error}") from None
    if not isinstance(read, dict):
        raise SourceError(f"{place}: {type(read).__name__} in the place of an object")
    return read


def parsed(kind: type[Model], line: JsonObject, place: str) -> Model:
    """What a line says, as far as ``kind`` names it. Raises SourceError, which names the first field that is wrong."""
    try:
        return kind.model_validate(line)
    except ValidationError as error:
        wrong = error.errors(include_url=False)[0]
        raise SourceError(f"{place}: {'.'.join(map(str, wrong['loc']))}: {wrong['msg']}") from None


def moment_of(value: Any, place: str) -> datetime | None:
    """A time as RFC 3339, or as seconds since 1970; UTC where it names no zone. Raises SourceError."""
    if value in (None, ""):
        return None
    try:
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value, UTC)
        at = datetime.fromisoformat(str(value))
    except (ValueError, OverflowError, OSError):
        raise SourceError(
            f"{place}: {value!r} is no time; write it like 2026-03-01T12:00:00Z, or as seconds since 1970"
        ) from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def answer_of(message: Any) -> Answer | None:
    """A message of an assistant as an answer; None where it says nothing."""
    if not isinstance(message, dict):
        return None
    content = text_of(message.get("content")) or message.get("refusal")
    listed = message.get("tool_calls")
    calls = tuple(call for call in listed if isinstance(call, dict)) if isinstance(listed, list) else ()
    return Answer(content=content or None, tool_calls=calls) if content or calls else None


def said_by(message: JsonObject) -> tuple[Any, ...]:
    """What a message says, whichever optional fields it was sent with."""
    return message.get("role"), message.get("content") or None, message.get("tool_calls") or None


def text_of(content: Any) -> str:
    """A message's content as text, also where it comes in parts."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "".join(
        part["text"] for part in parts if isinstance(part, dict) and isinstance(part.get("text"), str)
    )
