"""What a key of the results and its value say about a claim: whether they mean the same thing, and say the same."""

from __future__ import annotations

import re
from collections.abc import Sequence

from proxy.grounding.account.fact_values import Leaf, as_date, same_date, stems
from proxy.grounding.account.items import AccountItems, informative
from proxy.grounding.claims.phrases import stems_in, words_in
from proxy.grounding.text.words import STOP_WORDS, stem
from proxy.grounding.values.finding import Value, ValueKind
from proxy.grounding.values.numbers import numbers_of

NEGATED = re.compile(r"\b(?:no|not|none|never|without|non|cannot|lacks?)\b|n't\b", re.IGNORECASE)
TOKEN = re.compile(r"[A-Za-z]+(?:'[a-z]+)?")

_YES = words_in("yes true included added active y enabled")
_NO = words_in("no false none not without n disabled 0")
_FLAGS = {"yes": True, "true": True, "no": False, "false": False, "none": False}
_UNIT = re.compile(r"second|minute|min|hour|day|night|week|month|year")
_SHORT_UNITS = words_in("h hr hrs min mins sec secs d wk mo yr")
_KIND_KEY = re.compile(r"(?:\A|\.)([A-Za-z]{5,})\Z")  # one word: "membership", "cabin", not "flight_type"
_SHORTEST_KEY = 5  # letters; shorter keys ("ok", "type") say too little
_STATE_WORDS = stems_in(
    "status state result success active available type source id name date created updated"
)


def last_key(leaf: Leaf) -> frozenset[str]:
    """The stems of the key that the value has, without vague ones where others are left."""
    key = stems(re.sub(r"\[\d+\]|\.length", "", leaf.path).rsplit(".", 1)[-1])
    return informative(key) or key


def is_telling(key: frozenset[str]) -> bool:
    """Whether a key says enough to be held against a claim."""
    return bool(key - _STATE_WORDS) and max(map(len, key)) >= _SHORTEST_KEY


def keyed(words: frozenset[str], leaves: Sequence[Leaf]) -> list[Leaf]:
    """The leaves with a value whose key says no more than these words do, and something telling."""
    return [
        leaf
        for leaf in leaves
        if leaf.raw is not None and informative(leaf.keys) & words and last_key(leaf) <= words
    ]


def is_told(items: AccountItems, leaf: Leaf) -> bool:
    """Whether the claim has all that the leaf's key says ("swaps", "year")."""
    return {word for word in last_key(leaf) if word not in STOP_WORDS and not word.isdigit()} <= stems(
        items.text
    )


def flag_of(raw: object) -> bool | None:
    """The yes or no that a value is; None where it is something else."""
    return raw if isinstance(raw, bool) else _FLAGS.get(str(raw).strip().lower())


def flag_said(value: str) -> bool | None:
    """The yes or no that a labelled value says ("Not included"); None where it is something else."""
    words = [word.lower() for word in TOKEN.findall(value)]
    if not words:
        return None
    if NEGATED.search(value) or words[0] in _NO:
        return False
    return True if words[0] in _YES or len(words) <= 3 else None


def is_number(leaf: Leaf) -> bool:
    return isinstance(leaf.raw, int | float) and not isinstance(leaf.raw, bool)


def kind_key(leaf: Leaf) -> str | None:
    """The key of a value that is one of several kinds ("membership": "gold"); None for other values."""
    key = _KIND_KEY.search(leaf.path)
    if key is None or stem(key[1]) in _STATE_WORDS or not isinstance(leaf.raw, str) or len(leaf.raw) > 30:
        return None
    is_word = leaf.raw.replace("_", "").replace(" ", "").isalpha() and flag_of(leaf.raw) is None
    return key[1].lower() if is_word else None


def means_key(word: str, key: str) -> bool:
    """Whether a word means a key: "member" and ``membership``."""
    return len(word) >= _SHORTEST_KEY and key.startswith(word[:6])


def holds(value: Value, leaf: Leaf) -> bool:
    """Whether a leaf has this value, in whatever form."""
    if value.kind is ValueKind.DATE:
        return any(same_date(as_date(value.amount), date) for date in leaf.dates)
    if value.kind is ValueKind.TIME:
        return int(value.amount) in leaf.times
    if value.kind is ValueKind.DURATION:
        return (value.unit, value.amount) in leaf.durations or _counts_unit(value, leaf)
    if value.kind is ValueKind.PERCENT and value.amount / 100 in leaf.numbers:
        return True
    return value.amount in leaf.numbers


def _counts_unit(value: Value, leaf: Leaf) -> bool:
    """``"age_days": 412`` has "412 days"."""
    number = next(numbers_of(value.quote), None)
    unit = _UNIT.search(value.quote.lower())
    if (
        number is None
        or unit is None
        or not (number.amount in leaf.numbers or str(number.amount) in leaf.keys)
    ):
        return False
    name = unit.group()
    return any(key.startswith(name) or (name.startswith(key) and key in _SHORT_UNITS) for key in leaf.keys)


def says(items: AccountItems, leaf: Leaf) -> bool:
    """Whether a labelled value is the leaf's."""
    words = stems(items.value)
    flag, said = flag_of(leaf.raw), flag_said(items.value)
    if flag is not None and flag == said:
        return True
    if said is False and leaf.numbers == {0}:
        return True
    if leaf.words and (leaf.words <= words or words <= leaf.words):
        return True
    return any(holds(value, leaf) for value in items.values)
