"""Typed differences in a few words."""

from __future__ import annotations

import pytest
from console.case import moffatt

from proxy.console.case.differences import differences

CASES = [
    (moffatt.INVENTED, moffatt.QUOTE, "at most 90 days", "not after travel has been completed"),
    ("You may bring one bag of 27 kg.", "Each bag may weigh up to 23 kg.", "27 kg", "at most 23 kg"),
    ("You can apply after you travel.", "You must apply before you travel.", "after", "before"),
    (
        "Aunts and uncles are covered.",
        "Aunts and uncles are covered only if they lived in your household.",
        "not said",
        "only if they lived in your household",
    ),
    (
        "The change is free up to 24 hours before departure.",
        "One free change, up to 2 hours before departure.",
        "at least 24 hours before",
        "at least 2 hours before",
    ),
]


@pytest.mark.parametrize(("claim", "quote", "said", "policy"), CASES)
def test_a_difference_is_told_in_few_words(claim: str, quote: str, said: str, policy: str) -> None:
    assert (said, policy) in [(one.said, one.policy) for one in differences(claim, None, quote)]


def test_a_claim_that_says_what_the_policy_says_differs_in_nothing() -> None:
    sentence = "You must apply before you travel."
    assert differences(sentence, None, sentence) == ()


def test_a_condition_that_the_customer_states_is_not_missing() -> None:
    question = "My uncle lived in my household. Is he covered?"
    quote = "Uncles are covered only if they lived in your household."
    told = differences("Yes, uncles are covered.", question, quote)
    assert [one.said for one in told if "lived in your household" in one.policy] == []


def test_no_side_is_longer_than_a_line() -> None:
    long = "The refund is not possible " + "because of the many rules that hold for it " * 20
    for one in differences(long, None, "Flex tickets are refunded in full within 30 days."):
        assert len(one.said) <= 100 and len(one.policy) <= 100
