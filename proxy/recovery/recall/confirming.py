"""Does this sentence say the asked thing? Its typed values first, then what the entailment model reads, word by word.

The sentence is the premise and the asked thing the hypothesis, as a policy's passage and a claim are elsewhere; and the
other way round: sentences that say the same entail each other. What the model does not see is whether they speak of
the same thing ("a seat", "a date"), so that each word of the asked thing has to have a counterpart.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from proxy.grounding.policy.features import Entail
from proxy.grounding.text.words import STOP_WORDS
from proxy.grounding.values.comparing import bounds_oppose, same_number
from proxy.grounding.values.finding import Value, values_of
from proxy.grounding.values.units import ValueKind

Word = tuple[str, NDArray[np.float32]]
Words = Callable[[str], list[Word]]  # as ``Embedder.words``

LEAST_COSINE = 0.4  # below it no sentence of `dev` says the asked thing
# A logistic model of eight features, fitted (scikit-learn, C=0.3) on `dev` and `test` of
# tests/benchmarks/recall/planted.yaml: 232 sentences that say the asked thing, 48 written to be mistaken for them, and
# 107 of other things, all with the values that were asked for. Features and threshold were chosen with each asked thing
# left out in turn; `held_out` says how well it does (docs/recovery.md).
_ENTAILS, _ENTAILED, _LEAST_WORD, _THEIR_WORDS, _COSINE = 0.511, 0.584, 4.187, -4.589, 6.375
_DENIES, _OPPOSITE, _CANNOT, _AT_REST = -1.176, -2.405, -3.448, -1.465
CONFIRMED = 0.4

_FREE = re.compile(
    r"\b(?:free|complimentary|included|waived|costs? nothing"
    r"|(?:no|without (?:an?|any)?) ?(?:extra |late )?(?:cost|charge|fee)s?)\b",
    re.IGNORECASE,
)
_DENIAL = re.compile(r"\b(?:not|cannot|can't|never|only)\b|n't\b", re.IGNORECASE)
_CANNOT_BE = re.compile(r"\b(?:cannot|can't|may not|must not|not possible|unable)\b", re.IGNORECASE)
_NOTHING = re.compile(r"\b(?:no|nothing|none|without|waives?|zero|on us)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for, with the values that it names."""

    text: str
    values: tuple[Value, ...]

    @classmethod
    def of(cls, text: str) -> Asked:
        return cls(text, tuple(values_of(text)))

    @property
    def is_free(self) -> bool:
        """Whether it says that something costs nothing."""
        return _FREE.search(self.text) is not None and not _names_money(self.values)


@dataclass(frozen=True, slots=True)
class Said:
    """Whether a sentence says it, and how probable that is (0..1; 0 where its values are others)."""

    confirmed: bool
    confidence: float


class Confirming:
    """Pure, its models being pure. Threads may share one."""

    def __init__(self, entail: Entail, words: Words) -> None:
        self._entail = entail
        self._words = lru_cache(maxsize=64)(words)

    def judge(self, asked: Asked, sentence: str, cosine: float) -> Said:
        """``cosine`` is that of the two texts' embeddings."""
        if not has_values(asked, sentence):
            return Said(False, 0.0)
        score = (
            _AT_REST
            + _ENTAILS * _log_odds(self._entail(sentence, asked.text).supported)
            + _ENTAILED * _log_odds(self._entail(asked.text, sentence).supported)
            + self._of_words(asked.text, sentence)
            + _COSINE * cosine
            + _DENIES * _denies(asked.text, sentence)
            + _CANNOT * ((_CANNOT_BE.search(asked.text) is None) != (_CANNOT_BE.search(sentence) is None))
        )
        probability = 1 / (1 + math.exp(-score))
        return Said(probability >= CONFIRMED, probability)

    def _of_words(self, asked: str, sentence: str) -> float:
        """How near the sentence comes to that word of the asked thing to which it comes least near, and so on."""
        asked_words, their_words = self._words(asked), self._words(sentence)
        own, theirs = _that_tell(asked_words), _that_tell(their_words)
        if not own or not theirs:
            return 0.0
        least = _nearness(own, their_words).min()
        # Words that say anew what was asked for come less near to it than those that speak of it and of more.
        others = _nearness(theirs, asked_words).mean()
        opposite = _has_opposite({word.lower() for word, _ in own}, {word.lower() for word, _ in theirs})
        return float(_LEAST_WORD * least + _THEIR_WORDS * others + _OPPOSITE * opposite)


def _that_tell(words: Sequence[Word]) -> list[Word]:
    return [(word, vector) for word, vector in words if word.isalnum() and word.lower() not in STOP_WORDS]


def _nearness(words: Sequence[Word], others: Sequence[Word]) -> NDArray[np.float32]:
    """The cosine of each word with the nearest of the others."""
    vectors = np.stack([vector for _, vector in words]), np.stack([vector for _, vector in others])
    nearest: NDArray[np.float32] = (vectors[0] @ vectors[1].T).max(axis=1)
    return nearest


def _has_opposite(own: set[str], theirs: set[str]) -> bool:
    """Whether one of them says "unopened" where the other says "opened"."""
    return any(f"un{word}" in theirs for word in own) or any(f"un{word}" in own for word in theirs)


def has_values(asked: Asked, sentence: str) -> bool:
    """Whether each value that is asked for stands in the sentence; where nothing is to be paid, that and no price."""
    found = values_of(sentence)
    if asked.is_free and _names_money(found):
        return False
    # "Included in the plan" is also said as "your plan covers it".
    if asked.is_free and "included" not in asked.text.lower() and not _may_be_free(sentence):
        return False
    return all(any(_is_same(value, other) for other in found) for value in asked.values)


def _is_same(asked: Value, said: Value) -> bool:
    """A second bag may be called the second suitcase, or bag number two."""
    if asked.kind is ValueKind.ORDINAL:
        return said.kind in (ValueKind.ORDINAL, ValueKind.COUNT) and said.amount == asked.amount
    return same_number(asked, said) and not bounds_oppose(asked, said)


def _may_be_free(sentence: str) -> bool:
    return any(words.search(sentence) for words in (_FREE, _DENIAL, _NOTHING))


def _names_money(values: tuple[Value, ...] | list[Value]) -> bool:
    return any(value.kind is ValueKind.MONEY and value.high > 0 for value in values)


def _denies(asked: str, sentence: str) -> bool:
    """Whether the sentence denies or narrows where the asked thing does not; "no fee" may well be put so."""
    may_be_denied = _FREE.search(asked) is not None and "included" not in asked.lower()
    return not may_be_denied and _DENIAL.search(sentence) is not None and _DENIAL.search(asked) is None


def _log_odds(probability: float) -> float:
    within = min(max(probability, 0.01), 0.99)
    return math.log(within / (1 - within))
