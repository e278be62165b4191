"""Typed values in text: amounts of money, percentages, counts, measures, durations, dates and times of day.

A value is read with what bounds it ("within 30 days", "no more than two bags", "after 6 PM"), because a policy's
numbers are nearly always limits. How two values compare is in ``comparing.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from proxy.grounding.text.words import READINGS_KEPT, STOP_WORDS, stem
from proxy.grounding.values.bounds import Comparator, bound_of, order_of
from proxy.grounding.values.calendar import calendar_values
from proxy.grounding.values.numbers import Number, from_digits, numbers_of
from proxy.grounding.values.units import (
    ONE_UNIT,
    ValueKind,
    and_a_half,
    currency_before,
    dollars_after,
    rate_after,
    single,
    unit_after,
)

__all__ = ["Comparator", "Value", "ValueKind", "values_of"]

LONGEST_TEXT = 20_000  # characters read: no sentence or passage that means something is longer

_NOUNS = re.compile(r"[\s-]{1,2}([A-Za-z]{2,30})")
_FILLERS = frozenset({"more", "further", "other", "additional", "extra", "full", "whole", "different", "new"})
_RANGE_GAP = re.compile(r"\s?(?:to|through|until|and|[-–—]|(?-i:up to))\s?\Z", re.IGNORECASE)
# "at least 5 and at most 7 days", with what stands before its first number
_LIMITS_GAP = re.compile(r"\s(?:and|but)\s(?:at\smost|no\smore\sthan|a\smaximum\sof)\s", re.IGNORECASE)
_LOWER = re.compile(r"\b(?:at\sleast|a\sminimum\sof)\s\Z", re.IGNORECASE)
_PERCENT_WORDS = re.compile(
    r"\bhalf(?=\s(?:of\b(?!\san?\b)|the\b|price|your|its|his|that|what|back|fare))"
    r"|(?<!\band\sa\s)\bhalf(?=[.,;]|\sis\b)",
    re.IGNORECASE,
)
_DIVIDED = frozenset({ValueKind.DURATION, ValueKind.MEASURE})
_TIMES = re.compile(
    r"\b(?P<word>once|twice)\b(?!\s(?:you|we|the|your|it|this|that|a|an|they|all|again|more|I|there)\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Value:
    """A typed value; ``text[start:end] == quote``.

    ``amount`` and ``high`` are the ends of a range (equal for a single value), normalised to ``unit``: money in the
    currency's main unit (ISO code; a bare "$" reads as USD, "$5 CAD" does not), durations in ``hour``, ``month``,
    ``working_day``, ``school_day`` or ``night``, dates as ``yyyymmdd`` with zeros for what is not said, times of day
    in minutes, weekdays 1 to 7. ``nouns`` are the stems of what is counted, ``per`` the units of a rate ("night" of
    "$5 per night", "person per night" where there are two), ``order`` is "before" or "after" where a duration is
    counted from an event ("24 hours before departure").
    """

    kind: ValueKind
    amount: Decimal
    high: Decimal
    unit: str
    comparator: Comparator
    start: int
    end: int
    quote: str
    nouns: frozenset[str] = frozenset()
    per: str = ""
    order: str = ""

    @property
    def is_range(self) -> bool:
        return self.high != self.amount


@lru_cache(maxsize=READINGS_KEPT)
def values_of(text: str) -> tuple[Value, ...]:
    """All typed values in ``text``, from left to right; pure, and linear in the text's length."""
    text = text[:LONGEST_TEXT]
    calendar = [_plain(text, kind, amount, start, end) for kind, amount, start, end in calendar_values(text)]
    taken = bytearray(len(text) + 1)
    for value in calendar:
        taken[value.start : value.end] = b"\x01" * (value.end - value.start)
    others = [value for value in _numeric(text) if not any(taken[value.start : value.end])]
    ordered = _without_overlap(sorted([*calendar, *others], key=lambda value: (value.start, -value.end)))
    return tuple(_in_context(text, value) for value in _with_ranges(text, ordered) if _says_something(value))


def _plain(
    text: str, kind: ValueKind, amount: Decimal, start: int, end: int, unit: str | None = None
) -> Value:
    return Value(kind, amount, amount, unit or kind.value, Comparator.UNSTATED, start, end, text[start:end])


def _numeric(text: str) -> Iterator[Value]:
    for number in numbers_of(text):
        if not _is_section_number(text, number):
            yield _measured(text, number)
    for match in ONE_UNIT.finditer(text):
        unit = unit_after(text, match.start("unit"))
        if unit is not None and unit.kind is ValueKind.DURATION:
            more, end = and_a_half(text, unit.end, unit)
            yield _plain(text, unit.kind, single(match, unit) + more, match.start("amount"), end, unit.name)
    for match in _PERCENT_WORDS.finditer(text):
        yield _plain(text, ValueKind.PERCENT, Decimal(50), match.start(), match.end(), "%")
    for match in _TIMES.finditer(text):
        amount = Decimal(1 if match["word"].lower() == "once" else 2)
        value = _plain(text, ValueKind.COUNT, amount, match.start(), match.end(), "count")
        yield replace(value, nouns=frozenset({"time"}))


