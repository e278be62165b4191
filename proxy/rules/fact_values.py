"""The types and states of facts about customers, and reading a source's raw value as one of them."""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, Literal

FactType = Literal["bool", "number", "text", "time"]
State = Literal["fresh", "stale", "missing", "failed", "conflicting"]
Value = bool | float | str | datetime  # numbers are decimals, times know their zone

LONGEST_TEXT = 1_000  # characters
_TRUE, _FALSE = frozenset({"true", "yes", "y", "1", "t"}), frozenset({"false", "no", "n", "0", "f"})
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_FIRST_IN_MS = 1e11  # as seconds, that is in the year 5138; as milliseconds, in 1973


def fact_value(raw: Any, kind: FactType) -> Value:
    """What a source gave, as a value of this type; times without a zone are UTC, a plain date is its first moment.

    Raises ValueError, which says in words what it should have been and never repeats the value.
    """
    match kind:
        case "bool":
            return _bool(raw)
        case "number":
            return _number(raw)
        case "time":
            return _time(raw)
    return _text(raw)


def _bool(raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    word = str(raw).strip().lower() if isinstance(raw, str | int) else ""
    if word not in _TRUE | _FALSE:
        raise ValueError("is neither true nor false")
    return word in _TRUE


def _number(raw: Any) -> float:
    if isinstance(raw, str) and _NUMBER.fullmatch(raw.strip()):
        raw = float(raw)
    if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal):
        raise ValueError("is no number")
    try:
        number = float(raw)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError("is no number that can be reckoned with")
    return number


def _text(raw: Any) -> str:
    if isinstance(raw, bool) or not isinstance(raw, str | int | float | Decimal | date):
        raise ValueError("is no text")
    text = raw.isoformat() if isinstance(raw, date) else str(raw).strip()
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"is longer than {LONGEST_TEXT} characters")
    return text


def _time(raw: Any) -> datetime:
    try:
        if isinstance(raw, int | float | Decimal) and not isinstance(raw, bool):
            seconds = float(raw)
            return datetime.fromtimestamp(seconds / 1000 if abs(seconds) >= _FIRST_IN_MS else seconds, UTC)
        if isinstance(raw, str):
            raw = datetime.fromisoformat(raw.strip())
        if isinstance(raw, datetime):
            return (raw if raw.tzinfo else raw.replace(tzinfo=UTC)).astimezone(UTC)
        if isinstance(raw, date):
            return datetime.combine(raw, time(), UTC)
    except (ValueError, OverflowError, OSError):
        pass
    raise ValueError("is no time such as 2026-03-01T12:00:00Z")
