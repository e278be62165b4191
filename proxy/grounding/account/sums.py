"""Whether an amount that stands in no tool result follows from those that do: a total, a difference, a multiple."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from itertools import combinations, islice

from proxy.grounding.account.fact_values import Leaf
from proxy.grounding.claims.phrases import phrases, stems_in
from proxy.grounding.values.finding import Value, ValueKind

_COMPUTED = phrases(
    r"""
    \b(?:total|sum|altogether|in all|combined|difference|additional|extra|remaining|remainder|left|leaves|balance)\b
    \b(?:more|less|saved?|savings|per|round-?trip|refund\w*|cost|price|amount)\b
    """
)
_MONEY_KEYS = stems_in("price amount cost fee total balance paid payment fare tax charge refund")
MOST_TERMS = 60  # distinct amounts that are combined: more would make nearly any number a sum
MOST_DATES = 20
LARGEST_FACTOR = 9  # travellers, bags, months


def is_sum(amount: Decimal, text: str, leaves: Iterable[Leaf], counts: Iterable[Decimal]) -> bool:
    """Whether ``amount`` is the sum or difference of two amounts among the leaves, or a small multiple of one."""
    if not _COMPUTED.search(text):
        return False
    money = (number for leaf in leaves if leaf.keys & _MONEY_KEYS for number in leaf.numbers)
    terms = sorted({number for number in islice(money, 2_000) if number > 0})[:MOST_TERMS]
    factors = {count for count in counts if 2 <= count <= LARGEST_FACTOR and count == int(count)}
    if any(term * factor == amount for term in terms for factor in factors):
        return True
    return (
        any(amount in (a + b, abs(a - b)) for a, b in combinations(terms, 2))
        if len(terms) <= MOST_TERMS // 2
        else False
    )


def is_between_dates(value: Value, leaves: Iterable[Leaf]) -> bool:
    """Whether a duration in days lies between two dates of the results ("20 days from today")."""
    if value.kind is not ValueKind.DURATION or value.unit != "hour" or value.amount < 24:
        return False
    days = {date(*moment) for leaf in leaves for moment in leaf.dates if _is_whole(moment)}
    if len(days) > MOST_DATES:
        return False
    return any(abs((a - b).days) * 24 == value.amount for a, b in combinations(sorted(days), 2))


def _is_whole(moment: tuple[int, int, int]) -> bool:
    try:
        date(*moment)
    except ValueError:
        return False
    return True
