"""Expected waits: from what happened, with their spread, longer for who has more before them, and never invented."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.actions.waits import LEAST, Answered, Wait, expected_wait, mean_gap_s

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def answered(*minutes: tuple[float, float]) -> list[Answered]:
    """Cases by the minutes at which they opened and were answered."""
    return [
        Answered(NOON + timedelta(minutes=opened), NOON + timedelta(minutes=ended))
        for opened, ended in minutes
    ]


def one_after_the_other(count: int, took: float) -> list[Answered]:
    """Nobody ever waits for another one."""
    return answered(*((1000.0 * n, 1000.0 * n + took) for n in range(count)))


def test_from_few_answers_nothing_is_told() -> None:
    assert expected_wait(one_after_the_other(LEAST - 1, 30), 0) is None
    assert expected_wait(one_after_the_other(LEAST, 30), 0) == Wait(1800, 1800, 1800, LEAST)


def test_the_spread_is_that_of_eight_in_ten() -> None:
    times = [float(n) for n in range(10, 50)]
    wait = expected_wait(answered(*((1000 * n, 1000 * n + took) for n, took in enumerate(times))), 0)
    assert wait is not None
    expected = np.quantile(times, [0.5, 0.1, 0.9]) * 60
    assert [wait.median_s, wait.low_s, wait.high_s] == pytest.approx(list(expected))


def test_who_has_others_before_them_waits_longer_by_the_time_between_answers() -> None:
    """All open at once, and one is answered every ten minutes."""
    cases = answered(*((n * 0.001, 10.0 * (n + 1)) for n in range(30)))
    assert mean_gap_s(cases) == pytest.approx(600)
    waits = [expected_wait(cases, ahead) for ahead in (0, 6, 12)]
    medians = [wait.median_s for wait in waits if wait is not None]
    assert np.diff(medians) == pytest.approx([3600, 3600])
    assert medians[0] == pytest.approx(600, rel=0.05), "the first is served at once"


def test_a_night_in_which_nobody_waited_tells_nothing_of_the_pace() -> None:
    assert mean_gap_s(one_after_the_other(30, 5)) == 0


@given(
    st.lists(st.tuples(st.floats(0, 5000), st.floats(0.1, 900)), min_size=LEAST, max_size=60),
    st.integers(0, 50),
)
def test_more_before_one_never_means_less_of_a_wait(cases: list[tuple[float, float]], ahead: int) -> None:
    told = answered(*((opened, opened + took) for opened, took in cases))
    fewer, more = expected_wait(told, ahead), expected_wait(told, ahead + 1)
    assert fewer is not None and more is not None
    assert 0 <= fewer.low_s <= fewer.median_s <= fewer.high_s
    assert fewer.median_s <= more.median_s and fewer.n == len(cases)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (20, "5 minutes"),
        (2000, "35 minutes"),
        (9000, "2.5 hours"),
        (90_000, "28 hours"),
        (260_000, "3.2 days"),
    ],
)
def test_times_are_rounded_up_to_what_can_be_meant(seconds: float, words: str) -> None:
    assert f"about {words} (in 8 of 10 cases {words})" in Wait(seconds, seconds, seconds, 20).words
