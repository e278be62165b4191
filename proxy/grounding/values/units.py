"""What a number counts or measures: the kinds of values, currencies, units of time, length, weight and data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from proxy.grounding.values.numbers import AND_A_HALF, HALF


class ValueKind(StrEnum):
    MONEY = "money"
    PERCENT = "percent"
    COUNT = "count"
    MEASURE = "measure"
    DURATION = "duration"
    DATE = "date"
    TIME = "time"
    WEEKDAY = "weekday"
    ORDINAL = "ordinal"


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit found in a text: amounts are multiplied by ``factor`` to be in ``name``; it ends at character ``end``."""

    kind: ValueKind
    name: str
    factor: Fraction
    end: int

    def measured(self, amount: Decimal) -> Decimal:
        """So many of this unit, in ``name``; 60 minutes are exactly an hour."""
        return amount * self.factor.numerator / self.factor.denominator


_CURRENCIES = {
    "$": "USD", "us$": "USD", "usd": "USD", "dollar": "USD", "dollars": "USD", "buck": "USD", "bucks": "USD",
    "us dollar": "USD", "us dollars": "USD", "american dollars": "USD",
    "c$": "CAD", "ca$": "CAD", "cad": "CAD", "a$": "AUD", "au$": "AUD", "aud": "AUD", "nz$": "NZD", "nzd": "NZD",
    "canadian dollar": "CAD", "canadian dollars": "CAD", "australian dollar": "AUD", "australian dollars": "AUD",
    "new zealand dollar": "NZD", "new zealand dollars": "NZD", "s$": "SGD", "hk$": "HKD",
    "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR",
    "£": "GBP", "gbp": "GBP", "pound": "GBP", "pounds": "GBP", "quid": "GBP",
    "¥": "JPY", "jpy": "JPY", "yen": "JPY", "chf": "CHF", "franc": "CHF", "francs": "CHF",
    "₹": "INR", "inr": "INR", "rupee": "INR", "rupees": "INR", "rs": "INR",
    "sek": "SEK", "nok": "NOK", "dkk": "DKK", "kr": "SEK", "krona": "SEK", "kronor": "SEK", "pln": "PLN", "zł": "PLN",
    "sgd": "SGD", "hkd": "HKD", "mxn": "MXN", "brl": "BRL", "zar": "ZAR", "cny": "CNY", "aed": "AED",
}  # fmt: skip
_CENTS = {"cent": "USD", "cents": "USD", "¢": "USD", "pence": "GBP", "penny": "GBP", "p": "GBP"}

_HOUR, _MONTH, _WORKING_DAY = "hour", "month", "working_day"
_TIME_UNITS = {
    "second": (_HOUR, Fraction(1, 3600)), "sec": (_HOUR, Fraction(1, 3600)),
    "minute": (_HOUR, Fraction(1, 60)), "min": (_HOUR, Fraction(1, 60)),
    "hour": (_HOUR, Fraction(1)), "hr": (_HOUR, Fraction(1)), "yr": (_MONTH, Fraction(12)),
    "day": (_HOUR, Fraction(24)), "week": (_HOUR, Fraction(168)), "fortnight": (_HOUR, Fraction(336)),
    "night": ("night", Fraction(1)), "weekend": ("weekend", Fraction(1)),
    "month": (_MONTH, Fraction(1)), "quarter": (_MONTH, Fraction(3)), "year": (_MONTH, Fraction(12)),
    "decade": (_MONTH, Fraction(120)),
}  # fmt: skip
_MEASURES: dict[str, tuple[str, int | str]] = {
    "kg": ("kg", 1), "kgs": ("kg", 1), "kilo": ("kg", 1), "kilos": ("kg", 1), "kilogram": ("kg", 1),
    "kilograms": ("kg", 1), "g": ("kg", "0.001"), "gram": ("kg", "0.001"), "grams": ("kg", "0.001"),
    "tonne": ("kg", 1000), "tonnes": ("kg", 1000),
    "lb": ("lb", 1), "lbs": ("lb", 1),
    "cm": ("cm", 1), "mm": ("cm", "0.1"), "m": ("cm", 100), "metre": ("cm", 100), "metres": ("cm", 100),
    "meter": ("cm", 100), "meters": ("cm", 100), "centimetre": ("cm", 1), "centimetres": ("cm", 1),
    "centimeters": ("cm", 1), "km": ("km", 1), "kilometre": ("km", 1), "kilometres": ("km", 1),
    "kilometers": ("km", 1), "mile": ("mile", 1), "miles": ("mile", 1), "inch": ("inch", 1), "inches": ("inch", 1),
    "ft": ("foot", 1), "feet": ("foot", 1), "foot": ("foot", 1),
    "l": ("litre", 1), "litre": ("litre", 1), "litres": ("litre", 1), "liter": ("litre", 1), "liters": ("litre", 1),
    "ml": ("litre", "0.001"), "millilitres": ("litre", "0.001"),
    "kb": ("gb", "0.000001"), "mb": ("gb", "0.001"), "gb": ("gb", 1), "tb": ("gb", 1000), "gigabytes": ("gb", 1),
    "mbps": ("mbps", 1), "mbit/s": ("mbps", 1), "gbps": ("mbps", 1000), "kwh": ("kwh", 1), "wh": ("kwh", "0.001"),
    "km/h": ("km/h", 1), "mph": ("mph", 1), "°c": ("°c", 1), "degrees": ("°c", 1),
}  # fmt: skip

