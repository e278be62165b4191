"""Values that follow from others by plain arithmetic: a sum, a multiple, a share, the days between two dates."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import combinations, product

from proxy.grounding.values.finding import Value
from proxy.grounding.values.units import ValueKind

_MOST_VALUES = 20  # of either side: with more numbers, nearly any other is a sum of two
_MOST_STATED = 200
_SOME_YEAR = 2023  # that is no leap year
_UNRECKONED = frozenset({ValueKind.DATE, ValueKind.WEEKDAY, ValueKind.ORDINAL})
_DAY = 24 * 60  # minutes
_MONTH = (28 * 24, 31 * 24)  # hours
_MULTIPLES = {
    re.compile(r"\b(?:double|twice)\b", re.IGNORECASE): Decimal(2),
    re.compile(r"\b(?:triple|three\stimes)\b", re.IGNORECASE): Decimal(3),
    re.compile(r"\bhalf\b", re.IGNORECASE): Decimal("0.5"),
}
# "$21 more" than another price; "more than $21" is a limit.
_DIFFERS = re.compile(
    r"\b(?:(?:more|less|fewer|longer|shorter|later|earlier)(?!\sthan\s[\d$€£])|further|dearer|cheaper|difference"
    r"|saves?)\b",
    re.IGNORECASE,
)


def is_derived(
    value: Value,
    said: Sequence[Value],
    policy: Sequence[Value],
    *,
    asked: Sequence[Value] = (),
    text: str = "",
) -> bool:
    """Whether simple arithmetic gives this value: a sum, difference, multiple or share of two given values.

    At least one of the two is ``said`` by the answer or ``asked`` by the customer: two numbers of the policy give
    anything. Only where ``text``, the answer, says "double" or compares ("$21 more") is a number of the policy doubled,
    or taken from another one.
    """
    if value.kind in _UNRECKONED or value.is_range:
        return False
    wanted = round(value.amount, 6)
    bare = _bare(value, asked)
    mine, theirs = _typed([*said, *asked]), _typed(policy)
    pairs = [*combinations(mine, 2), *product([*mine, *bare], theirs)]
    if any(wanted in _results(value, first, second) for first, second in pairs):
        return True
    theirs = _alike(value, theirs)
    if any(
        amount * factor == wanted
        for _, _, amount in [*_alike(value, mine), *bare, *theirs]
        for factor in _multiples(value, text)
    ):
        return True
    return _DIFFERS.search(text) is not None and any(
        abs(first - second) == wanted for (*_, first), (*_, second) in combinations(theirs, 2)
    )


def is_sum(value: Value, asked: Sequence[Value], policy: Sequence[Value]) -> bool:
    """Whether a value is what lies between a number of the customer and one of the policy, or both together.

    The policy is all that there is, not a line: with products, nearly any number would follow from it.
    """
    if value.kind in _UNRECKONED or value.is_range:
        return False
    stated = {round(amount, 6) for *_, amount in _alike(value, _typed(policy, _MOST_STATED))}
    return any(
        not stated.isdisjoint((round(value.amount + amount, 6), round(abs(value.amount - amount), 6)))
        for *_, amount in _alike(value, _typed(asked))
    )


def lies_between(value: Value, given: Sequence[Value]) -> bool:
    """Whether a duration is the time between two of the given dates."""
    if value.kind is not ValueKind.DURATION or value.is_range:
        return False
    ends = [(each.amount, each.high) for each in given if each.kind is ValueKind.DATE]
    dates = sorted({date for pair in ends[:_MOST_VALUES] for date in pair})
    return any(value.amount in _between(value, first, second) for first, second in combinations(dates, 2))


def is_converted(value: Value, others: Sequence[Value]) -> bool:
    """Whether another one says the same time in months or in days: "a month" is some 30 days, or four weeks."""
    return any(_is_converted(value, other) or _is_converted(other, value) for other in others)


def _is_converted(months: Value, hours: Value) -> bool:
    if months.kind is not ValueKind.DURATION or hours.kind is not ValueKind.DURATION:
        return False
    if months.unit != "month" or hours.unit != "hour" or months.is_range != hours.is_range:
        return False
    shortest, longest = _MONTH
    return months.amount * shortest <= hours.amount and hours.high <= months.high * longest


_Typed = tuple[ValueKind, str, Decimal]


def _typed(given: Sequence[Value], most: int = _MOST_VALUES) -> list[_Typed]:
    return [(each.kind, each.unit, each.amount) for each in given[:most]]


def _bare(value: Value, asked: Sequence[Value]) -> list[_Typed]:
    """The customer's numbers that count nothing, as ones of the wanted kind: "inflation is 4", "I earn 2,500"."""
    if value.kind not in (ValueKind.MONEY, ValueKind.PERCENT):
        return []
    bare = [each.amount for each in asked if each.kind is ValueKind.COUNT and not each.nouns]
    return [(value.kind, value.unit, amount) for amount in bare[:_MOST_VALUES]]


