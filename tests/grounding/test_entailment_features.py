"""What the entailment model says becomes two features and, where nothing typed decides, a verdict."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.builtin_verifier import NOW, corpus_of, embedder

from proxy.grounding.policy.confidence import ConfidenceModel
from proxy.grounding.policy.features import log_odds, read
from proxy.grounding.policy.verifier import PolicyVerifier
from proxy.grounding.types import Claim, ClaimKind, Label, Verdict
from proxy.models.entailment import Entailment, EntailmentModel

POLICY = "# Pets\n\nSmall dogs travel in the cabin in a closed carrier. The carrier goes under the seat."
CLAIM = "Your spaniel sits on your lap during the flight."
UNSURE = ConfidenceModel("unsure", ("entails",), 0.0, (), 1.0, 0.0)  # 0.5 whatever it sees


@dataclass(frozen=True)
class Says:
    """An entailment model that always says the same."""

    entailment: Entailment
    version: str = "1"

    def judge(self, _premise: str, _hypothesis: str) -> Entailment:
        return self.entailment


def judged(entailment: Entailment) -> Verdict:
    verifier = PolicyVerifier(embedder().embed, cast(EntailmentModel, Says(entailment)), UNSURE)
    claim = Claim(CLAIM, 0, len(CLAIM), ClaimKind.POLICY, CLAIM)
    return verifier.verify(claim, question=None, hits=corpus_of(POLICY).retrieve(CLAIM, NOW), facts=())


def test_what_the_model_reads_as_contradicted_is_so_with_the_closest_sentence() -> None:
    verdict = judged(Entailment(0.05, 0.05, 0.9))
    assert verdict.label is Label.CONTRADICTED
    assert "goes against it" in verdict.reason and verdict.evidence[0].quote in POLICY


def test_what_it_is_not_sure_of_is_unsupported() -> None:
    assert judged(Entailment(0.2, 0.3, 0.5)).label is Label.UNSUPPORTED


def test_its_probabilities_are_features() -> None:
    hits = corpus_of(POLICY).retrieve(CLAIM, NOW)
    reading = read(CLAIM, None, hits, embedder().embed, Says(Entailment(0.8, 0.1, 0.1)).judge)
    assert reading is not None
    assert reading.features["entails"] == pytest.approx(math.log(4), abs=0.001)
    assert reading.features["contradicts"] == pytest.approx(-math.log(9), abs=0.001)


@given(st.floats(0, 1), st.floats(0, 1))
def test_log_odds_are_finite_and_keep_the_order(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert -7 < log_odds(low) <= log_odds(high) < 7
