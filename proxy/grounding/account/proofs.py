"""Where a key of the tool results bears a claim out although none of its values has to be looked up."""

from __future__ import annotations

from collections.abc import Sequence

from proxy.grounding.account.fact_keys import (
    NEGATED,
    TOKEN,
    flag_of,
    is_number,
    is_telling,
    is_told,
    keyed,
    kind_key,
    last_key,
    means_key,
    says,
)
from proxy.grounding.account.fact_values import Leaf, stems
from proxy.grounding.account.items import AccountItems


def keys_that_prove(items: AccountItems, leaves: Sequence[Leaf]) -> list[Leaf]:
    """The leaves whose key and value together say what the claim does, at most one of each kind."""
    proofs = (find(items, leaves) for find in (_field, _flag, _kind))
    return [proof for proof in proofs if proof is not None]


def _field(items: AccountItems, leaves: Sequence[Leaf]) -> Leaf | None:
    """``Cabin: Economy`` restates ``"cabin": "economy"``."""
    if not items.label:
        return None
    return next((leaf for leaf in keyed(stems(items.label), leaves) if says(items, leaf)), None)


def _flag(items: AccountItems, leaves: Sequence[Leaf]) -> Leaf | None:
    """Such as "You haven't taken a sabbatical" for ``"sabbaticals_taken": 0``, "it is insured" for ``true``."""
    negated = bool(NEGATED.search(items.text))
    found = (leaf for leaf in leaves if flag_of(leaf.raw) is not negated and _is_flag(leaf, negated))
    return next((leaf for leaf in found if is_telling(last_key(leaf)) and is_told(items, leaf)), None)


def _is_flag(leaf: Leaf, negated: bool) -> bool:
    return flag_of(leaf.raw) is not None or (negated and is_number(leaf) and leaf.raw == 0)


def _kind(items: AccountItems, leaves: Sequence[Leaf]) -> Leaf | None:
    """Such as "You are a gold member" restates ``"membership": "gold"``."""
    words = stems(items.text)
    tokens = [word.lower() for word in TOKEN.findall(items.text)]
    for leaf in leaves:
        key = kind_key(leaf)
        if key and leaf.words and leaf.words <= words and any(means_key(word, key) for word in tokens):
            return leaf
    return None
