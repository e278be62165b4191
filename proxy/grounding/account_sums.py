"""Whether an amount that stands in no tool result follows from those that do: a total, a difference, a multiple."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from itertools import combinations, islice

from proxy.grounding.fact_values import Leaf

_COMPUTED = re.compile(
    r"\b(?:total|sum|altogether|in all|combined|difference|additional|extra|remaining|remainder|left|leaves|balance|more|less|saved?|savings|per"
    r"|round-?trip|refund\w*|cost|price|amount)\b",
    re.IGNORECASE,
)
_MONEY_KEYS = frozenset("price prices amount cost fee total balanc paid payment fare tax charg refund".split()) | {"price", "amount", "cost"}
MOST_TERMS = 60  # distinct amounts that are combined: more would make nearly any number a sum
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
    return any(amount in (a + b, abs(a - b)) for a, b in combinations(terms, 2)) if len(terms) <= MOST_TERMS // 2 else False
