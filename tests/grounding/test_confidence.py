"""The confidence model: trees and a logistic step, read from JSON."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.grounding.policy.confidence import model_from_json
from proxy.models.shipped import confidence_json

STUMP = {
    "features": ["cover"],
    "base": 0.0,
    "slope": 1.0,
    "intercept": 0.0,
    "trees": [
        {
            "feature": [0, -1, -1],
            "threshold": [0.5, 0, 0],
            "left": [1, 0, 0],
            "right": [2, 0, 0],
            "value": [0, -2, 2],
        }
    ],
}


def test_a_stump_splits_where_it_says() -> None:
    model = model_from_json(json.dumps(STUMP))
    assert model.probability({"cover": 0.5}) == pytest.approx(0.1192, abs=1e-4)
    assert model.probability({"cover": 0.51}) == pytest.approx(0.8808, abs=1e-4)


def test_an_unknown_feature_counts_as_zero() -> None:
    model = model_from_json(json.dumps(STUMP))
    assert model.probability({"other": 9.0}) == model.probability({"cover": 0.0})


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"trees": 3}'])
def test_a_broken_file_says_what_to_do(text: str) -> None:
    with pytest.raises(ValueError, match="make model"):
        model_from_json(text)


SHIPPED = model_from_json(confidence_json())


@given(st.dictionaries(st.sampled_from(SHIPPED.features), st.floats(allow_nan=False)))
def test_the_shipped_model_always_gives_a_probability(features: dict[str, float]) -> None:
    assert 0.0 < SHIPPED.probability(features) < 1.0
