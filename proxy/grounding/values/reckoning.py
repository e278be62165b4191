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


def is_derived(value: Value, said: Sequence[Value], policy: Sequence[Value], text: str = "") -> bool:
    """Whether simple arithmetic gives this value: a sum, difference, multiple or share of two given values.

    At least one of the two is ``said`` by the customer or the answer: two numbers of the policy give anything. Only
    where ``text``, the answer, says "double" or compares ("$21 more") is a number of the policy doubled, or taken from
    another one.
    """
    if value.kind in _UNRECKONED or value.is_range:
        return False
    wanted = round(value.amount, 6)
    mine = [(each.kind, each.unit, each.amount) for each in said[:_MOST_VALUES]]
    theirs = [(each.kind, each.unit, each.amount) for each in policy[:_MOST_VALUES]]
    bare = _bare(value, said[:_MOST_VALUES])
    pairs = [*combinations(mine, 2), *product([*mine, *bare], theirs)]
    if any(wanted in _results(value, first, second) for first, second in pairs):
        return True
    factors = [factor for words, factor in _MULTIPLES.items() if words.search(text)]
    if any(
        amount * factor == wanted for amount in _alike(value, [*mine, *bare, *theirs]) for factor in factors
    ):
        return True
    return _DIFFERS.search(text) is not None and any(
        abs(first - second) == wanted for first, second in combinations(_alike(value, theirs), 2)
    )


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


def _bare(value: Value, said: Sequence[Value]) -> list[_Typed]:
    """Numbers that count nothing, as ones of the wanted kind: "inflation is 4", "I earn 2,500"."""
    if value.kind not in (ValueKind.MONEY, ValueKind.PERCENT):
        return []
    bare = [each.amount for each in said if each.kind is ValueKind.COUNT and not each.nouns]
    return [(value.kind, value.unit, amount) for amount in bare]


def _alike(value: Value, given: Sequence[_Typed]) -> list[Decimal]:
    return [amount for kind, unit, amount in given if kind is value.kind and unit == value.unit]


def _results(value: Value, first: _Typed, second: _Typed) -> set[Decimal]:
    if first[0] is second[0] is ValueKind.DATE:
        return _between(value, first[2], second[2])
    typed = [number for number in (first, second) if number[0] is value.kind and number[1] == value.unit]
    results: set[Decimal] = set()
    if len(typed) == 2:
        results |= {first[2] + second[2], abs(first[2] - second[2])}
    if len(typed) == 1:
        base, factor = (first, second) if typed[0] is first else (second, first)
        if factor[0] is ValueKind.PERCENT:
            share = base[2] * factor[2] / 100
            results |= {share, base[2] - share, base[2] + share}
        if value.kind is ValueKind.TIME:
            return _moments(base[2], factor)
        for number in _as_factors(factor):
            results |= {base[2] * number, base[2] / number}
    return {round(result, 6) for result in results}


def _as_factors(factor: _Typed) -> list[Decimal]:
    """The numbers a rate may be multiplied by: "4 nights" is 4; hours may have been written as minutes or days."""
    kind, unit, amount = factor
    if kind not in (ValueKind.COUNT, ValueKind.DURATION, ValueKind.MEASURE) or not amount:
        return []
    return [amount, amount * 60, amount / 24, amount / 168] if unit == "hour" else [amount]


def _moments(start: Decimal, duration: _Typed) -> set[Decimal]:
    """The times of day so long before and after another one, in minutes."""
    if duration[0] is not ValueKind.DURATION or duration[1] != "hour":
        return set()
    minutes = duration[2] * 60
    return {round((start + minutes) % _DAY, 6), round((start - minutes) % _DAY, 6)}


def _between(value: Value, first: Decimal, second: Decimal) -> set[Decimal]:
    """The time between two dates in the wanted unit: days in hours, or whole months; a year unsaid is the other's."""
    if value.kind is not ValueKind.DURATION:
        return set()
    (year, month, day), (other_year, other_month, other_day) = _parts(first), _parts(second)
    if value.unit == "month" and day == other_day:
        months = 12 * (year - other_year if year and other_year else 0) + month - other_month
        return (
            {Decimal(abs(months))} if year and other_year else {Decimal(months % 12), Decimal(-months % 12)}
        )
    try:
        days = (
            date(year or other_year or 2023, month, day)
            - date(other_year or year or 2023, other_month, other_day)
        ).days
    except ValueError:  # no day said, or none that there is
        return set()
    return {Decimal(24 * abs(days))} if value.unit == "hour" else set()


def _parts(yyyymmdd: Decimal) -> tuple[int, int, int]:
    number = int(yyyymmdd)
    return number // 10_000, number // 100 % 100, number % 100
