"""A claim that names what a line is about, which stands in the line's heading alone, says what the line says."""

from __future__ import annotations

import pytest
from support.builtin_verifier import judge

from proxy.grounding.policy.topics import topic_of, without_topic
from proxy.grounding.policy.verifier import VERBATIM

FARES = """
# Bereavement fares

## How to apply

You must apply before you travel.

# Baggage

The fee is $30 a bag.

## Oversize items

The fee is $75.
"""


@pytest.mark.parametrize(
    ("path", "topic"),
    [
        (("Bereavement fares", "How to apply"), "Bereavement fares"),
        (("Baggage", "Oversize items"), "Oversize items"),
        (("What is covered?",), ""),
        ((), ""),
    ],
)
def test_the_topic_is_the_innermost_heading_that_names_a_thing(path: tuple[str, ...], topic: str) -> None:
    assert topic_of(path) == topic


@pytest.mark.parametrize(
    ("claim", "topic", "left"),
    [
        ("You must apply for the bereavement fare now.", "Bereavement fares", "You must apply now."),
        ("The fee for oversize items is $75.", "Oversize items", "The fee is $75."),
        ("The fee for the oversize item bag is $75.", "Oversize items", "The fee bag is $75."),
        ("The fee for items is $75.", "Oversize items", "The fee for items is $75."),
        ("You must apply for the (fare now.", "(fare", "You must apply for the (fare now."),
        ("The fee for it all is $75.", "", "The fee for it all is $75."),
    ],
)
def test_only_the_whole_topic_is_left_out(claim: str, topic: str, left: str) -> None:
    assert without_topic(claim, topic) == left


def test_a_line_with_its_topic_named_is_verbatim() -> None:
    for claim in (
        "You must apply for the bereavement fare before you travel.",
        "The fee for oversize items is $75.",
    ):
        assert judge(claim, FARES).confidence >= VERBATIM


@pytest.mark.parametrize(
    "claim",
    [
        "The fee for baggage is $75.",
        "You must apply for the bereavement fare after you travel.",
        "You need not apply for the bereavement fare before you travel.",
        "You must apply for the flexible fare before you travel.",
    ],
)
def test_another_topic_or_another_word_is_not(claim: str) -> None:
    assert judge(claim, FARES).confidence < VERBATIM
