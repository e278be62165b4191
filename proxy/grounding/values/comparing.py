"""How a value in an answer stands to one in a policy: the same, implied by it, in conflict, or about something else.

Whether two values play the same part in their sentences is for the alignment to say; here only values of the same
kind, unit and counted thing can conflict.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from itertools import combinations, product

from proxy.grounding.values.bounds import Comparator
from proxy.grounding.values.finding import Value
from proxy.grounding.values.units import ValueKind


class Relation(StrEnum):
    SAME = "same"
    COMPATIBLE = "compatible"
    CONFLICT = "conflict"
    UNRELATED = "unrelated"


_WEIGHTS = {"kg", "lb"}
_LENGTHS = {"cm", "inch", "foot"}
_DISTANCES = {"km", "mile"}
_DOLLARS = {"USD", "CAD", "AUD", "NZD"}


def compare(claim: Value, policy: Value) -> Relation:
    """How ``claim`` stands to ``policy``; COMPATIBLE means an instance inside the policy's range or limit."""
    if claim.kind is not policy.kind or _counts_other_things(claim, policy):
        return Relation.UNRELATED
    if claim.unit != policy.unit and not _same_money(claim, policy):
        return Relation.CONFLICT if _is_wrong_unit(claim, policy) else Relation.UNRELATED
    if claim.kind is ValueKind.DATE:
        return _compare_dates(claim, policy)
    if (claim.amount, claim.high) == (policy.amount, policy.high):
        return Relation.CONFLICT if limits_differ(claim, policy) else Relation.SAME
    return Relation.COMPATIBLE if _is_instance(claim, policy) else Relation.CONFLICT


def same_number(claim: Value, policy: Value) -> bool:
    """The same amount of the same thing, whatever bounds it; the end of a range counts as that amount."""
    if claim.kind is not policy.kind or _counts_other_things(claim, policy):
        return False
    if claim.unit != policy.unit and not _same_money(claim, policy):
        return False
    if claim.kind is ValueKind.DATE:
        return _dates_agree(claim.amount, policy.amount) or (
            policy.is_range and _dates_agree(claim.amount, policy.high)
        )
    if claim.is_range:
        return (claim.amount, claim.high) == (policy.amount, policy.high)
    return claim.amount in (policy.amount, policy.high)


def bounds_oppose(claim: Value, policy: Value) -> bool:
    """At most against at least, or before an event against after it."""
    if claim.order and policy.order and claim.order != policy.order:
        return True
    if claim.comparator.is_upper:
        return policy.comparator.is_lower
    return claim.comparator.is_lower and policy.comparator.is_upper


def limits_differ(claim: Value, policy: Value) -> bool:
    """Whether the same number would limit something else: by its bound, or by what it is counted for."""
    return bounds_oppose(claim, policy) or _rates_differ(claim, policy)


def _rates_differ(claim: Value, policy: Value) -> bool:
    """ "$5 per night" against "$5 per stay"."""
    return bool(claim.per and policy.per) and claim.per not in policy.per and policy.per not in claim.per


def is_derived(value: Value, said: Sequence[Value], policy: Sequence[Value]) -> bool:
    """Whether simple arithmetic gives this value: a sum, difference, multiple or share of two given values.

    At least one of the two is ``said`` by the customer or the answer: two numbers of the policy give anything.
    """
    if value.kind in (ValueKind.DATE, ValueKind.WEEKDAY, ValueKind.ORDINAL) or value.is_range:
        return False
    mine = [(given.kind, given.unit, given.amount) for given in said[:20]]
    theirs = [(given.kind, given.unit, given.amount) for given in policy[:20]]
    pairs = [*combinations(mine, 2), *product(mine, theirs)]
    return any(round(value.amount, 6) in _results(value, first, second) for first, second in pairs)


_Typed = tuple[ValueKind, str, Decimal]


def _results(value: Value, first: _Typed, second: _Typed) -> set[Decimal]:
    typed = [number for number in (first, second) if number[0] is value.kind and number[1] == value.unit]
    results: set[Decimal] = set()
    if len(typed) == 2:
        results |= {first[2] + second[2], abs(first[2] - second[2])}
    if typed and len(typed) == 1:
        base, factor = (first, second) if typed[0] is first else (second, first)
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
    return [amount, amount * 60, amount / 24, amount / 168] if unit == "hour" else [amount]


def _counts_other_things(claim: Value, policy: Value) -> bool:
    if claim.kind not in (ValueKind.COUNT, ValueKind.ORDINAL):
        return False
    if claim.nouns and policy.nouns:
        return not claim.nouns & policy.nouns
    alike = claim.nouns == policy.nouns and claim.comparator is policy.comparator
    limits = alike and claim.comparator is not Comparator.UNSTATED  # "children under 16" has its noun before
    return claim.amount != policy.amount and not limits


def _same_money(claim: Value, policy: Value) -> bool:
    return (
        claim.kind is ValueKind.MONEY
        and {claim.unit, policy.unit} <= _DOLLARS
        and "USD" in (claim.unit, policy.unit)
    )


def _is_wrong_unit(claim: Value, policy: Value) -> bool:
    """The same number with another unit ("5 days" for "5 working days", "8 lb" for "8 kg")."""
    if claim.kind is ValueKind.DURATION:
        return _number_written(claim) == _number_written(policy)
    units = {claim.unit, policy.unit}
    alike = claim.kind is ValueKind.MONEY or any(units <= group for group in (_WEIGHTS, _LENGTHS, _DISTANCES))
    return alike and claim.amount == policy.amount


def _number_written(value: Value) -> Decimal:
    return value.amount / 24 if value.unit == "hour" and value.amount >= 24 else value.amount


def _compare_dates(claim: Value, policy: Value) -> Relation:
    if not any(mine and theirs for mine, theirs in _parts_of_both(claim.amount, policy.amount)):
        return Relation.UNRELATED
    if _dates_agree(claim.amount, policy.amount):
        return Relation.CONFLICT if bounds_oppose(claim, policy) else Relation.SAME
    inside = policy.is_range and policy.amount <= claim.amount <= policy.high
    return Relation.COMPATIBLE if inside else Relation.CONFLICT


def _dates_agree(mine: Decimal, theirs: Decimal) -> bool:
    said = [pair for pair in _parts_of_both(mine, theirs) if all(pair)]
    return bool(said) and all(one == other for one, other in said)


def _parts_of_both(mine: Decimal, theirs: Decimal) -> list[tuple[int, int]]:
    return list(zip(_date_parts(mine), _date_parts(theirs), strict=True))


def _date_parts(amount: Decimal) -> tuple[int, int, int]:
    number = int(amount)
    return number // 10_000, number // 100 % 100, number % 100


def _is_instance(claim: Value, policy: Value) -> bool:
    """A plain value inside the policy's range or limit; a stated limit is never an instance of another one."""
    if claim.comparator not in (Comparator.UNSTATED, Comparator.EXACTLY, Comparator.ABOUT):
        return False
    if policy.is_range:
        return policy.amount <= claim.amount and claim.high <= policy.high
    limits = {
        Comparator.AT_MOST: claim.high <= policy.amount,
        Comparator.LESS_THAN: claim.high < policy.amount,
        Comparator.AT_LEAST: claim.amount >= policy.amount,
        Comparator.MORE_THAN: claim.amount > policy.amount,
    }
    return limits.get(policy.comparator, False)
