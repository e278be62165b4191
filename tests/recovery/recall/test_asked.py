"""A sentence says the asked thing only with its values, in whatever way these are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.recovery.recall.asked import Asked


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("it can be refilled 7 days before it ends", "Order the refill a week before it is used up."),
        ("the refund arrives within 48 hours", "Your refund takes at most two days."),
        ("you keep your bonus after one accident", "An accident leaves your bonus as it is."),
        ("cabin luggage may weigh up to 8 kg", "A cabin bag must not weigh more than 8 kg."),
        ("a dispute is filed within 60 days", "After 60 days a dispute can no longer be filed."),
        ("children under six eat for free", "Breakfast for children under 6 is on the house."),
        ("a second checked bag costs $10", "Checking bag number two is 10 dollars."),
        ("the grant is paid in two instalments", "The grant comes in two payments."),
        ("the minimum age for the pool is eight", "You have to be 8 years old for the pool."),
        ("a lesson takes 90 minutes", "A lesson takes an hour and a half."),
        ("parking is free for 30 minutes", "For half an hour you park for nothing."),
        ("a wheel is changed in a quarter of an hour", "We change a wheel in 15 minutes."),
        (
            "the desk closes 20 minutes before departure",
            "Nobody checks in later than 20 minutes before departure.",
        ),
    ],
)
def test_values_may_be_written_in_other_ways(asked: str, sentence: str) -> None:
    assert Asked.of(asked).has_values(sentence)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("90 days after travel", "Send it within 30 days after travel."),
        ("overtime costs 4 euros for each half hour", "Overtime costs 8 euros for each half hour."),
        ("you keep your bonus after one accident", "You keep your bonus after two accidents."),
        ("cabin luggage may weigh up to 8 kg", "Cabin luggage has to weigh at least 8 kg."),
        ("children under six eat for free", "Breakfast costs $9 for children under six."),
        ("a second checked bag costs $10", "A third checked bag costs $10."),
        ("the grant is paid in two instalments", "The grant comes in three payments."),
        ("the minimum age for the pool is eight", "You have to be 9 years old for the pool."),
        ("the minimum age for the pool is eight", "The pool is closed for 8 months."),
        ("a lesson takes 90 minutes", "A lesson takes half an hour."),
    ],
)
def test_other_values_say_something_else(asked: str, sentence: str) -> None:
    assert not Asked.of(asked).has_values(sentence)


def test_what_is_read_has_its_values_as_they_were_asked_for() -> None:
    asked = Asked.of("you have 14 days to pay 20 dollars")
    assert (
        asked.in_its_words("pay $20 within two weeks, or $30 later")
        == "Pay 20 dollars within 14 days, or $30 later."
    )


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("ninety days after travel", "90 days after travel."),
        ("one hundred and fifty euros in three hours", "150 euros in three hours."),
        ("the thirtieth of June", "The thirtieth of June."),
    ],
)
def test_how_a_number_was_asked_for_makes_no_difference(written: str, read: str) -> None:
    assert Asked.of(written).text.casefold() == read.casefold()


@given(st.text(max_size=80), st.text(max_size=80))
def test_whatever_is_asked_and_said_it_is_read(asked: str, sentence: str) -> None:
    of_it = Asked.of(asked)
    of_it.has_values(sentence)
    read = of_it.in_its_words(sentence)
    assert read.endswith((".", "!", "?")) and of_it.in_its_words(read) == read


PHRASE = "90 days after travel"


@pytest.mark.parametrize(
    "sentence",
    [
        "You can claim the discount within 90 days after travel.",
        "You can ask for the bereavement fare up to ninety days after your trip.",
    ],
)
def test_a_phrase_stands_in_a_sentence_that_has_its_words_in_a_row(sentence: str) -> None:
    asked = Asked.of(PHRASE)
    assert asked.is_phrase and asked.stands_in(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "The discount cannot be claimed 90 days after travel.",
        "Did you mean 90 days after travel?",
        "A seat can be chosen up to 90 days before travel.",
        "You can claim 90 days of sick leave after travel.",
    ],
)
def test_it_does_not_stand_in_one_that_denies_or_asks_it_or_says_something_else(sentence: str) -> None:
    assert not Asked.of(PHRASE).stands_in(sentence)


@pytest.mark.parametrize(
    "text",
    [
        "90 days",
        "travel before winter",
        "90 days after travel is too late",
        "refunds take 90 days after travel",
    ],
)
def test_less_or_more_than_a_value_and_a_few_words_is_no_phrase(text: str) -> None:
    assert not Asked.of(text).is_phrase
