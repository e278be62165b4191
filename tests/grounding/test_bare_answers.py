"""A bare "Yes." is a claim when it answers a question about policy."""

from __future__ import annotations

import pytest

from proxy.grounding.claims.bare_answers import asks_yes_or_no, is_bare_answer
from proxy.grounding.claims.kinds import claim_of
from proxy.grounding.text.segments import segment
from proxy.grounding.types import ClaimKind

ASKED = "Can I claim the bereavement fare after my trip?"


@pytest.mark.parametrize(
    "text", ["Yes.", "Yes!", "**Yes**", "No.", "Of course!", "Yes, you can.", "Absolutely", "That's right."]
)
def test_a_bare_yes_to_a_question_is_a_policy_claim(text: str) -> None:
    assert is_bare_answer(text)
    (piece,) = segment(text)
    assert claim_of(piece, ASKED).kind is ClaimKind.POLICY


@pytest.mark.parametrize(
    "text", ["Yes, within 90 days.", "No fee is charged.", "Good news!", "Sure, let me look."]
)
def test_what_says_more_is_not_bare(text: str) -> None:
    assert not is_bare_answer(text)


@pytest.mark.parametrize(
    ("question", "closed"),
    [
        (ASKED, True),
        ("I flew last week. So I can still claim it, right?", True),
        ("Is there a fee? Thanks!", True),
        ("What is the fee?", False),
        ("Can you help me?", False),
        ("Could you look into it?", False),
        ("Thanks, that helps.", False),
        (None, False),
    ],
)
def test_questions_that_yes_or_no_can_answer(question: str | None, closed: bool) -> None:
    assert asks_yes_or_no(question) is closed


def test_small_talk_stays_small_talk() -> None:
    (piece,) = segment("Of course!")
    assert claim_of(piece, "Can you help me?").kind is ClaimKind.NOT_CHECKABLE


def test_a_yes_belongs_to_the_sentence_that_follows() -> None:
    assert [piece.text for piece in segment("Yes! You can bring one bag. Anything else?")] == [
        "Yes! You can bring one bag.",
        "Anything else?",
    ]
    assert [piece.text for piece in segment("Yes.\n\n- One bag")] == ["Yes.", "One bag"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("You're welcome!", ClaimKind.NOT_CHECKABLE),
        ("You're welcome to reach out any time.", ClaimKind.NOT_CHECKABLE),
        ("You're welcome to submit your request once you are back home.", ClaimKind.POLICY),
    ],
)
def test_a_welcome_that_allows_something_is_a_claim(text: str, kind: ClaimKind) -> None:
    (piece,) = segment(text)
    assert claim_of(piece).kind is kind
