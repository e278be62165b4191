"""Where a claim says something else than the tool results do for the same key."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from proxy.grounding.account.fact_keys import (
    NEGATED,
    TOKEN,
    flag_of,
    flag_said,
    is_number,
    is_telling,
    is_told,
    keyed,
    kind_key,
    last_key,
    means_key,
    says,
)
from proxy.grounding.account.fact_values import FactIndex, Leaf, stems
from proxy.grounding.account.items import AccountItems, informative
from proxy.grounding.claims.phrases import words_in
from proxy.grounding.text.words import STOP_WORDS, stem
from proxy.grounding.values.finding import Value, ValueKind

_NUMERIC = frozenset({ValueKind.MONEY, ValueKind.COUNT, ValueKind.PERCENT, ValueKind.MEASURE})
_CHARGED = re.compile(
    r"\b(?:been|was|were|have|has|'ve) (?:\w+ )?(?:charged|paid|debited|deducted)\b", re.IGNORECASE
)
_UNDER_CONDITION = re.compile(r"\b(?:if|unless|would|could|whether|once|when)\b", re.IGNORECASE)
_NONE_OF = re.compile(
    r"\b(?:no|aren't any|isn't any|not any|without any) (?P<what>(?:[\w-]+ ?){1,4})", re.IGNORECASE
)
_TO_COME = re.compile(
    r"\b(?:new|next|proposed|requested|updated|additional|desired|wanted|needed)\b", re.IGNORECASE
)
# "Total price" is no single price, and "Flight 2" only numbers what follows.
_NOT_ONE_VALUE = re.compile(r"\d|\b(?:total|sum|overall|combined|remaining)\b", re.IGNORECASE)
# "two reservations on May 22" are some of them, and so are "two available flights".
_SOME_OF = words_in("with that which on for in to from whose under who where")
_CLAUSE = re.compile(r"[,;]|\band\b|\bbut\b")


@dataclass(frozen=True, slots=True)
class Conflict:
    """What the claim says, and the leaf that says otherwise."""

    said: str
    leaf: Leaf

    @property
    def reason(self) -> str:
        return f"the answer says “{self.said}”, the result of {self.leaf.source} has {self.leaf.evidence().quote}"


def conflict_in(items: AccountItems, scope: Sequence[Leaf], index: FactIndex) -> Conflict | None:
    """The first contradiction between the claim and the leaves it is about; None where there is none.

    Without an object that the claim names, only keys that have one value in all results can be contradicted.
    """
    leaves = scope or index.leaves
    return (
        _field_conflict(items, leaves)
        or _flag_conflict(items, leaves)
        or _count_conflict(items, leaves)
        or _none_conflict(items, leaves)
        or _kind_conflict(items, leaves, index)
    )


def reversed_payment(items: AccountItems, proven: Sequence[Leaf]) -> Conflict | None:
    """Such as "$114 has been charged" against an amount of -114, which is money given back."""
    amounts = {value.amount for value in items.values if value.kind is ValueKind.MONEY}
    if not amounts or not _CHARGED.search(items.text):
        return None
    backwards = [leaf for leaf in proven if is_number(leaf) and leaf.raw < 0 and amounts & leaf.numbers]
    return Conflict(items.text.strip(), backwards[0]) if len(backwards) == len(amounts) else None


def _field_conflict(items: AccountItems, leaves: Sequence[Leaf]) -> Conflict | None:
    """``Cabin: Business`` against ``"cabin": "economy"``."""
    if not items.label or _TO_COME.search(items.label) or _NOT_ONE_VALUE.search(items.label):
        return None
    found = keyed(stems(items.label), leaves)
    if any(says(items, leaf) for leaf in found):
        return None
    alike = [leaf for leaf in found if _is_comparable(items, leaf) and not leaf.path.endswith("length")]
    if len({str(leaf.raw).lower() for leaf in alike}) != 1:
        return None
    return Conflict(items.text.strip(), alike[0])


def _is_comparable(items: AccountItems, leaf: Leaf) -> bool:
    """Whether a labelled value is of the leaf's kind, so that one being the other's is a contradiction."""
    if flag_of(leaf.raw) is not None:
        return flag_said(items.value) is not None
    kinds = {value.kind for value in items.values}
    if leaf.dates or leaf.times:
        return (ValueKind.DATE if leaf.dates else ValueKind.TIME) in kinds
    if leaf.numbers:
        return bool(kinds & _NUMERIC)
    return not items.values and len(leaf.words) <= 3 and len(stems(items.value)) <= 3


def _flag_conflict(items: AccountItems, leaves: Sequence[Leaf]) -> Conflict | None:
    """Such as "You have travel insurance" against ``"insurance": "no"``."""
    if items.values or _UNDER_CONDITION.search(items.text):
        return None
    words = stems(items.text)
    flags = [leaf for leaf in leaves if flag_of(leaf.raw) is not None and last_key(leaf) <= words]
    flags = [leaf for leaf in flags if is_telling(last_key(leaf))]
    if len({flag_of(leaf.raw) for leaf in flags}) != 1:
        return None
    clause = _clause_about(last_key(flags[0]), items.text)
    said = flag_said(items.value) if items.label else not NEGATED.search(clause)
    return None if said is None or said == flag_of(flags[0].raw) else Conflict(clause.strip(), flags[0])


def _clause_about(key: frozenset[str], text: str) -> str:
    return next((clause for clause in _CLAUSE.split(text) if key <= stems(clause)), text)


def _count_conflict(items: AccountItems, leaves: Sequence[Leaf]) -> Conflict | None:
    """Such as "You have made two swaps" against ``"swaps_this_year": 3``; lists count by their length."""
    for value in items.values:
        counted = _counted_by(value, items, leaves)
        if len({leaf.raw for leaf in counted}) == 1 and value.amount not in counted[0].numbers:
            return Conflict(f"{value.quote} {_after(value, items.text)}", counted[0])
    return None


def _counted_by(value: Value, items: AccountItems, leaves: Sequence[Leaf]) -> list[Leaf]:
    """The numbers of what the value counts; nothing where it counts some of them only."""
    noun, *following = _after(value, items.text).split(" ") or [""]
    counted = stems(noun)
    if (
        value.kind is not ValueKind.COUNT
        or value.is_range
        or not value.nouns & counted
        or _SOME_OF.intersection(following)
    ):
        return []
    return [
        leaf
        for leaf in leaves
        if is_number(leaf) and counted & informative(leaf.keys) and is_told(items, leaf)
    ]


def _after(value: Value, text: str) -> str:
    return " ".join(text[value.end :].split()[:2]).rstrip(".,;:")


def _none_conflict(items: AccountItems, leaves: Sequence[Leaf]) -> Conflict | None:
    """Such as "There are no pending transactions" against ``"pending_transactions": 2``."""
    for match in _NONE_OF.finditer(items.text):
        words = stems(match["what"])
        counted = [
            leaf
            for leaf in leaves
            if is_number(leaf) and last_key(leaf) <= words and is_telling(last_key(leaf))
        ]
        if counted and all(leaf.raw > 0 for leaf in counted):
            return Conflict(match.group().strip(), counted[0])
    return None


def _kind_conflict(items: AccountItems, leaves: Sequence[Leaf], index: FactIndex) -> Conflict | None:
    """Such as "You are a silver member" against ``"membership": "gold"``: another kind before the key's word."""
    words = stems(items.text)
    pairs = list(pairwise(word.lower() for word in TOKEN.findall(items.text)))
    for leaf in leaves:
        key = kind_key(leaf)
        if key is None or leaf.words & words:
            continue
        for before, word in pairs[1:] if items.label else pairs:
            if means_key(word, key) and _may_be_a_kind(before, index):
                return Conflict(f"{before} {word}", leaf)
    return None


def _may_be_a_kind(word: str, index: FactIndex) -> bool:
    return word not in STOP_WORDS and not _TO_COME.fullmatch(word) and stem(word) not in index.words
