"""What is read as a value, with its bound."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from time import thread_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.grounding.values.bounds import Comparator
from proxy.grounding.values.finding import Value, values_of
from proxy.grounding.values.units import ValueKind


def only(text: str) -> Value:
    (value,) = values_of(text)
    return value


@pytest.mark.parametrize(
    ("text", "amount", "unit"),
    [
        ("$1,200", "1200", "USD"),
        ("1.200 €", "1200", "EUR"),
        ("USD 50", "50", "USD"),
        ("fifty dollars", "50", "USD"),
        ("75 cents", "0.75", "USD"),
        ("£3.95", "3.95", "GBP"),
        ("C$100", "100", "CAD"),
        ("two hundred and fifty euros", "250", "EUR"),
        ("$2k", "2000", "USD"),
        ("$50 CAD", "50", "CAD"),
        ("50 Canadian dollars", "50", "CAD"),
        ("$30 AUD", "30", "AUD"),
        ("S$8", "8", "SGD"),
        ("45p", "0.45", "GBP"),
        ("40 US dollars", "40", "USD"),
    ],
)
def test_money_in_its_many_spellings(text: str, amount: str, unit: str) -> None:
    value = only(text)
    assert (value.kind, value.amount, value.unit) == (ValueKind.MONEY, Decimal(amount), unit)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("two weeks", "14 days"),
        ("a fortnight", "14 days"),
        ("24 hours", "1 day"),
        ("one year", "12 months"),
        ("60 minutes", "1 hour"),
        ("90 minutes", "1.5 hours"),
        ("30 minutes", "within half an hour"),
        ("30 seconds", "within half a minute"),
        ("1,800 seconds", "30 minutes"),
        ("a year and a half", "18 months"),
        ("one and a half years", "18 months"),
        ("two and a half hours", "150 minutes"),
        ("2½ hours", "150 minutes"),
        ("three years and a half", "42 months"),
        ("a day and a half", "36 hours"),
        ("a quarter of an hour", "15 minutes"),
        ("three quarters of an hour", "45 minutes"),
    ],
)
def test_equal_durations_read_equal(one: str, other: str) -> None:
    first, second = only(f"within {one}"), only(f"within {other}")
    assert (first.amount, first.unit) == (second.amount, second.unit)


def test_a_half_is_read_without_a_preposition_too() -> None:
    assert only("A year and a half is long.").amount == 18
    assert only("Half an hour is free.").amount == Decimal("0.5")
    assert values_of("They weigh a kilo and a half.") == ()  # no 50%


def test_what_only_begins_like_a_period_or_ends_like_money_is_none() -> None:
    assert values_of("After a night-time delivery you sign.") == ()
    assert ValueKind.MONEY not in [value.kind for value in values_of("Pictures come in 720p, from 6p.m. on.")]


def test_a_section_s_number_begins_no_range() -> None:
    first, second = values_of("Fewer beds 3.1 Up to 10% of the beds may be dropped.")
    assert (first.is_range, second.quote, second.comparator) == (False, "10%", Comparator.AT_MOST)


@pytest.mark.parametrize("other", ["5 days", "5 school days", "5 months"])
def test_working_days_are_no_other_days(other: str) -> None:
    assert only("5 working days").unit == only("five business days").unit != only(other).unit


@pytest.mark.parametrize(
    ("text", "kind", "amount"),
    [
        ("2025-03-01", ValueKind.DATE, 20250301),
        ("1 March 2025", ValueKind.DATE, 20250301),
        ("March 1st", ValueKind.DATE, 301),
        ("in May 2025", ValueKind.DATE, 20250500),
        ("6 AM", ValueKind.TIME, 360),
        ("18:00", ValueKind.TIME, 1080),
        ("06:00:00", ValueKind.TIME, 360),
        ("12 p.m.", ValueKind.TIME, 720),
        ("noon", ValueKind.TIME, 720),
        ("Tuesdays", ValueKind.WEEKDAY, 2),
    ],
)
def test_dates_and_times(text: str, kind: ValueKind, amount: int) -> None:
    value = only(text)
    assert (value.kind, value.amount) == (kind, amount)


def test_the_verb_may_is_no_month() -> None:
    assert only("up to 10 may be returned").kind is ValueKind.COUNT


@pytest.mark.parametrize(
    ("text", "comparator"),
    [
        ("within 30 days", Comparator.AT_MOST),
        ("up to 30 days", Comparator.AT_MOST),
        ("no more than 30 days", Comparator.AT_MOST),
        ("no later than 30 days", Comparator.AT_MOST),
        ("must not exceed 30 days", Comparator.AT_MOST),
        ("30 days or less", Comparator.AT_MOST),
        ("at least 30 days", Comparator.AT_LEAST),
        ("a minimum of 30 days", Comparator.AT_LEAST),
        ("not less than 30 days", Comparator.AT_LEAST),
        ("30 days or more", Comparator.AT_LEAST),
        ("more than 30 days", Comparator.MORE_THAN),
        ("under 30 days", Comparator.LESS_THAN),
        ("exactly 30 days", Comparator.EXACTLY),
        ("about 30 days", Comparator.ABOUT),
        ("30 days", Comparator.UNSTATED),
    ],
)
def test_bounds(text: str, comparator: Comparator) -> None:
    assert only(text).comparator is comparator


@pytest.mark.parametrize(
    ("text", "comparator"),
    [
        ("up to 24 hours before arrival", Comparator.AT_LEAST),
        ("until two days before the flight", Comparator.AT_LEAST),
        ("no later than 60 minutes before departure", Comparator.AT_LEAST),
        ("by three weeks before the course", Comparator.AT_LEAST),
        ("at least 24 hours before arrival", Comparator.AT_LEAST),
        ("six weeks before arrival at the latest", Comparator.AT_LEAST),
        ("not later than 7 days in advance", Comparator.AT_LEAST),
        ("more than 24 hours before arrival", Comparator.MORE_THAN),
        ("earlier than 24 hours before arrival", Comparator.MORE_THAN),
        ("later than 24 hours before arrival", Comparator.LESS_THAN),
        ("less than 24 hours before arrival", Comparator.LESS_THAN),
        ("within 24 hours before arrival", Comparator.AT_MOST),
        ("no more than 14 days ahead", Comparator.AT_MOST),
        ("at most 14 days in advance", Comparator.AT_MOST),
        ("from 48 hours before departure", Comparator.AT_MOST),
        ("no earlier than 48 hours before departure", Comparator.AT_MOST),
        ("two days before departure at the earliest", Comparator.AT_MOST),
        ("up to a year in advance", Comparator.UNSTATED),  # "cancel" means at least, "book" means at most
        ("up to 24 hours after arrival", Comparator.AT_MOST),
    ],
)
def test_until_before_an_event_is_at_least_so_long(text: str, comparator: Comparator) -> None:
    (value,) = values_of(text)
    assert value.comparator is comparator


@pytest.mark.parametrize(
    ("text", "comparator"),
    [
        ("You may not bring more than two bags.", Comparator.AT_MOST),
        ("You cannot use more than two vouchers.", Comparator.AT_MOST),
        ("A group cannot include more than nine people.", Comparator.AT_MOST),
        ("We don't reimburse more than $80.", Comparator.AT_MOST),
        ("The meter must never read less than 10 kWh.", Comparator.AT_LEAST),
        ("A tenant must not give less than 30 days.", Comparator.AT_LEAST),
        ("The router may not be older than 3 years.", Comparator.AT_MOST),
        ("It is not free if you use more than 2 GB.", Comparator.MORE_THAN),
        ("The minimum payout is $50.", Comparator.AT_LEAST),
        ("The maximum weight per parcel is 20 kg.", Comparator.AT_MOST),
    ],
)
def test_a_bound_is_read_past_the_words_before_it(text: str, comparator: Comparator) -> None:
    assert only(text).comparator is comparator


@pytest.mark.parametrize(
    ("text", "per"),
    [
        ("$5 per night", "night"),
        ("$3 per person per night", "person per night"),
        ("$3 a night for each guest", "night per guest"),
        ("€0.40 per kWh", "kwh"),
        ("$4 per calendar month", "month"),
        ("$110 each way", ""),
    ],
)
def test_a_rate_may_have_several_units(text: str, per: str) -> None:
    assert only(text).per == per


def test_a_range_is_one_value() -> None:
    value = only("5 to 7 working days")
    assert (value.amount, value.high, value.unit) == (5, 7, "working_day")
    hours = only("open 9:00-17:00")
    assert (hours.amount, hours.high) == (540, 1020)
    bounds = only("at least 5 and at most 7 working days")
    assert (bounds.amount, bounds.high, bounds.unit) == (5, 7, "working_day")


def test_a_count_knows_what_it_counts() -> None:
    assert only("two checked bags per person").nouns == {"check", "bag"}


def test_a_pronoun_is_no_count() -> None:
    assert values_of("Take this one, or any of the first.") == ()


def test_a_paragraph_number_is_no_value() -> None:
    assert [value.quote for value in values_of("1.3 Refunds take 5 days.")] == ["5 days"]


def test_an_event_gives_a_duration_its_direction() -> None:
    assert only("24 hours before departure").order == "before"
    assert only("24 hours after landing").order == "after"


@given(st.text(max_size=300))
def test_a_value_stands_where_it_says(text: str) -> None:
    values = values_of(text)
    assert all(text[value.start : value.end] == value.quote for value in values)
    assert all(first.end <= second.start for first, second in pairwise(values))


@given(st.integers(1, 10**9))
def test_thousands_separators_change_nothing(number: int) -> None:
    assert only(f"${number:,}").amount == only(f"${number}").amount == number


@pytest.mark.parametrize(
    "piece", ["1,", "one ", "a half ", "$ ", "no more than ", "1 to ", "monday to ", "0", "1 "]
)
def test_hostile_text_is_read_in_linear_time(piece: str) -> None:
    text = piece * (20_000 // len(piece))
    started = thread_time()
    values_of(text)
    assert thread_time() - started < 5
