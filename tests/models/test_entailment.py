"""The entailment model: near the float model, the same whoever asks and whatever else is asked."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.models.entailment import EntailmentError, EntailmentModel
from proxy.models.shipped import FOLDERS, Tier

REFERENCES: dict[Tier, str] = {
    "fast": "entailment_reference.json",
    "thorough": "entailment_mpnet_reference.json",
}


def reference(tier: Tier) -> list[dict[str, Any]]:
    """Pairs with what the float model says of them."""
    rows: list[dict[str, Any]] = json.loads(
        (Path(__file__).parent / REFERENCES[tier]).read_text(encoding="utf-8")
    )
    return rows


PAIRS = [(row["premise"], row["hypothesis"]) for row in reference("fast")]


@pytest.fixture(scope="module", params=FOLDERS)
def tier(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(scope="module")
def model(tier: Tier) -> EntailmentModel:
    return EntailmentModel.load(FOLDERS[tier])


def test_what_is_shipped_judges_as_the_float_model_does(tier: Tier, model: EntailmentModel) -> None:
    for row in reference(tier):
        judged = model.judge(row["premise"], row["hypothesis"])
        assert abs(judged.supported - row["probabilities"][0]) < 0.08, row["hypothesis"]


def test_a_judgement_does_not_depend_on_what_else_is_judged(tier: Tier, model: EntailmentModel) -> None:
    other = EntailmentModel.load(FOLDERS[tier])
    alone = [model.judge(*pair) for pair in PAIRS]
    with ThreadPoolExecutor(max_workers=4) as threads:
        again = list(threads.map(lambda pair: other.judge(*pair), PAIRS * 2))
    assert again == alone * 2


def test_a_wrong_number_is_less_supported_than_the_right_one(model: EntailmentModel) -> None:
    premise = "You can cancel within 14 days."
    right = model.judge(premise, "Cancellation is possible within 14 days.")
    wrong = model.judge(premise, "Cancellation is possible within 30 days.")
    assert right.supported > 0.5 > wrong.supported


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=1500), st.text(max_size=500))
def test_any_two_texts_get_probabilities_that_add_up_to_one(
    model: EntailmentModel, premise: str, hypothesis: str
) -> None:
    judged = model.judge(premise, hypothesis)
    three = (judged.supported, judged.unsupported, judged.contradicted)
    assert all(0 <= each <= 1 for each in three) and sum(three) == pytest.approx(1)


def test_a_missing_model_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(EntailmentError, match="make model"):
        EntailmentModel.load(tmp_path)