_CODES = "|".join(re.escape(code) for code in sorted(_CURRENCIES, key=len, reverse=True))
_CURRENCY_BEFORE = re.compile(r"(?:US\$|CA?\$|AU?\$|NZ\$|\bS\$|HK\$|[$€£¥₹]|\b(?:[A-Z]{3}|Rs\.?|kr))\s?\Z")
_MONEY_AFTER = re.compile(rf"\s?-?(?P<code>{_CODES})(?![\w$])", re.IGNORECASE)
_DOLLARS_AFTER = re.compile(r"\s?(?P<code>USD|CAD|AUD|NZD|SGD|HKD|MXN)\b")
_CENTS_AFTER = re.compile(
    r"(?:\s?(?P<code>cents?|¢|pence|penny)|(?<!\d\d\d)(?P<p>p))(?![\w'’]|\.m)", re.IGNORECASE
)
_PERCENT_AFTER = re.compile(r"\s?(?:%|percent\b|per\s?cent\b|percentage points?\b)", re.IGNORECASE)
_WORKING = "working|business|banking|school|week"
_DURATION_AFTER = re.compile(
    rf"[\s-]?(?:(?P<working>{_WORKING})[\s-]?|(?:calendar|full|whole|consecutive|straight|further|more|extra|"
    rf"additional|clear|entire|complete|solid)\s)?(?P<unit>{'|'.join(_TIME_UNITS)})s?(?![A-Za-z])",
    re.IGNORECASE,
)
_MEASURE_NAMES = "|".join(re.escape(name) for name in sorted(_MEASURES, key=len, reverse=True))
_MEASURE_AFTER = re.compile(rf"[\s-]?(?P<unit>{_MEASURE_NAMES})(?![\w/])", re.IGNORECASE)
# "$110 each way" is no rate: a way is the journey that the sentence is about.
_RATE_AFTER = re.compile(
    r"(?:\s(?:for\seach|for\severy|per|a|an|each|every)\s|\s?/\s?)"
    r"(?:(?:calendar|full|whole|additional|extra|further|started|single|individual)\s)?"
    r"(?P<per>(?!way\b)[a-z]{2,20})(?![\w-])",
    re.IGNORECASE,
)
_MOST_RATES = 3
_AND_A_HALF = re.compile(AND_A_HALF, re.IGNORECASE)
_PREPOSITIONS = (
    "within|in|after|for|than|least|most|about|around|takes|lasts|every|of|up to|over|under|until|is|by"
)
_QUARTERS = r"(?:(?:a|one|three)[\s-])?quarters?\sof\s(?=an?\s)"

