"""Values of a claim that nothing retrieved, asked or known states or implies: what makes a claim unsupportable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from proxy.grounding.policy.binding import Binding
from proxy.grounding.policy.differences import Standing, ValueStanding
from proxy.grounding.values.calendar import names_month
from proxy.grounding.values.comparing import found_in, same_number
from proxy.grounding.values.finding import Value, values_of
from proxy.grounding.values.numbers import numbers_of
from proxy.grounding.values.reckoning import is_converted, is_sum
from proxy.grounding.values.units import ValueKind, speaks_of_period

# A count without one of these nouns introduces a list ("three things") or is a pronoun.
_ANY_NOUN = frozenset(
    "thing step option way reason item point condition document detail question rule type kind case part choic".split()
)
_MEASURED = frozenset({ValueKind.DURATION, ValueKind.PERCENT, ValueKind.MEASURE})
# What arithmetic over several given values may yield; it has no place in the policy, so that only givens explain it.
_RECKONED = frozenset({ValueKind.MONEY, ValueKind.DATE, ValueKind.TIME, ValueKind.COUNT, ValueKind.WEEKDAY})
# How well a value's words must fit the place that has it: in another passage, and in another document.
_UNBOUND = 0.3
_UNBOUND_AFAR = 0.7
_UNSAID = frozenset({Standing.ABSENT, Standing.CONFLICT, Standing.ELSEWHERE})


@dataclass(frozen=True, slots=True)
class _Grounds:
    """What a value may rest on; ``passage`` is the one that the claim aligns with, ``near`` are its values.

    ``asked`` are values of the question and the facts, ``stated`` those of the document that decides.
    """

    asked: Sequence[Value]
    asks_of_month: bool
    passage: str
    near: Sequence[Value]
    stated: Sequence[Value]


def groundless_values(
    standings: Sequence[ValueStanding],
    given: str,
    passage: str,
    passages: Sequence[str],
    own: Sequence[str],
    bindings: Sequence[Binding],
) -> tuple[Value, ...]:
    """The claim's hard values without ground, in order.

    Money, dates and times may be reckoned from what the question or the facts give; durations, shares and measures are
    said, follow by plain arithmetic from what was asked, or they are made up. A bare number counts as said: a table's
    head may name its unit. ``own`` are passages of the document that decides: "90 days" of another one is a ground
    only where it stands with the claim's words.
    """
    fits = {each.value: each.fit for each in bindings}
    numbers = _bare_numbers([*passages, given])
    grounds = _Grounds(
        asked=values_of(given),
        asks_of_month=names_month(given),
        passage=passage,
        near=values_of(passage),
        stated=[value for text in own for value in values_of(text)],
    )
    return tuple(
        each.value
        for each in standings
        if _is_groundless(each, grounds, fits.get(each.value, 1.0)) and _written(each.value) not in numbers
    )


def _bare_numbers(texts: Sequence[str]) -> frozenset[Decimal]:
    return frozenset(
        value.amount
        for text in texts
        for value in values_of(text)
        if value.kind is ValueKind.COUNT and not value.nouns
    )


def _written(value: Value) -> Decimal:
    """The number as it was written, before its unit was taken in."""
    number = next(numbers_of(value.quote), None)
    return number.amount if number is not None else value.amount


def _is_groundless(each: ValueStanding, grounds: _Grounds, fit: float) -> bool:
    value = each.value
    if each.standing not in _UNSAID or found_in(value, grounds.asked):
        return False
    if each.standing is Standing.ELSEWHERE:
        is_near = any(same_number(value, other) for other in grounds.stated)
        unbound = value.kind in _MEASURED and fit < (_UNBOUND if is_near else _UNBOUND_AFAR)
        return unbound and not _follows(each, grounds)
    if value.kind in _MEASURED:
        return not _follows(each, grounds)
    if value.kind is ValueKind.COUNT and (not value.nouns or value.nouns & _ANY_NOUN or value.amount == 1):
        return False
    if value.kind is ValueKind.DATE and grounds.asks_of_month:
        return False
    return value.kind in _RECKONED and not grounds.asked


def _follows(each: ValueStanding, grounds: _Grounds) -> bool:
    """Whether a value follows from what policy and customer say: in other units, by arithmetic, or as "a month"."""
    value = each.value
    if speaks_of_period(grounds.passage, value.quote) or is_converted(value, grounds.near):
        return True
    is_case = each.standing is not Standing.CONFLICT and not value.comparator.is_limit
    return is_case and is_sum(value, grounds.asked, grounds.stated)
