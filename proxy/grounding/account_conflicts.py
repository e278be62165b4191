"""Where a claim says something else than the tool results do for the same key."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from proxy.grounding.account_items import AccountItems, informative
from proxy.grounding.fact_values import FactIndex, Leaf, as_date, same_date, stems
from proxy.grounding.values import Value, ValueKind
from proxy.grounding.words import STOP_WORDS, stem

_YES = frozenset({"yes", "true", "included", "added", "active", "y", "enabled"})
_NO = frozenset({"no", "false", "none", "not", "without", "n", "disabled", "0"})
_NEGATED = re.compile(r"\b(?:no|not|none|never|without|non|cannot|lacks?)\b|n't\b", re.IGNORECASE)
_UNDER_CONDITION = re.compile(r"\b(?:if|unless|would|could|whether|once|when)\b", re.IGNORECASE)
_TOKEN = re.compile(r"[A-Za-z]+(?:'[a-z]+)?")
_SHORTEST_KEY = 5  # letters; shorter keys ("ok", "type") say too little to be contradicted
_STATE_WORDS = frozenset(map(stem, "status state result success active available type source id name date created updated".split()))


@dataclass(frozen=True, slots=True)
class Conflict:
    """What the claim says, and the leaf that says otherwise."""

    said: str
    leaf: Leaf

    @property
    def reason(self) -> str:
        return f"the answer says {self.said}, the {self.leaf.source} result has {self.leaf.evidence().quote}"


def conflict_in(items: AccountItems, scope: Sequence[Leaf], index: FactIndex) -> Conflict | None:
    """The first contradiction between the claim and the leaves it is about; None where there is none.

    Without an object that the claim names, only keys that have one value in all results can be contradicted.
    """
    leaves = scope or index.leaves
    if items.label:
        found = _field_conflict(items, leaves)
        if found:
            return found
    return _flag_conflict(items, leaves) or _count_conflict(items, leaves) or _kind_conflict(items, leaves, index)


def _keyed(words: frozenset[str], leaves: Sequence[Leaf]) -> list[Leaf]:
    """The leaves whose key says no more than these words do, and something telling."""
    found = []
    for leaf in leaves:
        telling = informative(leaf.keys)
        if telling and _last_key(leaf) <= words and telling & words:
            found.append(leaf)
    return found


def _last_key(leaf: Leaf) -> frozenset[str]:
    key = re.sub(r"\[\d+\]|\.length", "", leaf.path).rsplit(".", 1)[-1]
    return informative(stems(key)) or stems(key)


def _field_conflict(items: AccountItems, leaves: Sequence[Leaf]) -> Conflict | None:
    """``Cabin: Business`` against ``"cabin": "economy"``."""
    keyed = [leaf for leaf in _keyed(stems(items.label), leaves) if leaf.raw is not None]
    if not keyed or any(_says(items, leaf) for leaf in keyed):
        return None
    alike = [leaf for leaf in keyed if _comparable(items, leaf)]
    if not alike or len({str(leaf.raw).lower() for leaf in alike}) > 1:
        return None
    return Conflict(f"“{items.text.strip()}”", alike[0])


def _says(items: AccountItems, leaf: Leaf) -> bool:
    """Whether a field's value is the leaf's, in whatever form."""
    words = stems(items.value)
    flag = _flag(leaf.raw)
    if flag is not None and flag == _flag_said(items.value):
        return True
    if leaf.words and (leaf.words <= words or words <= leaf.words):
        return True
    return any(holds(value, leaf) for value in items.values)


def _comparable(items: AccountItems, leaf: Leaf) -> bool:
    if _flag(leaf.raw) is not None:
        return _flag_said(items.value) is not None
    kinds = {value.kind for value in items.values}
    if leaf.dates:
        return ValueKind.DATE in kinds
    if leaf.times:
        return ValueKind.TIME in kinds
    if leaf.numbers:
        return bool(kinds & {ValueKind.MONEY, ValueKind.COUNT, ValueKind.PERCENT, ValueKind.MEASURE})
    return not items.values and len(leaf.words) <= 3 and len(stems(items.value)) <= 3


def holds(value: Value, leaf: Leaf) -> bool:
    """Whether a leaf has this value."""
    if value.kind is ValueKind.DATE:
        return any(same_date(as_date(value.amount), date) for date in leaf.dates)
    if value.kind is ValueKind.TIME:
        return int(value.amount) in leaf.times
    if value.kind is ValueKind.PERCENT and value.amount / 100 in leaf.numbers:
        return True
    return value.amount in leaf.numbers


def _flag(raw: object) -> bool | None:
    if isinstance(raw, bool):
        return raw
    text = str(raw).strip().lower()
    return {"yes": True, "true": True, "no": False, "false": False, "none": False}.get(text)


def _flag_said(value: str) -> bool | None:
    words = [word.lower() for word in _TOKEN.findall(value)]
    if not words:
        return None
    if _NEGATED.search(value) or words[0] in _NO:
        return False
    return True if words[0] in _YES or len(words) <= 3 else None


def _flag_conflict(items: AccountItems, leaves: Sequence[Leaf]) -> Conflict | None:
    """"You have travel insurance" against ``"insurance": "no"``."""
    words = stems(items.text)
    if _UNDER_CONDITION.search(items.text):
        return None
    flags = [leaf for leaf in leaves if _flag(leaf.raw) is not None and _tells(_last_key(leaf)) and _last_key(leaf) <= words]
    if not flags or len({_flag(leaf.raw) for leaf in flags}) > 1:
        return None
    clause = next((clause for clause in re.split(r"[,;]|\band\b|\bbut\b", items.text) if _last_key(flags[0]) <= stems(clause)), items.text)
    said = _flag_said(items.value) if items.label else not _NEGATED.search(clause)
    return None if said is None or said == _flag(flags[0].raw) else Conflict(f"“{clause.strip()}”", flags[0])


def _tells(key: frozenset[str]) -> bool:
    return bool(key - _STATE_WORDS) and max(map(len, key)) >= _SHORTEST_KEY


def _count_conflict(items: AccountItems, leaves: Sequence[Leaf]) -> Conflict | None:
    """"You have made two swaps" against ``"swaps_this_year": 3``; lists count by their length."""
    for value in items.values:
        if value.kind is not ValueKind.COUNT or not value.nouns or value.is_range:
            continue
        counted = [
            leaf
            for leaf in leaves
            if leaf.numbers and isinstance(leaf.raw, int | float) and not isinstance(leaf.raw, bool) and value.nouns & informative(leaf.keys)
        ]
        if counted and not any(value.amount in leaf.numbers for leaf in counted) and len({leaf.raw for leaf in counted}) == 1:
            return Conflict(f"“{value.quote} {_noun_after(items.text, value)}”", counted[0])
    return None


def _noun_after(text: str, value: Value) -> str:
    return " ".join(text[value.end :].split()[:2]).rstrip(".,;:")


def _kind_conflict(items: AccountItems, leaves: Sequence[Leaf], index: FactIndex) -> Conflict | None:
    """"You are a silver member" against ``"membership": "gold"``: another word of the kind before the key's word."""
    tokens = [word.lower() for word in _TOKEN.findall(items.text)]
    for leaf in leaves:
        if not isinstance(leaf.raw, str) or not 0 < len(leaf.words) <= 2 or leaf.numbers or _flag(leaf.raw) is not None:
            continue
        key = next((part for part in _last_key(leaf) if len(part) >= _SHORTEST_KEY and part not in _STATE_WORDS), None)
        if key is None or leaf.words & stems(items.text):
            continue
        for before, word in zip(tokens, tokens[1:], strict=False):
            if key.startswith(stem(word)[:6]) and len(word) >= _SHORTEST_KEY and before not in STOP_WORDS and stem(before) not in index.words:
                return Conflict(f"“{before} {word}”", leaf)
    return None
