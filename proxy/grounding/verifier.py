"""The built-in judge: typed values, polarity and alignment, with meaning from embeddings, in one calibrated number."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from proxy.corpus.documents import Hit
from proxy.grounding.alignment import Aligned
from proxy.grounding.confidence import ConfidenceModel, model_from_json
from proxy.grounding.conflicts import Conflict, ConflictKind
from proxy.grounding.differences import Standing
from proxy.grounding.features import Embed, Reading, read
from proxy.grounding.types import Claim, Evidence, Fact, Label, Verdict
from proxy.models.shipped import confidence_json

# On natural sentences of unseen companies 0.6 passes 96% of the true ones and stops 70% of the false ones; 0.5 passes
# 1% more and stops 11% fewer (tests/benchmarks/bench_verifier.py).
THRESHOLD = 0.6
VECTORS_KEPT = 4_096  # of 1.5 kB each
NOTHING_FOUND = 0.02  # P(supported) where no passage in force has a word to say

# How much of the claim (for a case: of the policy's sentence) a conflict must speak of to be the reason.
_ON_TOPIC = 0.3
# Conflicts that decide against the claim whatever the model says, from that strength on. Of the training sentences
# with such a conflict of values 69% are false (n=124), with a case ruled out 80% (n=10); bounds and places are set
# high, because they are rare.
_HARD = {ConflictKind.VALUE: 0.5, ConflictKind.BOUND: 0.9, ConflictKind.CASE: 0.5, ConflictKind.PLACE: 0.6}
_HARD_CONFIDENCE = 0.3  # about the share of true ones among them
_LONGEST_QUESTION = 2_000
_MOST_NAMED = 3


class LexicalSemanticVerifier:
    """Judges a claim against passages. Pure: the same arguments give the same verdict, ``embed`` being pure.

    ``embed`` maps a text to a unit vector. ``confidence`` is P(supported); ``supported`` needs THRESHOLD of it and no
    hard conflict; ``contradicted`` needs a typed conflict with a passage on the topic. Threads may share it.
    """

    name = "lexical-semantic"

    def __init__(self, embed: Embed, model: ConfidenceModel | None = None) -> None:
        self._embed: Embed = lru_cache(maxsize=VECTORS_KEPT)(embed)
        self._model = model or model_from_json(confidence_json())
        self.version = f"1-{self._model.version}"

    def verify(
        self, claim: Claim, *, question: str | None, hits: Sequence[Hit], facts: Sequence[Fact]
    ) -> Verdict:
        """The verdict on one policy claim, with the deciding sentence of the policy first in its evidence."""
        asked = (question or "")[:_LONGEST_QUESTION] or None
        reading = read(
            claim.reading or claim.text, asked, hits, self._embed, facts=[fact.text for fact in facts]
        )
        if reading is None:
            return Verdict(Label.UNSUPPORTED, NOTHING_FOUND, "no official document in force speaks of this")
        probability = self._model.probability(reading.features)
        hard = _hard_conflict(reading)
        if hard is not None:
            return _contradicted(hard, min(probability, _HARD_CONFIDENCE), reading)
        if probability >= THRESHOLD:
            return _supported(probability, reading)
        conflict = next((each for each in reading.conflicts if each.strength >= _ON_TOPIC), None)
        if conflict is not None:
            return _contradicted(conflict, probability, reading)
        return _unsupported(probability, reading)


def _hard_conflict(reading: Reading) -> Conflict | None:
    return next((each for each in reading.conflicts if each.strength >= _HARD.get(each.kind, 2.0)), None)


def _supported(probability: float, reading: Reading) -> Verdict:
    best = reading.best
    lines = [best, *reading.adding]
    reason = f"the policy says so: “{best.line.text}”"
    if reading.adding:
        reason += f", and “{reading.adding[0].line.text}”"
    return Verdict(Label.SUPPORTED, probability, reason, _evidence(lines), reading.features)


def _contradicted(conflict: Conflict, probability: float, reading: Reading) -> Verdict:
    others = [line for line in (reading.best,) if line is not conflict.line]
    return Verdict(
        Label.CONTRADICTED,
        probability,
        conflict.reason,
        _evidence([conflict.line, *others]),
        reading.features,
    )


def _unsupported(probability: float, reading: Reading) -> Verdict:
    return Verdict(
        Label.UNSUPPORTED, probability, _what_is_missing(reading), _evidence([reading.best]), reading.features
    )


def _what_is_missing(reading: Reading) -> str:
    """In words, what the passages do not say; the first that applies."""
    differing = [each for each in reading.standings if each.standing is Standing.CONFLICT and each.against]
    if differing:
        first = differing[0]
        assert first.against is not None
        return (
            f"the answer says {first.value.quote}; the closest sentence of policy says {first.against.quote}"
        )
    absent = [each.value.quote for each in reading.standings if each.standing is Standing.ABSENT]
    if absent:
        return f"the policy passages found do not say {_listed(absent)}"
    if reading.unknown_words:
        return f"the policy passages found do not mention {_listed(reading.unknown_words)}"
    return "no sentence of policy found says this; the closest one is quoted"


def _listed(words: Sequence[str]) -> str:
    return ", ".join(f"“{word}”" for word in words[:_MOST_NAMED])


def _evidence(lines: Sequence[Aligned]) -> tuple[Evidence, ...]:
    """Verbatim quotes, each once, in order."""
    found: dict[tuple[str, str], Evidence] = {}
    for aligned in lines:
        passage = aligned.line.hit.passage
        evidence = Evidence(
            document=passage.document.id,
            section=passage.section,
            quote=aligned.line.quote,
            url=passage.document.source,
            title=passage.document.title,
            passage_id=passage.id,
        )
        found.setdefault((passage.id, evidence.quote), evidence)
    return tuple(found.values())
