"""How templates write instants, ages and numbers: ``{{ case.created_at|instant }}``, ``{{ case.created_at|age }}``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


def instant(at: datetime | None) -> str:
    """To the minute, in UTC; nothing for None."""
    return "" if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def moment(text: str) -> str:
    """As ``instant``, of a moment as a file writes it; any other text as it is."""
    try:
        return instant(datetime.fromisoformat(text))
    except ValueError:
        return text


def day(at: datetime | None) -> str:
    """The day alone where the moment is a midnight, in the zone that it is written in."""
    if at is None:
        return ""
    return f"{at:%Y-%m-%d}" if (at.hour, at.minute, at.second) == (0, 0, 0) else instant(at)


def iso(at: datetime) -> str:
    """For ``<time datetime>``."""
    return at.astimezone(UTC).isoformat(timespec="seconds")


def age(at: datetime | None) -> str:
    """How long ago, in words: "3 hours"."""
    return "" if at is None else duration(datetime.now(UTC) - at)


def duration(long: timedelta) -> str:
    """In the largest unit that fits: "2 days", "1 minute", "less than a minute"."""
    seconds = long.total_seconds()
    for size, unit in _UNITS:
        if seconds >= size:
            return counted(int(seconds // size), unit)
    return "less than a minute"


def seconds(number: float) -> str:
    """As ``duration``, of seconds: "3 hours"."""
    return duration(timedelta(seconds=number))


def counted(number: int, thing: str, things: str = "") -> str:
    """ "1 case", "2 cases"."""
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"


FILTERS: Mapping[str, Callable[..., Any]] = {
    "instant": instant,
    "moment": moment,
    "day": day,
    "iso": iso,
    "age": age,
    "duration": duration,
    "seconds": seconds,
    "counted": counted,
}
