"""What the fitting script stores is what serving reads, and its bars keep false alarms rare."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn")

from proxy.grounding.messages.classifier import SIGNS, models_from_json
from proxy.grounding.messages.cues import CUES
from proxy.models.embedder import Embedder
from proxy.models.training.fit_messages import VECTOR_SCALE, fit, inputs_of, load

MESSAGES = Path(__file__).parents[2] / "data" / "customer_messages.jsonl"


def test_what_is_fitted_can_be_served_and_tells_messages_with_a_sign_from_others() -> None:
    rows = load(MESSAGES, "train")
    inputs = inputs_of(rows, Embedder.load())
    models = models_from_json(json.dumps(fit(rows, inputs)))
    for sign in SIGNS:
        model, labels = models[sign], np.array([row[sign] for row in rows])
        vectors, cues = inputs[:, : -len(CUES)] / VECTOR_SCALE, inputs[:, -len(CUES) :]
        scores = np.array(
            [model.score(vector, own) for vector, own in zip(vectors, cues, strict=True)], dtype=np.float64
        )
        assert scores[labels].mean() > scores[~labels].mean() + 2
        assert np.mean(scores[~labels] >= model.bar) <= 0.1


def test_only_the_asked_part_of_the_messages_is_read() -> None:
    assert {row["split"] for row in load(MESSAGES, "train")} == {"train"}