# "a week" is an amount after a preposition ("within a week"), else it is a rate ("twice a week").
ONE_UNIT = re.compile(
    rf"(?:\b(?:{_PREPOSITIONS})\s(?=an?\s|half\s|another\s)"
    rf"|\b(?=a\sfortnight|half\s(?:of\s)?an?\s|{_QUARTERS}|an?\s(?:{'|'.join(_TIME_UNITS)}){AND_A_HALF}))"
    rf"(?P<amount>(?:half\s(?:of\s)?|{_QUARTERS})?an?\s(?:half[\s-])?(?:further\s)?|another\s)"
    rf"(?P<unit>(?:(?:{_WORKING})\s)?(?:{'|'.join(_TIME_UNITS)}))\b(?<!second)(?!-\w)",
    re.IGNORECASE,
)
_SINGLE = re.compile(
    rf"(?:an?|one|another)\s(?:(?:more|full|whole|further|calendar|single|rolling|extra)\s)?(?P<unit>{'|'.join(_TIME_UNITS)})",
    re.IGNORECASE,
)
_EVERY = {"day": "daily", "year": "yearly|annual|annually|annum", "fortnight": "fortnightly"}
_SPOKEN = {
    unit: re.compile(rf"\b(?:{unit}s?|{_EVERY.get(unit, unit + 'ly')})\b", re.IGNORECASE)
    for unit in _TIME_UNITS
}


def speaks_of_period(text: str, quote: str) -> bool:
    """Whether a text has the unit of ``quote``, if that is one of it: "monthly" for "a month", "daily" for "a day"."""
    match = _SINGLE.fullmatch(quote)
    if match is None:
        return False
    return _SPOKEN[match["unit"].lower()].search(text) is not None


def currency_before(text: str, end: int) -> tuple[str, int] | None:
    """The currency code written just before character ``end`` ("$", "USD "), with where it starts."""
    start = max(0, end - 5)
    match = _CURRENCY_BEFORE.search(text[start:end])
    if match is None:
        return None
    code = _CURRENCIES.get(match.group().strip().rstrip(".").lower())
    return None if code is None else (code, start + match.start())


def dollars_after(text: str, start: int) -> tuple[str, int] | None:
    """Which dollars a bare "$50" that ends at ``start`` is said to be ("$50 CAD"), with where that ends."""
    match = _DOLLARS_AFTER.match(text, start)
    return None if match is None else (match["code"], match.end())


def single(match: re.Match[str], unit: Unit) -> Decimal:
    """What a match of ``ONE_UNIT`` says in ``unit``'s name: one, a half, or one or three quarters of it."""
    words = match["amount"].lower()
    if "quarter" in words:
        return unit.measured(Decimal("0.75" if "three" in words else "0.25"))
    return unit.measured(HALF if "half" in words else Decimal(1))


def and_a_half(text: str, end: int, unit: Unit) -> tuple[Decimal, int]:
    """What "and a half" after a unit that ends at ``end`` adds to it ("an hour and a half"), with where that ends."""
    match = _AND_A_HALF.match(text, end)
    return (Decimal(0), end) if match is None else (unit.measured(HALF), match.end())


def unit_after(text: str, start: int) -> Unit | None:
    """The unit written right after a number that ends at ``start``; None where it counts things or nothing."""
    if match := _PERCENT_AFTER.match(text, start):
        return Unit(ValueKind.PERCENT, "%", Fraction(1), match.end())
    if match := _CENTS_AFTER.match(text, start):
        return Unit(ValueKind.MONEY, _CENTS[(match["code"] or "p").lower()], Fraction(1, 100), match.end())
    if match := _MONEY_AFTER.match(text, start):
        return Unit(ValueKind.MONEY, _CURRENCIES[match["code"].lower()], Fraction(1), match.end())
    if match := _DURATION_AFTER.match(text, start):
        return _duration(match)
    if match := _MEASURE_AFTER.match(text, start):
        name, factor = _MEASURES[match["unit"].lower()]
        return Unit(ValueKind.MEASURE, name, Fraction(factor), match.end())
    return None


def _duration(match: re.Match[str]) -> Unit:
    name, factor = _TIME_UNITS[match["unit"].lower()]
    working = (match["working"] or "").lower()
    if working and match["unit"].lower() == "day":
        name, factor = ("school_day" if working == "school" else _WORKING_DAY), Fraction(1)
    return Unit(ValueKind.DURATION, name, factor, match.end())


def rate_after(text: str, start: int) -> tuple[str, int] | None:
    """What a value is counted by ("per night", "a month", "per person per night"), with where that ends.

    In lower case, and several units with "per" between them, as in "person per night".
    """
    units: list[str] = []
    while len(units) < _MOST_RATES and (match := _RATE_AFTER.match(text, start)):
        units.append(match["per"].lower())
        start = match.end()
    return (" per ".join(units), start) if units else None
