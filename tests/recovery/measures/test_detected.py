"""Detecting less must never look better."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.failures import BEGAN, after, event, failure

from proxy.ledger.failures.columns import FailureColumns, columns_of, seconds_of
from proxy.ledger.failures.folding import fold
from proxy.recovery.measures.detected import Estimated, by_source, detected, detected_share, escaped
from proxy.recovery.measures.times import by_severity, times

ESTIMATED = Estimated(share=0.05, low=0.02, high=0.1, n=200, population=1000)


def found(number: int, **values: object) -> FailureColumns:
    """So many failures, found 1, 2, 3, ... minutes after they reached their customers."""
    return columns_of(
        fold(f"FL-{place}", failure(str(place), **values), BEGAN, [event("detected", place + 1)])
        for place in range(number)
    )


def test_the_share_is_of_what_there_must_be() -> None:
    figure = detected_share(detected(found(20), ESTIMATED))
    assert (figure.value, figure.low, figure.high) == pytest.approx((20 / 50, 20 / 100, 1.0))
    assert "20 found of an estimated 50 (20 to 100) wrong answers, by 200 reviewed of 1,000" in figure.text


def test_without_a_random_sample_nothing_is_said() -> None:
    figure = detected_share(detected(found(20), None))
    assert figure.value is None and "nobody has reviewed a random sample" in figure.text
    assert escaped(None).text == "no cases"


def test_more_than_there_can_be_is_said_to_be_odd() -> None:
    assert "more were found than the sample says" in detected_share(detected(found(150), ESTIMATED)).text


def test_only_the_chatbots_wrong_answers_are_held_against_its_sample() -> None:
    assert detected(found(5, kind="broken_promise"), ESTIMATED).found == 0
    assert detected(found(5, author="human"), ESTIMATED).found == 0


@settings(max_examples=30)
@given(st.integers(10, 60), st.integers(10, 60))
def test_detecting_less_never_looks_better(some: int, more: int) -> None:
    """Who finds only the quick ones has a better median of what was found, and a worse one of all there are."""
    fewer, every = sorted((some, more))
    figures = []
    for number in (fewer, every):
        told = times(
            by_severity(found(number), seconds_of(after(100_000))), detected(found(number), ESTIMATED)
        )
        figures.append({(one.measure, one.which): one for one in told if one.of is None})
    shares = [detected(found(number), ESTIMATED).share or 0 for number in (fewer, every)]
    assert shares[0] <= shares[1]
    for which in ("median", "p90"):
        few, all_of_them = (one["time_to_detect_of_all", which] for one in figures)
        if few.value is not None and shares[1] < 1:
            assert all_of_them.value is not None and all_of_them.value <= few.value + 1e-6


def test_a_median_of_all_is_not_reached_where_less_than_half_is_found() -> None:
    told = times(by_severity(found(20), seconds_of(after(100_000))), detected(found(20), ESTIMATED))
    one = {(each.measure, each.which): each for each in told}["time_to_detect_of_all", "median"]
    assert one.not_reached and one.low is not None  # by the upper bound of the share it would be


def test_who_found_them_is_told_with_who_was_first() -> None:
    states = [
        fold(f"FL-{place}", failure(str(place)), BEGAN, [event("detected", 1, source=source)])
        for place, source in enumerate(["customer"] * 12 + ["guard"] * 8)
    ]
    figures = {(one.measure, one.of): one for one in by_source(columns_of(states))}
    assert (figures["detected_by_us", None].hits, figures["detected_by", "customer"].hits) == (8, 12)