def _is_section_number(text: str, number: Number) -> bool:
    """``1.3 Refunds`` or ``2. Refunds`` at the very start numbers the paragraph."""
    if number.worded or number.start > 8 or text[: number.start].strip("#* \n"):
        return False
    return re.match(r"(?:\d{1,2}\.){1,3}\d{0,2}\)?\s", text[number.start : number.end + 3]) is not None


def _measured(text: str, number: Number) -> Value:
    currency = None if number.ordinal else currency_before(text, number.start)
    if currency is not None:
        code, start = currency
        named = dollars_after(text, number.end) if text[start] == "$" else None
        code, end = named or (code, number.end)
        return _plain(text, ValueKind.MONEY, _amount(text, number, code), start, end, code)
    if number.ordinal:
        return _counted(text, number, ValueKind.ORDINAL)
    unit = unit_after(text, number.end)
    if unit is None:
        return _counted(text, number, ValueKind.COUNT)
    more, end = and_a_half(text, unit.end, unit) if unit.kind in _DIVIDED else (Decimal(0), unit.end)
    amount = unit.measured(_amount(text, number, unit.name)) + more
    return _plain(text, unit.kind, amount, number.start, end, unit.name)


def _amount(text: str, number: Number, unit: str) -> Decimal:
    quote = text[number.start : number.end]
    if unit == "EUR" and re.fullmatch(r"\d{1,3}\.\d{3}", quote):
        return from_digits(quote, continental=True)
    return number.amount


def _counted(text: str, number: Number, kind: ValueKind) -> Value:
    nouns: list[str] = []
    position = number.end
    while len(nouns) < 3 and (match := _NOUNS.match(text, position)):
        word = match[1].lower()
        if word not in _FILLERS:
            if word in STOP_WORDS:
                break
            nouns.append(stem(word))
        position = match.end()
    value = _plain(text, kind, number.amount, number.start, number.end, kind.value)
    return replace(value, nouns=frozenset(nouns))


def _without_overlap(values: Sequence[Value]) -> list[Value]:
    kept: list[Value] = []
    for value in values:
        if not kept or value.start >= kept[-1].end:
            kept.append(value)
    return kept


def _with_ranges(text: str, values: Sequence[Value]) -> list[Value]:
    """Join "5 to 7 days", "between $5 and $10" and "9:00-17:00" into one value each."""
    joined: list[Value] = []
    for value in values:
        if joined and _is_range(text, joined[-1], value):
            first = joined.pop()
            factor = value.amount and _factor_of(text, first, value)
            low, high = sorted((first.amount * factor, value.high)) if factor else (first.amount, value.high)
            value = replace(
                value, amount=low, high=high, start=first.start, quote=text[first.start : value.end]
            )
        joined.append(value)
    return joined


def _factor_of(text: str, first: Value, second: Value) -> Decimal:
    """What turns the bare "5" of "5 to 7 weeks" into the unit of the second number; 1 where it has its own."""
    if first.kind is second.kind or second.kind not in (ValueKind.DURATION, ValueKind.MEASURE):
        return Decimal(1 if second.kind not in (ValueKind.TIME, ValueKind.WEEKDAY, ValueKind.DATE) else 0)
    number = next(numbers_of(second.quote), None)
    return second.amount / number.amount if number and number.amount else Decimal(1)


def _is_range(text: str, first: Value, second: Value) -> bool:
    gap = text[first.end : second.start]
    before = text[max(0, first.start - 14) : first.start]
    limits = _LIMITS_GAP.fullmatch(gap) and _LOWER.search(before)
    if first.is_range or not (limits or (len(gap) <= 8 and _RANGE_GAP.fullmatch(gap))):
        return False
    if gap.strip().lower() == "and" and "between" not in before.lower():
        return False
    if first.kind is second.kind:
        return first.unit == second.unit and first.kind is not ValueKind.ORDINAL
    return first.kind is ValueKind.COUNT and not first.nouns


def _in_context(text: str, value: Value) -> Value:
    rate = (
        rate_after(text, value.end)
        if value.kind in (ValueKind.MONEY, ValueKind.PERCENT, ValueKind.COUNT)
        else None
    )
    end = rate[1] if rate else value.end
    order = order_of(text, end) if value.kind is ValueKind.DURATION else ""
    comparator = Comparator.UNSTATED if value.is_range else bound_of(text, value.start, end, order)
    return replace(value, comparator=comparator, per=rate[0] if rate else "", order=order)


def _says_something(value: Value) -> bool:
    """A bare "one" or "first" without a noun is a pronoun, not a value."""
    if value.kind is ValueKind.ORDINAL:
        return bool(value.nouns)
    pronoun = value.kind is ValueKind.COUNT and value.quote.lower() in ("one", "a couple", "couple")
    return not pronoun or bool(value.nouns)
