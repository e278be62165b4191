"""A sentence that says several things is read as several sentences that say one each."""

from __future__ import annotations

import pytest

from proxy.authoring.conflicts.simple_claims import simple_claims, subject_of


@pytest.mark.parametrize(
    ("sentence", "parts"),
    [
        (
            "Rabbits, birds and reptiles are not accepted in the cabin.",
            (
                "Rabbits are not accepted in the cabin.",
                "Birds are not accepted in the cabin.",
                "Reptiles are not accepted in the cabin.",
            ),
        ),
        (
            "Broken screens are not covered; a quote costs £20.",
            ("Broken screens are not covered.", "A quote costs £20."),
        ),
        ("A ticket is refunded if you are ill and cannot travel.", ()),
        ("The warranty covers water damage.", ()),
    ],
)
def test_a_part_never_says_more_than_the_sentence(sentence: str, parts: tuple[str, ...]) -> None:
    assert simple_claims(sentence) == parts


def test_what_it_stands_for_comes_from_the_sentence_before() -> None:
    subject = subject_of("A travel credit is valid for 12 months.")
    assert subject == "A travel credit"
    assert "A travel credit cannot be extended." in simple_claims(
        "It has no cash value, cannot be extended and cannot be sold.", subject
    )
