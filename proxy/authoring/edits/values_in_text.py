"""Finds amounts, shares, durations, counts and dates in a sentence, and puts other plausible ones in their place.

Left out is what is no policy value: versions, steps, sections, identifiers, telephone numbers, "24/7", "401(k)".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from random import Random

from num2words import num2words

WORDS = {num2words(number): number for number in (*range(2, 21), *range(30, 100, 10))}
_WORD = "|".join(sorted(WORDS, key=len, reverse=True))
_NUMBER = rf"(?:\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.\d+)?|{_WORD}"
_TIME = (
    r"(?:(?:business|calendar|working|consecutive|full|rolling|billing|statement) )?"
    r"(?:minute|hour|day|night|week|month|quarter|year)"
)
_LED_BY_LABEL = re.compile(
    r"(?:\b(?:stage|ratings?|january|february|march|april|may|june|july|august|september|october|november"
    r"|december|gate|door|sections?|steps?|versions?|v|figure|pages?|chapter|phase|form|levels?|tier|line"
    r"|article|rfc|iso|soc|part|appendix"
    r"|room|suite|extension|port|http|error|codes?|option|number|no\.|mcc|id|item|clause|paragraph|type"
    r"|class|priority|severity"
    r"|sev|top|ubuntu|python|gdpr|series|round|covid|day|week|month|quarter|fy|act of|p) ?"
    r"|[-#/.:+'’&(*×x] ?|[A-Za-z0-9])$",
    re.IGNORECASE,
)
_NO_LABEL = re.compile(r"\b(?:one|two|three|per|next|last|first|top|every) $|\($", re.IGNORECASE)
_VALUE = re.compile(
    rf"(?P<money>[$€£]\s?(?:\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.\d+)?(?![\d,]*\d)(?![kKmMbB]?\w))"
    rf"|(?P<percent>\b\d+(?:\.\d+)?(?:%|\s?percent\b| per cent\b))"
    rf"|(?P<duration>\b(?:{_NUMBER})[ -]{_TIME}s?\b(?!['’]s\b))"
    rf"|(?P<count>\b(?:{_NUMBER})(?= [a-z][a-z-]+|[.,;)]|$))",
    re.IGNORECASE,
)
_NEVER = re.compile(
    r"24/7|\b(?:19|20)\d\d\b|401|403\(b\)|\b365\b|360-?degree|\bone\b|two[- ]factor|\bnine to five",
    re.IGNORECASE,
)
_ENUMERATES = re.compile(
    r"(?: of the (?:following|above)| (?:ways|options|parts|types|kinds|steps|main|key|things|reasons"
    r"|categories|sections"
    r"|phases|stages|digits|character|characters|factors?|levels|tiers|buckets|components)\b)"
)
_LADDERS = {
    "minute": (5, 10, 15, 20, 30, 45, 60, 90),
    "hour": (1, 2, 4, 6, 8, 12, 24, 36, 48, 72, 96),
    "day": (1, 2, 3, 4, 5, 7, 10, 14, 15, 20, 21, 28, 30, 45, 60, 90, 120, 180),
    "night": (1, 2, 3, 4, 5, 7, 10, 14),
    "week": (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24),
    "month": (1, 2, 3, 4, 6, 9, 12, 18, 24, 36),
    "quarter": (1, 2, 3, 4),
    "year": (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15),
}


@dataclass(frozen=True, slots=True)
class Value:
    """``text[start:end] == written``; ``kind``: money, percent, duration, count; ``unit``: a time unit without "s"."""

    kind: str
    written: str
    start: int
    end: int
    amount: Decimal
    unit: str = ""


@lru_cache(maxsize=20_000)
def values_in(text: str) -> tuple[Value, ...]:
    """Every policy value, in order."""
    return tuple(value for match in _VALUE.finditer(text) if (value := _value(text, match)) is not None)


def _value(text: str, match: re.Match[str]) -> Value | None:
    written, kind = match.group(), str(match.lastgroup)
    if _NEVER.search(written) or text[match.end() :].startswith(("(", "-k", ":", "/", "-digit")):
        return None
    before = text[: match.start()]
    if kind != "money" and _LED_BY_LABEL.search(before[-12:]) and not _NO_LABEL.search(before[-12:]):
        return None
    if kind == "count" and re.match(r" or (?:\d|more of the)|[.,;)]? (?:Rating|rating)", text[match.end() :]):
        return None
    if kind == "count" and (
        _ENUMERATES.match(text, match.end()) or re.match(r"\d+\.\d+ [A-Z]", text[match.start() :])
    ):
        return None
    number = re.search(_NUMBER, written, re.IGNORECASE)
    if number is None:
        return None
    amount = amount_of(number.group())
    if amount == 0 or (
        kind == "count" and number.group().isalpha() and re.match(r" (?:or|and) ", text[match.end() :])
    ):
        return None
    unit = re.search(r"minute|hour|day|night|week|month|quarter|year", written, re.IGNORECASE)
    return Value(kind, written, match.start(), match.end(), amount, unit.group().lower() if unit else "")


def amount_of(number: str) -> Decimal:
    """The amount of "1,000", "3.5" or "three"."""
    word = WORDS.get(number.lower())
    return Decimal(word) if word is not None else Decimal(number.replace(",", ""))


def other_value(value: Value, random: Random) -> str | None:
    """The value with another amount: same format, like magnitude."""
    number = re.search(_NUMBER, value.written, re.IGNORECASE)
    if number is None:
        return None
    amount = _other_amount(value, number.group(), random)
    if amount is None or amount == value.amount:
        return None
    head, tail = value.written[: number.start()], value.written[number.end() :]
    return head + _in_form_of(number.group(), amount) + _agreeing(tail, value.amount, amount)


def value_of_another_sentence(value: Value, others: Sequence[str], random: Random) -> str | None:
    """A different value of the same kind (and unit) that stands in another sentence of the document."""
    found = [
        other
        for sentence in others
        for other in values_in(sentence)
        if other.kind == value.kind and other.unit == value.unit and other.amount != value.amount
    ]
    near = [other for other in found if Decimal("0.05") <= other.amount / value.amount <= 20]
    if value.kind == "count":
        near = [
            other for other in near if other.amount > 1 and other.written.isdigit() == value.written.isdigit()
        ]
    if value.kind == "duration":
        near = [other for other in near if _unit_form(other.written) == _unit_form(value.written)]
    return random.choice(near).written if near else None


def _unit_form(written: str) -> tuple[bool, bool]:
    return "-" in written, written.endswith("s")


def _other_amount(value: Value, number: str, random: Random) -> Decimal | None:
    if value.unit in _LADDERS:
        return _on_ladder(value, random)
    if value.kind == "percent":
        return _other_percent(value.amount, number, random)
    if value.kind == "count" and value.amount <= 12:
        steps = [value.amount + step for step in (-2, -1, 1, 2, 3) if value.amount + step >= 2]
        return random.choice(steps) if value.amount > 1 and steps else None
    return _other_round(value.amount, number, random)


def _on_ladder(value: Value, random: Random) -> Decimal:
    near = [
        Decimal(step)
        for step in _LADDERS[value.unit]
        if value.amount * Decimal("0.25") <= step <= value.amount * 4 and step != value.amount
    ]
    return random.choice(near) if near else value.amount * 2


def _other_percent(amount: Decimal, number: str, random: Random) -> Decimal:
    if "." in number:
        places = len(number.split(".")[1])
        step = (
            Decimal(random.choice((-1, 1, 2))) if amount > 2 else Decimal(random.choice(("0.5", "0.25", "1")))
        )
        return round(amount + step, max(places, -int(step.as_tuple().exponent)))
    steps = (10, 20, 25, -10, -25, 5, -5) if amount >= 20 else (1, 2, 3, -1, 5)
    near = [amount + step for step in steps if 0 < amount + step <= 100]
    return random.choice(near) if near else amount + 5


def _other_round(amount: Decimal, number: str, random: Random) -> Decimal:
    """Another amount that is about as round: $25 becomes $35, $1,200 becomes $1,800, 18 becomes 16 or 21."""
    whole = int(amount)
    grain = 10 ** (len(str(whole)) - len(str(whole).rstrip("0"))) if whole else 1
    if amount < 20 and grain == 1 and number.isdigit():
        return random.choice([amount + step for step in (-3, -2, 2, 3, 5) if amount + step >= 2])
    factor = Decimal(random.choice(("0.4", "0.5", "0.6", "0.75", "1.2", "1.5", "2", "2.5", "3")))
    grain = max(grain // 2, 5 if whole % 5 == 0 and whole > 10 else 1)
    other = Decimal(int(amount * factor) // grain * grain)
    other = other if other > 0 else amount + grain
    if "." in number:
        other += amount % 1
    return other if other != amount else amount + grain


def _in_form_of(number: str, amount: Decimal) -> str:
    """The amount written as ``number`` is: digits with its separators and decimals, or a word where there is one."""
    if number.isalpha():
        word = number_word(amount)
        if word is not None:
            return word.capitalize() if number[0].isupper() else word
        return str(int(amount))
    places = max(len(number.partition(".")[2]), len(str(amount).partition(".")[2]) if amount % 1 else 0)
    separated = "," in number or (amount >= 10_000) or (amount >= 1000 and not number.isdigit())
    return f"{amount:,.{places}f}" if separated or amount >= 1000 else f"{amount:.{places}f}"


def number_word(amount: Decimal) -> str | None:
    return next((word for word, number in WORDS.items() if number == amount), "one" if amount == 1 else None)


def _agreeing(tail: str, before: Decimal, amount: Decimal) -> str:
    """The unit in singular or plural after another amount; in "30-day window" it stays as it is."""
    if not tail.endswith("s") and before != 1:
        return tail  # "a 6 minute window"
    if not tail or tail.startswith("-") or not re.search(_TIME, tail, re.IGNORECASE):
        return tail
    single = tail.removesuffix("s")
    return single if amount == 1 else single + "s"


_MONTHS = "January February March April May June July August September October November December".split()
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_DATES = re.compile(
    rf"\b(?P<month>{'|'.join(month for month in _MONTHS if month not in ('May', 'March'))}|March(?= \d)"
    rf"|May(?= \d))\b"
    rf"|\b(?P<day>{'|'.join(_DAYS)})(?P<plural>s?)\b"
    rf"|(?P<year>(?:(?<=in )|(?<=of )|(?<=by )|(?<=, ))(?:19|20)\d\d)\b(?!-)"
    rf"|\b(?P<hour>1[0-2]|[1-9])(?P<rest>(?::\d\d)? ?[ap]\.?m\b)"
    rf"|(?<=the )(?P<ordinal>\d{{1,2}})(?P<suffix>st|nd|rd|th)(?= (?:of|day|business|calendar)\b)",
    re.IGNORECASE,
)


def other_date(text: str, random: Random) -> str | None:
    """``text`` with one month, weekday, year, time of day or day of the month changed."""
    found = list(_DATES.finditer(text))
    if not found:
        return None
    match = random.choice(found)
    new = _other_date(match, text, random)
    return text[: match.start()] + new + text[match.end() :]


def _other_date(match: re.Match[str], text: str, random: Random) -> str:
    if match["month"]:
        return random.choice([month for month in _MONTHS if month not in text])
    if match["day"]:
        return random.choice([day for day in _DAYS if day not in text]) + match["plural"]
    if match["year"]:
        return str(int(match["year"]) + random.choice((-2, -1, 1, 2)))
    if match["hour"]:
        hour = (int(match["hour"]) - 1 + random.choice((1, 2, 3, 9, 10, 11))) % 12 + 1
        return f"{hour}{match['rest']}"
    day = random.choice([day for day in range(1, 29) if day != int(match["ordinal"])])
    return ordinal(day)


@cache
def ordinal(number: int) -> str:
    return str(num2words(number, to="ordinal_num"))
