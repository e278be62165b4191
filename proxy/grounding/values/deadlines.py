"""Until when: what "by Friday", "within 5 business days" or "tomorrow at 3 PM" mean at the instant when it is said.

A day ends at its last second, in the time zone of that instant. Of what lies between two ends the later one counts.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from proxy.grounding.values.finding import Value, ValueKind, values_of

# A date without its year that is longer ago than this means next year's: in November, "by 5 January".
_LONG_AGO = timedelta(days=180)
_RELATIVE = re.compile(
    r"""
    \b(?P<today>today|tonight|this\s(?:morning|afternoon|evening))\b
  | \b(?P<tomorrow>tomorrow)\b
  | \b(?P<hour>(?:within|in)\s(?:the|an?|one)\s(?:next\s)?hour)\b
  | \b(?:the\s)?end\sof\s(?:the\s|this\s|next\s)?(?:business\s|working\s)?(?P<end>day|week|month|year)\b
  | \b(?P<which>this|next|the\scoming)\s(?P<period>week|month|year)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_NEXT = re.compile(r"\bnext\s\Z", re.IGNORECASE)
_PAST = re.compile(r"\b(?:last|past|previous|since)\s\Z", re.IGNORECASE)
_WITHIN = re.compile(
    r"\b(?:within|in|inside|over|no\slater\sthan|less\sthan|under)\s(?:the\s)?(?:next\s|coming\s)?"
    r"(?:about\s|approximately\s|around\s|roughly\s|less\sthan\s|under\s)?\Z",
    re.IGNORECASE,
)
_FROM_EVENT = re.compile(
    r"\s?(?:of|after|from|following|before|prior\sto|since)\b(?!\s(?:now|today))", re.IGNORECASE
)
_BESIDE = re.compile(
    r"[\s,]*(?:(?:on|at|by|before|between|around|until|from|the|and)[\s,]+){0,3}", re.IGNORECASE
)
_LAST_SECOND = time(23, 59, 59)


@dataclass(frozen=True, slots=True)
class Deadline:
    """Until ``at``; the text says so at ``text[start:end]``."""

    at: datetime
    start: int
    end: int


def deadlines_in(text: str, now: datetime) -> list[Deadline]:
    """What a text names as times to come, from left to right; ``now`` knows its time zone. What has passed is none."""
    days = [*_relative(text, now), *_named_days(text, now)]
    times = [value for value in values_of(text) if value.kind is ValueKind.TIME]
    timed = [_timed(text, value, days, now) for value in times]
    taken = {span for _, span in timed}
    found = [one for one, _ in timed] + [one for one in days if (one.start, one.end) not in taken]
    return sorted((one for one in found if one.at >= now), key=lambda one: one.start)


def _relative(text: str, now: datetime) -> Iterator[Deadline]:
    for match in _RELATIVE.finditer(text):
        yield Deadline(_meant(match, now), match.start(), match.end())


def _meant(match: re.Match[str], now: datetime) -> datetime:
    today = now.date()
    if match["hour"]:
        return now + timedelta(hours=1)
    if match["today"] or match["end"] == "day":
        return _end_of(today, now)
    if match["tomorrow"]:
        return _end_of(today + timedelta(days=1), now)
    period = (match["end"] or match["period"]).lower()
    following = "next" in match.group().lower() or "coming" in match.group().lower()
    return _end_of(_last_day(period, today, following), now)


def _last_day(period: str, today: date, following: bool) -> date:
    if period == "week":
        return today + timedelta(days=6 - today.weekday() + 7 * following)
    if period == "year":
        return date(today.year + following, 12, 31)
    first = _months_later(today.replace(day=1), int(following))
    return first.replace(day=monthrange(first.year, first.month)[1])


def _named_days(text: str, now: datetime) -> Iterator[Deadline]:
    for value in values_of(text):
        at = _day_named(text, value, now)
        if at is not None:
            yield Deadline(at, value.start, value.end)


def _day_named(text: str, value: Value, now: datetime) -> datetime | None:
    before = text[: value.start]
    try:
        if value.kind is ValueKind.WEEKDAY and not _PAST.search(before):
            return _end_of(_coming(int(value.high), now.date(), bool(_NEXT.search(before))), now)
        if value.kind is ValueKind.DATE:
            return _end_of_date(int(value.high), now)
        if value.kind is ValueKind.DURATION and _WITHIN.search(before):
            return None if _FROM_EVENT.match(text, value.end) else _after(value, now)
    except (ValueError, OverflowError):  # the 30th of February, a million years
        return None
    return None


def _coming(weekday: int, today: date, next_week: bool) -> date:
    """The next such day after today, or the one of the next week; Monday is 1."""
    if next_week:
        return today + timedelta(days=7 - today.weekday() + weekday - 1)
    return today + timedelta(days=(weekday - 1 - today.weekday() - 1) % 7 + 1)


def _end_of_date(yyyymmdd: int, now: datetime) -> datetime:
    year, month, day = yyyymmdd // 10_000, yyyymmdd // 100 % 100, yyyymmdd % 100
    at = _end_of(_date(year or now.year, month, day), now)
    return _end_of(_date(now.year + 1, month, day), now) if not year and at < now - _LONG_AGO else at


def _date(year: int, month: int, day: int) -> date:
    """The last day of what is said: of the month without a day, of the year without a month."""
    month = month or 12
    return date(year, month, day or monthrange(year, month)[1])


def _after(value: Value, now: datetime) -> datetime:
    count = value.high
    match value.unit:
        case "hour":
            return now + timedelta(hours=float(count))
        case "month":
            return datetime.combine(_months_later(now.date(), int(count)), now.timetz())
        case "working_day" | "school_day":
            return _end_of(_working_days_later(now.date(), int(count)), now)
        case "weekend":
            return now + timedelta(weeks=float(count))
    return now + timedelta(days=float(count))


def _months_later(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def _working_days_later(day: date, count: int) -> date:
    """Monday to Friday; no public holidays are known here."""
    weeks, rest = divmod(count, 5)
    friday_at_most = day - timedelta(days=max(0, day.weekday() - 4))
    over_weekend = friday_at_most.weekday() + rest > 4
    return friday_at_most + timedelta(weeks=weeks, days=rest + 2 * over_weekend)


def _timed(
    text: str, value: Value, days: Sequence[Deadline], now: datetime
) -> tuple[Deadline, tuple[int, int]]:
    """A time of day on the day that stands beside it, else the next such time; with the day's place in the text."""
    beside = next((day for day in days if _stand_together(text, value, day)), None)
    day = beside.at.date() if beside else now.date()
    at = _at(day, int(value.high), now)
    if beside is None:
        soon = at if at >= now else _at(day + timedelta(days=1), int(value.high), now)
        return Deadline(soon, value.start, value.end), (value.start, value.end)
    together = Deadline(at, min(value.start, beside.start), max(value.end, beside.end))
    return together, (beside.start, beside.end)


def _stand_together(text: str, value: Value, day: Deadline) -> bool:
    gap = text[day.end : value.start] if day.end <= value.start else text[value.end : day.start]
    return bool(_BESIDE.fullmatch(gap))


def _at(day: date, minutes: int, now: datetime) -> datetime:
    """Midnight is the end of a day."""
    if minutes >= 24 * 60:
        return _end_of(day, now)
    return datetime.combine(day, time(minutes // 60, minutes % 60), now.tzinfo)


def _end_of(day: date, now: datetime) -> datetime:
    return datetime.combine(day, _LAST_SECOND, now.tzinfo)
