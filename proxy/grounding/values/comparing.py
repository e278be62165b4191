"""How a value in an answer stands to one in a policy: the same, implied by it, in conflict, or about something else.

Whether two values play the same part in their sentences is for the alignment to say; here only values of the same
kind, unit and counted thing can conflict.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from enum import StrEnum
from itertools import product

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
_DOLLARS = {"USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN"}
_AMERICAN = re.compile(r"US|U\.S|American", re.IGNORECASE)
_DAY = 24 * 60  # minutes; midnight is both its end and, as "0:00", its beginning
# Who pays by the head is called by many names.
_HEADS = frozenset("person passenger guest traveller traveler customer head individual".split())
# The first one is said, and what holds from there on.
_GOES_ON = re.compile(
    r"\b(?:additional|further|extra|another|others?|after(?:wards?|\sth(?:at|e\sfirst))|thereafter|then|subsequent"
    r"|following|next|later|onwards?|remaining|the\srest|from\s(?:the\s)?\w+\s(?:\w+\s)?on)\b",
    re.IGNORECASE,
)


def compare(claim: Value, policy: Value) -> Relation:
    """How ``claim`` stands to ``policy``; COMPATIBLE means an instance inside the policy's range or limit."""
    if claim.kind is not policy.kind or _counts_other_things(claim, policy):
        return Relation.UNRELATED
    if claim.unit != policy.unit and not _same_money(claim, policy):
        return Relation.CONFLICT if _is_wrong_unit(claim, policy) else Relation.UNRELATED
    if claim.kind is ValueKind.DATE:
        return _compare_dates(claim, policy)
    if _are_equal(claim, claim.amount, policy.amount) and _are_equal(claim, claim.high, policy.high):
        return Relation.CONFLICT if limits_differ(claim, policy) else Relation.SAME
    return Relation.COMPATIBLE if _is_instance(claim, policy) else Relation.CONFLICT


def contradicts(claim: Value, policy: Value, line: str) -> bool:
    """Whether ``policy``, a value of ``line``, is another one in the place of ``claim``.

    A second bag is no contradiction of "the first bag is free, each additional bag costs $40".
    """
    if compare(claim, policy) is not Relation.CONFLICT:
        return False
    later = (
        claim.kind is ValueKind.ORDINAL and claim.amount > policy.amount and not policy.comparator.is_lower
    )
    return not (later and _GOES_ON.search(line))


def found_in(claim: Value, others: Sequence[Value]) -> Value | None:
    """The first of ``others`` that says the claim's number.

    The ends of a range may stand apart: "open from 9 to 5" is said where it opens at 9 and closes at 5.
    """
    same = next((other for other in others if same_number(claim, other)), None)
    if same is not None or not claim.is_range:
        return same
    low, high = (found_in(replace(claim, amount=end, high=end), others) for end in (claim.amount, claim.high))
    return low if high is not None else None


def same_number(claim: Value, policy: Value) -> bool:
    """The same amount of the same thing, whatever bounds it; the end of a range counts as that amount."""
    if claim.kind is not policy.kind or _counts_other_things(claim, policy):
        return False
    if claim.unit != policy.unit and not _same_money(claim, policy):
        return False
    if claim.kind is ValueKind.DATE:
        return _dates_agree(claim, policy) or (policy.is_range and _agree_in_parts(claim.amount, policy.high))
    if claim.is_range:
        return _are_equal(claim, claim.amount, policy.amount) and _are_equal(claim, claim.high, policy.high)
    return any(_are_equal(claim, claim.amount, end) for end in (policy.amount, policy.high))


def _are_equal(value: Value, mine: Decimal, theirs: Decimal) -> bool:
    """The same amount; of times of day, 0:00 is 24:00."""
    return mine == theirs or (value.kind is ValueKind.TIME and mine % _DAY == theirs % _DAY)


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
    """ "$5 per night" against "$5 per stay"; "per night" leaves open for how many persons."""
    mine, theirs = _rates(claim), _rates(policy)
    return not (mine <= theirs or theirs <= mine)


def _rates(value: Value) -> frozenset[str]:
    units = value.per.split(" per ") if value.per else ()
    return frozenset("person" if unit in _HEADS else unit for unit in units)


def _counts_other_things(claim: Value, policy: Value) -> bool:
    if claim.kind not in (ValueKind.COUNT, ValueKind.ORDINAL):
        return False
    if claim.nouns and policy.nouns:
        return not claim.nouns & policy.nouns
    alike = claim.nouns == policy.nouns and claim.comparator is policy.comparator
    limits = alike and claim.comparator is not Comparator.UNSTATED  # "children under 16" has its noun before
    return claim.amount != policy.amount and not limits


def _same_money(claim: Value, policy: Value) -> bool:
    """A bare "$50" may be in any dollars, "US$50" is not "C$50"."""
    return (
        claim.kind is ValueKind.MONEY
        and {claim.unit, policy.unit} <= _DOLLARS
        and any(value.unit == "USD" and not _AMERICAN.search(value.quote) for value in (claim, policy))
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
    if _dates_agree(claim, policy):
        return Relation.CONFLICT if bounds_oppose(claim, policy) else Relation.SAME
    inside = policy.is_range and policy.amount <= claim.amount <= policy.high
    return Relation.COMPATIBLE if inside else Relation.CONFLICT


def _dates_agree(claim: Value, policy: Value) -> bool:
    return any(_agree_in_parts(mine, theirs) for mine, theirs in product(_readings(claim), _readings(policy)))


def _readings(value: Value) -> tuple[Decimal, ...]:
    """What a date may mean: "05/06/2026" is 6 May as well as 5 June."""
    year, month, day = _date_parts(value.amount)
    if (value.quote[2:3] != "/" and value.quote[1:2] != "/") or value.is_range or not 0 < day <= 12:
        return (value.amount,)
    return value.amount, Decimal(10_000 * year + 100 * day + month)


def _agree_in_parts(mine: Decimal, theirs: Decimal) -> bool:
    said = [pair for pair in _parts_of_both(mine, theirs) if all(pair)]
    return bool(said) and all(one == other for one, other in said)


def _parts_of_both(mine: Decimal, theirs: Decimal) -> list[tuple[int, int]]:
    return list(zip(_date_parts(mine), _date_parts(theirs), strict=True))


def _date_parts(amount: Decimal) -> tuple[int, int, int]:
    number = int(amount)
    return number // 10_000, number // 100 % 100, number % 100


def _is_instance(claim: Value, policy: Value) -> bool:
    """A plain value inside the policy's range or limit; a stated limit is never an instance of another one."""
    if claim.comparator.is_limit:
        return False
    if policy.is_range:
        return _is_within(claim, policy)
    lower, upper = policy.amount, policy.amount
    if policy.kind is ValueKind.TIME:
        lower, upper = lower % _DAY, upper or Decimal(_DAY)
    limits = {
        Comparator.AT_MOST: claim.high <= upper,
        Comparator.LESS_THAN: claim.high < upper,
        Comparator.AT_LEAST: claim.amount >= lower,
        Comparator.MORE_THAN: claim.amount > lower,
    }
    return limits.get(policy.comparator, False)


def _is_within(claim: Value, policy: Value) -> bool:
    """Inside a range; one of times may go over midnight ("10 pm to 6 am")."""
    if policy.kind is ValueKind.TIME and policy.high < policy.amount and not claim.is_range:
        return claim.amount >= policy.amount or claim.amount <= policy.high
    return policy.amount <= claim.amount and claim.high <= policy.high
