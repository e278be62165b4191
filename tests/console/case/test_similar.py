"""Past cases about the same thing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from proxy.console.case.similar import PastCase, similar_cases
from proxy.models.embedder import Embedder

WHEN = datetime(2026, 1, 1, tzinfo=UTC)
QUESTIONS = [
    "Can I claim the bereavement fare once I have flown?",
    "My aunt has died, may I get a bereavement discount after the journey?",
    "How heavy may my suitcase be?",
    "When does the lounge open?",
]


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder.load()


def past() -> list[PastCase]:
    return [PastCase(f"CX-{number}", text, WHEN, "closed") for number, text in enumerate(QUESTIONS)]


def test_cases_about_the_same_thing_are_found_in_other_words(embedder: Embedder) -> None:
    found = similar_cases("Is the bereavement rate possible after travelling?", past(), embedder.embed)
    assert [one.case.ref for one in found] == ["CX-0", "CX-1"] or [one.case.ref for one in found] == [
        "CX-1",
        "CX-0",
    ]


def test_nothing_is_shown_where_no_case_is_like_it(embedder: Embedder) -> None:
    assert similar_cases("What is the weather in Oslo?", past(), embedder.embed) == []


def test_no_past_and_no_question_are_no_error(embedder: Embedder) -> None:
    assert similar_cases("Anything?", [], embedder.embed) == []
    assert similar_cases("  ", past(), embedder.embed) == []
