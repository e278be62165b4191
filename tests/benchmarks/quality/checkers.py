"""What is compared: our verifier behind its protocol, and what people use instead, each on the same passages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from typing import Protocol

import bm25s
from benchmarks.quality.cases import Case
from rapidfuzz import fuzz

from proxy.grounding.policy.clauses import sentences_of
from proxy.grounding.types import Label, Verifier
from proxy.models.embedder import Embedder
from proxy.telemetry.metrics import Metrics
from proxy.verifiers.parts import Parts, Provider
from proxy.verifiers.registry import open_verifier, verifier_options


@dataclass(frozen=True, slots=True)
class Checked:
    """``score`` is higher for what looks supported; ``accepted`` is the own verdict, None where there is none."""

    score: float
    accepted: bool | None = None
    label: str | None = None


class Checker(Protocol):
    """``probabilities``: whether its score is meant as the probability of being supported."""

    name: str
    version: str
    probabilities: bool

    def check(self, case: Case) -> Checked: ...


def opened(given: str, embedder: Embedder) -> Verifier:
    """The verifier of the setting ``verifier``: ``builtin`` is the one that is shipped."""
    parts = Parts(embedder.embed, Provider("http://127.0.0.1"), ExitStack(), Metrics())
    return open_verifier(verifier_options(given), None, parts)


class VerifierChecker:
    """Anything behind the ``Verifier`` protocol."""

    probabilities = True

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier
        self.name, self.version = verifier.name, verifier.version

    def check(self, case: Case) -> Checked:
        verdict = self._verifier.verify(case.claim, question=case.question, hits=case.hits, facts=case.facts)
        return Checked(verdict.confidence, verdict.label is Label.SUPPORTED, verdict.label.value)


class Cosine:
    """The nearest passage or sentence in the embedding that retrieval uses."""

    name, probabilities = "cosine", False

    def __init__(self, embedder: Embedder) -> None:
        self.version = f"{embedder.name} {embedder.version}"
        self._embed = lru_cache(maxsize=50_000)(embedder.embed)

    def check(self, case: Case) -> Checked:
        claim = self._embed(case.claim.reading)
        return Checked(max((float(self._embed(text) @ claim) for text in texts_of(case)), default=-1.0))


class Bm25:
    """BM25 of the best passage or sentence, as a share of what the claim would score against itself."""

    name, probabilities = "bm25s", False
    version = version("bm25s")

    def check(self, case: Case) -> Checked:
        texts = list(texts_of(case))
        if not texts:
            return Checked(0.0)
        index = bm25s.BM25()
        tokens = [_words(text) for text in (*texts, case.claim.reading)]
        index.index(tokens, show_progress=False)
        scores = index.get_scores(tokens[-1])
        return Checked(float(scores[:-1].max() / max(scores[-1], 1e-9)))


class Rapidfuzz:
    """The wording that is most alike, in any order of words."""

    name, probabilities = "rapidfuzz", False
    version = version("rapidfuzz")

    def check(self, case: Case) -> Checked:
        claim = case.claim.reading.lower()
        return Checked(
            max((fuzz.token_set_ratio(claim, text.lower()) for text in texts_of(case)), default=0.0)
        )


def texts_of(case: Case) -> Iterator[str]:
    """The passages that retrieval brought, whole and by sentence."""
    for hit in case.hits:
        yield hit.passage.reading
        yield from sentences_of(hit.passage.reading)


def _words(text: str) -> list[str]:
    words: list[str] = bm25s.tokenize(text, return_ids=False, show_progress=False, stopwords="en")[0]
    return words or [""]
