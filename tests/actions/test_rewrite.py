"""A repair is the policy's own words, and fits the text before it."""

from __future__ import annotations

import pytest

from proxy.actions.rewrite import citation, policy_words, readable
from proxy.grounding.types import Evidence

QUOTE = "Our bereavement policy does not apply after travel."
EVIDENCE = Evidence(
    "airline/bereavement",
    "Bereavement fares › After travel",
    QUOTE,
    "https://a.example/b",
    "Bereavement fares",
)


def test_the_policy_speaks_with_its_place_and_address() -> None:
    assert policy_words(EVIDENCE, QUOTE, "") == (
        f"Our policy (Bereavement fares › After travel, https://a.example/b) says: “{QUOTE}”"
    )


def test_what_stands_there_already_is_not_said_twice() -> None:
    assert policy_words(EVIDENCE, QUOTE, f"Sorry. {policy_words(EVIDENCE, QUOTE, '')} ") == ""


def test_a_second_quote_from_the_same_place_needs_no_second_citation() -> None:
    other = Evidence(EVIDENCE.document, EVIDENCE.section, "Call us first.", EVIDENCE.url, EVIDENCE.title)
    assert (
        policy_words(other, other.quote, policy_words(EVIDENCE, QUOTE, ""))
        == "It also says: “Call us first.”"
    )


@pytest.mark.parametrize(
    ("markdown", "plain"),
    [
        ("You must apply **before you travel**.", "You must apply before you travel."),
        ("- a\n- b", "a b"),
        ("1. Call [us](https://x.example).", "Call us."),
        ("| Bag | $60 |", "Bag $60"),
        ("> `code`\n> more", "code more"),
    ],
)
def test_a_quote_reads_without_markdowns_marks(markdown: str, plain: str) -> None:
    assert readable(markdown) == plain


def test_a_citation_names_the_title_once() -> None:
    bare = Evidence("d", "After travel", QUOTE, None, "Bereavement fares")
    assert citation(bare) == "Bereavement fares › After travel"


def test_a_title_that_only_happens_to_stand_in_the_text_is_no_citation() -> None:
    bare = Evidence("refunds", "Refunds", "The fee is $12.", None, "Refunds")
    assert policy_words(bare, bare.quote, "Refunds are paid within 14 days. ").startswith(
        "Our policy (Refunds) says:"
    )
