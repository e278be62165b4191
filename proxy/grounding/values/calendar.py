"""Dates, times of day and weekdays in text, as numbers that can be compared part by part."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from proxy.grounding.values.units import ValueKind

_MONTH_NAMES = "january february march april may june july august september october november december".split()
_MONTHS = {name[:3]: number for number, name in enumerate(_MONTH_NAMES, start=1)}
_DAY_NAMES = "monday tuesday wednesday thursday friday saturday sunday".split()

# "may" in small letters is a verb.
_MONTH = "|".join(f"{name}|{name[:3]}" for name in _MONTH_NAMES if name != "may") + "|sept|(?-i:May|MAY)"
_DAY = r"(?:[12]\d|3[01]|0?[1-9])"
_YEAR = r"(?:19|20)\d\d"
_TWO = r"(?:[0-2]?\d|3[01])"
_CLOCK = r"(?:[01]?\d|2[0-4])"

_CALENDAR = re.compile(
    rf"""
    (?<![\w-])(?P<iso_y>{_YEAR})-(?P<iso_m>0[1-9]|1[0-2])-(?P<iso_d>{_DAY})(?![\d-])
  | (?<![\w/.-])(?P<sl_a>{_TWO})/(?P<sl_b>{_TWO})/(?P<sl_y>{_YEAR})(?![\w/-])
  | (?<![\w/.-])(?P<yl_y>{_YEAR})/(?P<yl_m>{_TWO})/(?P<yl_d>{_TWO})(?![\w/-])
  | (?<![\w.,$€£])(?P<dm_d>{_DAY})(?:st|nd|rd|th)?\s(?:of\s)?(?P<dm_m>{_MONTH})\b(?:,?\s(?P<dm_y>{_YEAR})\b)?
  | \b(?P<md_m>{_MONTH})\.?\s(?:the\s)?(?P<md_d>{_DAY})(?:st|nd|rd|th)?(?![\w%]|:\d)(?:,?\s(?P<md_y>{_YEAR})\b)?
  | \b(?P<my_m>{_MONTH})\s(?P<my_y>{_YEAR})\b
  | (?<![\w:.,$€£-])(?P<half_h>{_CLOCK})(?:[:.](?P<half_m>[0-5]\d)(?::[0-5]\d)?)?\s?(?P<half>a\.m\.|p\.m\.|[ap]m\b)
  | (?<![\w:.,])(?P<full_h>{_CLOCK}):(?P<full_m>[0-5]\d)(?::[0-5]\d)?(?![\w:])
  | \b(?P<named>noon|midday|midnight)\b
  | \b(?P<weekday>{"|".join(_DAY_NAMES)})s?\b
  | (?<=\bin\s)(?P<bare_m>{_MONTH})\b
  | (?<=\bof\s)(?P<of_m>{_MONTH})\b
  | (?:(?<=\bin\s)|(?<=\bof\s)|(?<=since\s)|(?<=until\s)|(?<=after\s)|(?<=before\s))(?P<bare_y>{_YEAR})\b(?!\s[a-z]+s\b)
    """,
    re.IGNORECASE | re.VERBOSE,
)
# "May I" is no month.
_MONTH_NAMED = re.compile(
    rf"\b(?:{'|'.join(name for name in _MONTH_NAMES if name != 'may')}"
    r"|(?-i:May)(?!\s(?:I|we|my|our|the|a|it|s?he|they)\b))\b",
    re.IGNORECASE,
)
_NAMED_MINUTES = {"noon": 720, "midday": 720, "midnight": 1440}

Found = tuple[ValueKind, Decimal, int, int]


def calendar_values(text: str) -> Iterator[Found]:
    """(kind, amount, start, end) of each date (``yyyymmdd``, zeros unsaid), time (minutes) and weekday (1..7)."""
    for match in _CALENDAR.finditer(text):
        kind, amount = _read({name: value for name, value in match.groupdict().items() if value})
        yield kind, Decimal(amount), match.start(), match.end()


def names_month(text: str) -> bool:
    """Whether a text speaks of a month, in words that give no date: "what about my January bill"."""
    return _MONTH_NAMED.search(text) is not None


def _read(parts: dict[str, str]) -> tuple[ValueKind, int]:
    if day := parts.get("weekday"):
        return ValueKind.WEEKDAY, _DAY_NAMES.index(day.lower()) + 1
    if name := parts.get("named"):
        return ValueKind.TIME, _NAMED_MINUTES[name.lower()]
    if hour := parts.get("half_h"):
        afternoon = 12 if parts["half"].lower().startswith("p") else 0
        return ValueKind.TIME, 60 * (int(hour) % 12 + afternoon) + int(parts.get("half_m", 0))
    if hour := parts.get("full_h"):
        return ValueKind.TIME, 60 * int(hour) + int(parts["full_m"])
    if first := parts.get("sl_a"):
        return ValueKind.DATE, _slashed(int(first), int(parts["sl_b"]), int(parts["sl_y"]))
    return ValueKind.DATE, _date(parts)


def _slashed(first: int, second: int, year: int) -> int:
    """``05/30/2025`` and ``30/05/2025`` are one day; where both could be the month, the first is (as in the US)."""
    month, day = (second, first) if first > 12 else (first, second)
    return 10_000 * year + 100 * month + day


def _date(parts: dict[str, str]) -> int:
    read = {name.split("_")[1]: value for name, value in parts.items()}
    month = read.get("m", "0")
    number = int(month) if month.isdigit() else _MONTHS[month[:3].lower()]
    return 10_000 * int(read.get("y", 0)) + 100 * number + int(read.get("d", 0))
