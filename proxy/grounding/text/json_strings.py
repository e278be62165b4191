"""The strings of a JSON text with their places, and which character of a string stands where in the text."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

# In JSON a quotation mark stands nowhere but around strings, so that reading from one to the next finds them all.
_LITERAL = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"')
_CHARACTER = re.compile(r"\\u[0-9a-fA-F]{4}|\\.|[^\\]", re.DOTALL)
_KEY_AFTER = re.compile(r"[ \t\r\n]*:")
_HALF = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class JsonString:
    """``text[start:end]`` is the string with its quotation marks, ``value`` what it says, without half characters."""

    start: int
    end: int
    value: str
    is_key: bool


def json_value(text: str) -> Any:
    """The value of a JSON text, strictly. Raises ValueError where it is none, or nested too deeply."""
    try:
        return json.loads(text, parse_constant=_refused)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _refused(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def json_strings(text: str) -> list[JsonString] | None:
    """Every string of a JSON text in order, keys too; None where the text is not JSON."""
    try:
        json_value(text)
    except ValueError:
        return None
    return [
        JsonString(
            found.start(),
            found.end(),
            _HALF.sub("\ufffd", json.loads(found[0])),
            is_key=bool(_KEY_AFTER.match(text, found.end())),
        )
        for found in _LITERAL.finditer(text)
    ]


def with_values(text: str, changed: Mapping[JsonString, str]) -> str:
    """The text with other values in these strings; every other byte is as it was."""
    pieces, at = [], 0
    for string in sorted(changed, key=lambda one: one.start):
        pieces += [text[at : string.start], json.dumps(changed[string], ensure_ascii=False)]
        at = string.end
    return "".join([*pieces, text[at:]])


def literal_at(text: str, start: int) -> str:
    """The string that begins at ``start`` of a JSON text, with its quotation marks."""
    found = _LITERAL.match(text, start)
    return found[0] if found else ""


def places_of(literal: str) -> list[int]:
    """Where in ``literal``, quotation marks and all, each character of the value begins, and where the last ends."""
    starts, at, end = [], 1, len(literal) - 1
    while at < end:
        found = _CHARACTER.match(literal, at)
        assert found is not None  # any character is one, a backslash only with what it escapes
        starts.append(at)
        at = found.end()
        if found[0][:2] == "\\u" and 0xD800 <= int(found[0][2:], 16) < 0xDC00:
            at = _end_of_pair(literal, at)
    return [*starts, end]


def _end_of_pair(literal: str, at: int) -> int:
    """A character beyond 16 bits is escaped as two halves."""
    second = _CHARACTER.match(literal, at)
    is_second = second and second[0][:2] == "\\u" and 0xDC00 <= int(second[0][2:], 16) < 0xE000
    return second.end() if second and is_second else at
