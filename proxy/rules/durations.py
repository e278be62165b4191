"""Lengths of time as people write them: ``150ms``, ``30s``, ``10m``, ``24h``, ``7d``, ``2w``."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer

_UNITS = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_WRITTEN = re.compile(r"(\d{1,9})\s*(ms|[smhdw])")


def length_of(text: str) -> timedelta | None:
    """``10m`` as ten minutes; None for what is no length of time. Raises OverflowError past all that a date can be."""
    written = _WRITTEN.fullmatch(text.strip().lower())
    return timedelta(**{_UNITS[written[2]]: int(written[1])}) if written else None


def in_words(length: timedelta) -> str:
    """``10m``, ``36h``: in the largest unit that has it whole, as it would be written."""
    milliseconds = length // timedelta(milliseconds=1)
    for unit in ("d", "h", "m", "s"):
        size = timedelta(**{_UNITS[unit]: 1}) // timedelta(milliseconds=1)
        if milliseconds >= size and milliseconds % size == 0:
            return f"{milliseconds // size}{unit}"
    return f"{milliseconds}ms"


def _written(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value
    try:
        length = length_of(value) if isinstance(value, str) else None
    except OverflowError:
        length = None
    if length is None:
        raise ValueError("must be a length of time such as 150ms, 30s, 10m, 24h or 7d")
    return length


Duration = Annotated[
    timedelta, BeforeValidator(_written), PlainSerializer(lambda length: length.total_seconds())
]
"""Of something in a policies file; as JSON, seconds."""
