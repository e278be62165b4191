"""A message about an open case is told from one about something else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proxy.grounding.messages.topics import same_topic
from proxy.models.embedder import Embedder

ROWS = [
    json.loads(line)
    for line in (Path(__file__).parents[2] / "data" / "case_topics.jsonl").read_text().splitlines()
]
LOST_BAG = "My suitcase was not on the belt in Lisbon. Booking K7QX2P. I want it back."


@pytest.mark.parametrize(
    "text",
    [
        "Has my luggage been found?",
        "Any news?",
        "What about my complaint?",
        "It's about K7QX2P",
        "Still no answer from you",
        "as I told you before",
    ],
)
def test_a_message_about_the_case_is_recognised(text: str, embedder: Embedder) -> None:
    assert same_topic(text, [LOST_BAG], embedder.embed)


@pytest.mark.parametrize(
    "text", ["Can I bring my dog?", "How do I port my number?", "thanks", "", "It's about AB12CD"]
)
def test_another_topic_is_told_apart(text: str, embedder: Embedder) -> None:
    assert not same_topic(text, [LOST_BAG], embedder.embed)


def test_one_of_the_cases_texts_is_enough(embedder: Embedder) -> None:
    assert same_topic("Where is my suitcase?", ["I want a refund for the meal", LOST_BAG], embedder.embed)


@pytest.mark.parametrize("others", [[], [""], ["  ", "> quoted"]])
def test_a_case_without_a_text_has_no_topic(others: list[str], embedder: Embedder) -> None:
    assert not same_topic("Any news?", others, embedder.embed)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(st.characters(exclude_categories=()), max_size=200), st.lists(st.text(max_size=50), max_size=3)
)
def test_no_text_makes_it_fail(embedder: Embedder, text: str, others: list[str]) -> None:
    assert same_topic(text, others, embedder.embed) in (True, False)
