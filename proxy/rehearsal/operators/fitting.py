"""Operators' levels from recorded traffic: in how many of its conversations each is seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from proxy.intervals import Rate
from proxy.rehearsal.operators.registry import OPERATORS
from proxy.rehearsal.suite.model import Conversation


def fitted(conversations: Iterable[Conversation]) -> Mapping[str, Rate]:
    """By operator the share of conversations that show it, of those that say. Not every one can be seen in a suite."""
    hits, of = Counter[str](), Counter[str]()
    can_be_seen = {name: operator.seen for name, operator in OPERATORS.items() if operator.seen}
    for conversation in conversations:
        for name, seen in can_be_seen.items():
            if (is_seen := seen(conversation)) is not None:
                hits[name] += is_seen
                of[name] += 1
    return {name: Rate(hits[name], of[name]) for name in can_be_seen if of[name]}
