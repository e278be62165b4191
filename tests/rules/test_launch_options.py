"""``policies/launch.yaml``: what must be shown before a launch, each mistake with its place and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from proxy.attribute_docs import attribute_docs
from proxy.rules.launch_options import (
    BUILT_IN_LAUNCH,
    AtLeast,
    AtMost,
    Criteria,
    LaunchOptions,
)
from proxy.rules.problems import PoliciesError
from proxy.rules.reading import policies_from

DOCS = (Path(__file__).parents[2] / "docs" / "rehearsal.md").read_text(encoding="utf-8")
MISTAKES = {
    "wrongfull_block: {most: 0.1}": 'unknown key "wrongfull_block"; did you mean "wrongful_block"?',
    "wrongful_block: {mots: 0.1}": 'unknown key "wrongful_block.mots"; did you mean "most"?',
    "wrongful_block:\n  most: 5%": ":2: ",
    "wrongful_block: {most: 0.1, with_people: 0.05}": "with_people must not be below most (0.1)",
    "recovery: {least: 0.5, with_people: 0.8}": "with_people must not be above least (0.5)",
    "confidence: 0.2": ":1: ",
    "min_n: 0": ":1: ",
    "segments: {refunds: {min: 3}}": 'unknown key "segments.refunds.min"',
}


def options(text: str) -> LaunchOptions:
    return policies_from({"policies/launch.yaml": text}).launch


def test_what_is_left_out_is_as_built_in() -> None:
    assert policies_from({}).launch == BUILT_IN_LAUNCH
    found = options("unsupported_delivered: {most: 0.02}\nrecovery: null")
    assert found.unsupported_delivered == AtMost(most=0.02) and found.recovery is None
    assert found.wrongful_block == BUILT_IN_LAUNCH.wrongful_block
    assert [name for name, _ in found.limits()] == ["unsupported_delivered", "wrongful_block"]


def test_a_segment_has_its_own_and_else_those_of_all() -> None:
    found = options(
        "min_n: 50\nrecovery: {least: 0.7}\nsegments: {refunds: {min_n: 300, wrongful_block: null}}"
    )
    refunds = found.of("refunds")
    assert refunds.min_n == 300 and refunds.wrongful_block is None and refunds.recovery == AtLeast(least=0.7)
    assert found.of("baggage").min_n == 50


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_is_told_with_its_place(text: str) -> None:
    with pytest.raises(PoliciesError) as raised:
        options(text)
    told = [str(one) for one in raised.value.problems]
    assert any(one.startswith("policies/launch.yaml") and MISTAKES[text] in one for one in told), told


def test_two_files_are_one_too_many() -> None:
    with pytest.raises(
        PoliciesError, match=r"launch.yml: the criteria are already set in policies/launch.yaml"
    ):
        policies_from({"policies/launch.yaml": "min_n: 3", "policies/launch.yml": "min_n: 4"})


def test_criteria_of_a_launch_change_no_answer_and_so_no_version() -> None:
    assert policies_from({"policies/launch.yaml": "min_n: 3"}).version == policies_from({}).version


def test_every_key_is_documented() -> None:
    for model in (AtMost, AtLeast, Criteria, LaunchOptions):
        own = [name for name in model.model_fields if name in model.__annotations__]
        assert set(own) == attribute_docs(model).keys() & set(own)
        for name in own:
            assert f"`{name}`" in DOCS
