"""Does this sentence say the asked thing? Its typed values first, then both are read beside each other.

They are read as a claim and a policy's sentence are elsewhere, and the other way round, since sentences that say the
same say each other: the entailment models, and all that is compared without them (who, when, must or may, which words
were exchanged). What that amounts to is weighed by a logistic model (proxy/models/recalled.json). A phrase ("90 days
after travel") is no sentence that could be read beside another one, and is said where it stands in one.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from proxy.corpus.documents import Document, Hit, Passage, PassageKind
from proxy.grounding.policy.features import Embed, Entail, log_odds, read
from proxy.models.entailment import EntailmentModel
from proxy.models.shipped import FOLDERS, recalled_json
from proxy.recovery.recall.asked import Asked

LEAST_COSINE = 0.4  # below it no sentence that it was fitted on says the asked thing
WORD_FOR_WORD = 0.9
CONFIRMED = 0.2  # a person reads what is found, and nobody hears of what is not


@dataclass(frozen=True, slots=True)
class Said:
    """Whether a sentence says it, and how probable that is (0..1; 0 where its values are others)."""

    confirmed: bool
    confidence: float


@dataclass(frozen=True, slots=True)
class Weights:
    """What each feature counts; their sum and ``at_rest`` are log odds."""

    at_rest: float
    by_feature: Mapping[str, float]


@cache
def shipped_weights() -> Weights:
    """As tests/benchmarks/fit_recalled.py wrote them."""
    stored = json.loads(recalled_json())
    return Weights(stored["at_rest"], stored["weights"])


class Confirming:
    """Pure, its models being pure. Threads may share one.

    ``entail`` is the thorough tier's model, ``entail_too`` the fast one's: where one errs, the other often does not.
    """

    def __init__(self, embed: Embed, entail: Entail, entail_too: Entail) -> None:
        self._embed, self._entail, self._entail_too = embed, entail, entail_too
        self._weights = shipped_weights()

    @classmethod
    def shipped(cls, embed: Embed) -> Confirming:
        """With the shipped models, as its weights were fitted. Raises EntailmentError."""
        thorough, fast = (EntailmentModel.load(FOLDERS[tier]) for tier in ("thorough", "fast"))
        return cls(embed, thorough.judge, fast.judge)

    def judge(self, asked: Asked, sentence: str) -> Said:
        """A sentence without a word says nothing."""
        if not asked.has_values(sentence):
            return Said(False, 0.0)
        if asked.is_phrase and asked.stands_in(sentence):
            return Said(True, WORD_FOR_WORD)
        features = self.features(asked, sentence)
        if not features:
            return Said(False, 0.0)
        weights = self._weights.by_feature
        score = self._weights.at_rest + sum(weights.get(name, 0.0) * of for name, of in features.items())
        probability = 1 / (1 + math.exp(-score))
        return Said(probability >= CONFIRMED, probability)

    def features(self, asked: Asked, sentence: str) -> dict[str, float]:
        """What the model sees, by name; nothing where one of them has no word."""
        own = asked.in_its_words(sentence)
        asked_of_it, said_of_it = self._beside(asked.text, own), self._beside(own, asked.text)
        if not asked_of_it or not said_of_it:
            return {}
        return dict([*_named("asked", asked_of_it), *_named("said", said_of_it)])

    def _beside(self, claim: str, line: str) -> dict[str, float]:
        reading = read(claim, None, [_hit(line)], self._embed, self._entail)
        if reading is None:
            return {}
        too = self._entail_too(line, claim)
        return reading.features | {
            "neutral": log_odds(reading.entailment.unsupported),
            "entails_too": log_odds(too.supported),
            "neutral_too": log_odds(too.unsupported),
            "contradicts_too": log_odds(too.contradicted),
        }


def _named(side: str, features: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    return ((f"{side}:{name}", value) for name, value in features.items())


def _hit(line: str) -> Hit:
    """The sentence as if it were all that a document says; how well it was found tells nothing here."""
    document = Document("", "", "", line, "")
    passage = Passage(document, 0, PassageKind.PARAGRAPH, (), line, line, 0, len(line), 1, 1)
    return Hit(passage, lexical=1.0, semantic=0.5, score=1.0)
