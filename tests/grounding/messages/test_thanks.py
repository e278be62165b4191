"""Thanks are thanks where nothing else is said."""

from __future__ import annotations

import pytest

from proxy.grounding.messages.thanks import gives_thanks


@pytest.mark.parametrize(
    "text",
    [
        "Thanks!",
        "Thank you very much, that helps.",
        "ok thx",
        "Great, that answers my question",
        "All sorted, cheers",
    ],
)
def test_thanks_confirm(text: str) -> None:
    assert gives_thanks(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "No.", "Thanks for nothing", "Thanks, but that is wrong.", "Thank you. Can I also bring a dog?",
        "no thanks",
        "Thanks, I still have not received the money", "Thank you, please cancel my booking", "It is not solved",
        "Thanks a lot for coming back to me so quickly about the matter which I had raised with you last week",
    ],
)  # fmt: skip
def test_anything_else_is_no_word_about_the_answer(text: str) -> None:
    assert not gives_thanks(text)
