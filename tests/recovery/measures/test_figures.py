"""Figures in words: never a bare percentage, and where too few cases tell, that is what they say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.intervals import Rate
from proxy.recovery.measures.figure import TOO_FEW, Figure, Unit, count, difference, in_words, share


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        (share("m", 120, 138), "87.0% (80.3% to 91.6%), 120 of 138"),
        (share("m", 3, 4), "too few cases: 3 of 4"),
        (share("m", 0, 0), "no cases"),
        (share("m", 9_999, 10_000), "99.99% (99.9% to 99.99%), 9,999 of 10,000"),
        (count("m", 1234), "1,234"),
        (
            Figure("m", None, Unit.SECONDS, 90_000.0, 40, 3600.0, None),
            "25.0 h (1.0 h to not reached), 40 cases",
        ),
        (
            Figure("m", None, Unit.SECONDS, None, 40, 3600.0, None, not_reached=True),
            "not reached (1.0 h to not reached), 40 cases",
        ),
        (Figure("m", "EUR", Unit.MONEY, 1234.5, 3, currency="EUR"), "1,234.50 EUR"),
        (Figure("m", "6h", Unit.RATIO, 2.5, 4), "2.50"),
        (share("m", 12, 12, note="why"), "100.0% (75.8% to 100.0%), 12 of 12; why"),
    ],
)
def test_a_figure_says_its_n_and_its_interval(figure: Figure, text: str) -> None:
    assert figure.text == text


@given(st.integers(0, 500), st.integers(0, 500))
def test_no_share_is_told_without_cases_or_without_an_interval(hits: int, more: int) -> None:
    n = hits + more
    one = share("m", hits, n)
    assert one.too_few is (n < TOO_FEW)
    assert ("%" in one.text) is not one.too_few
    if not one.too_few:
        assert one.low is not None and one.value is not None and one.high is not None
        assert 0 <= one.low <= one.value <= one.high <= 1
        assert (100 * hits == 100 * n) is one.text.startswith("100.0%")


def test_a_difference_of_few_says_nothing() -> None:
    assert difference("m", None, Rate(3, 4), Rate(80, 90)).text == "too few cases: 4"
    assert difference("m", None, Rate(20, 90), Rate(80, 90)).text.startswith("+66.7 points (+")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59, "59 s"), (90, "1.5 min"), (86_400, "24.0 h"), (172_800, "2.0 days")],
)
def test_lengths_are_in_units_that_one_reads(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
