"""Which values of structured data are judged as sentences."""

from __future__ import annotations

import pytest

from proxy.grounding.claims.fragments import is_sentence


@pytest.mark.parametrize(
    "text",
    [
        "You can claim within 90 days",
        "Bags are free",
        "Yes",
        "No.",
        "Not refundable.",
        "up to 90 days after travel",
        "refund of $450",
        "free changes on every one of our fares",
        "  It is allowed.  ",
    ],
)
def test_what_says_something_is_a_sentence(text: str) -> None:
    assert is_sentence(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "refundable", "bereavement-fares", "2026-03-01", "https://x.example/a?b=c", "90 days"),
        *("Air Canada Customer Care", "Flex fare", "ZFA04Y", "gpt-4o mini", "Jan de Vries", "\u0000"),
    ],
)
def test_a_name_a_code_or_a_word_is_none(text: str) -> None:
    assert not is_sentence(text)