def _alike(value: Value, given: Sequence[_Typed]) -> list[_Typed]:
    return [each for each in given if each[0] is value.kind and each[1] == value.unit]


def _multiples(value: Value, text: str) -> list[Decimal]:
    """By what the answer says that it multiplies; of counts the words are the value itself ("twice a year")."""
    if value.kind is ValueKind.COUNT:
        return []
    return [factor for words, factor in _MULTIPLES.items() if words.search(text)]


def _results(value: Value, first: _Typed, second: _Typed) -> set[Decimal]:
    typed = _alike(value, (first, second))
    if len(typed) == 2:
        return {round(first[2] + second[2], 6), round(abs(first[2] - second[2]), 6)}
    if not typed:
        return set()
    base, factor = (first, second) if typed[0] is first else (second, first)
    if value.kind is ValueKind.TIME:
        return _moments(base[2], factor)
    results: set[Decimal] = set()
    if factor[0] is ValueKind.PERCENT:
        share = base[2] * factor[2] / 100
        results |= {share, base[2] - share, base[2] + share}
    for number in _as_factors(factor):
        results |= {base[2] * number, base[2] / number}
    return {round(result, 6) for result in results}


def _as_factors(factor: _Typed) -> list[Decimal]:
    """The numbers a rate may be multiplied by: "4 nights" is 4; hours may have been written as minutes or days."""
    kind, unit, amount = factor
    if kind not in (ValueKind.COUNT, ValueKind.DURATION, ValueKind.MEASURE) or not amount:
        return []
    numbers = [amount, amount * 60, amount / 24, amount / 168] if unit == "hour" else [amount]
    return [number for number in numbers if number != 1]  # once a number is that number: nothing is reckoned


def _moments(start: Decimal, duration: _Typed) -> set[Decimal]:
    """The times of day so long before and after another one, in minutes."""
    if duration[0] is not ValueKind.DURATION or duration[1] != "hour":
        return set()
    minutes = duration[2] * 60
    return {round((start + minutes) % _DAY, 6), round((start - minutes) % _DAY, 6)}


def _between(value: Value, first: Decimal, second: Decimal) -> set[Decimal]:
    """The time between two dates in the wanted unit: days in hours, or whole months.

    A year that is not said is the other's; of months without one, either may come first.
    """
    (year, month, day), (other_year, other_month, other_day) = _parts(first), _parts(second)
    if value.unit == "month" and day == other_day:
        months = month - other_month
        if year and other_year:
            return {Decimal(abs(12 * (year - other_year) + months))}
        return {Decimal(months % 12), Decimal(-months % 12)}
    if value.unit != "hour":
        return set()
    year, other_year = year or other_year or _SOME_YEAR, other_year or year or _SOME_YEAR
    try:
        days = (date(year, month, day) - date(other_year, other_month, other_day)).days
    except ValueError:  # no day said, or none that there is
        return set()
    return {Decimal(24 * abs(days))}


def _parts(yyyymmdd: Decimal) -> tuple[int, int, int]:
    number = int(yyyymmdd)
    return number // 10_000, number // 100 % 100, number % 100
