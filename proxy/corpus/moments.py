"""From when until when a document holds: dates and moments as its author writes them, in the document's time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from difflib import get_close_matches
from functools import cache
from zoneinfo import ZoneInfo, available_timezones


def zone_named(name: str) -> tzinfo:
    """The time zone of an IANA name (``Europe/London``) or ``UTC``.

    Raises ValueError, in words: so for abbreviations, which name an offset and know no summer time (``EST``).
    """
    if name == "UTC":
        return UTC
    if "/" in name and name in _zones():
        return ZoneInfo(name)
    known = sorted(zone for zone in _zones() if "/" in zone and not zone.startswith("Etc/"))
    by_folded = {zone.casefold(): zone for zone in known}
    near = get_close_matches(name.casefold().replace(" ", "_"), list(by_folded), n=1, cutoff=0.75)
    hint = f'did you mean "{by_folded[near[0]]}"?' if near else "write a name such as Europe/London, or UTC"
    raise ValueError(f'is "{name}", which is no name of a time zone; {hint}')


@cache
def _zones() -> frozenset[str]:
    """All names, found once: Python opens every file of the time zone database to find them."""
    return frozenset(available_timezones())


def start_of(text: str, zone: tzinfo) -> datetime:
    """The first moment of what is written: a date's midnight in the zone, or the moment itself. Raises ValueError."""
    return _moment(text, zone, days=0)


def end_of(text: str, zone: tzinfo) -> datetime:
    """The exclusive end of what is written: a date is the last day that counts, a moment counts no more.

    Raises ValueError.
    """
    return _moment(text, zone, days=1)


def _moment(text: str, zone: tzinfo, *, days: int) -> datetime:
    try:
        day = _date(text)
        if day is not None:
            return _fixed(datetime.combine(day + timedelta(days=days), time(), zone))
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise ValueError(
            f'is "{text}"; write a date such as 2026-01-31, or a moment such as 2026-01-31T09:00:00+01:00'
        ) from None
    return _fixed(moment) if moment.tzinfo else _local(moment, zone, text)


def _date(text: str) -> date | None:
    """A date in any form of ISO 8601 (``2026-01-31``, ``20260131``), None for what is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _local(moment: datetime, zone: tzinfo, text: str) -> datetime:
    """A moment by the clocks of the zone; when these are turned, an hour does not exist or comes twice."""
    earlier, later = (_fixed(moment.replace(tzinfo=zone, fold=fold)) for fold in (0, 1))
    if earlier == later:
        return earlier
    why = "does not exist" if earlier > later else "comes twice"
    raise ValueError(
        f'is "{text}", which {why} in {zone} that night, when clocks are changed; '
        f"write the offset too, such as {earlier.isoformat()}"
    )


def _fixed(moment: datetime) -> datetime:
    """The same moment with its offset alone: Python compares two of one ZoneInfo by their clocks, not as moments."""
    offset = moment.utcoffset()
    if not offset:
        return moment.replace(tzinfo=UTC, fold=0)
    return moment.replace(tzinfo=timezone(offset), fold=0)
