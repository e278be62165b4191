"""Intervals are those that statistics packages give, and hold what they promise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, binomtest

from proxy.intervals import Change, Rate, beta_quantile, clopper_pearson, wilson


@given(st.integers(0, 500), st.integers(1, 500))
def test_wilson_is_that_of_scipy(hits: int, n: int) -> None:
    hits = min(hits, n)
    theirs = binomtest(hits, n).proportion_ci(method="wilson")
    assert wilson(hits, n) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


@given(st.integers(0, 500), st.integers(1, 500))
def test_clopper_pearson_is_that_of_scipy(hits: int, n: int) -> None:
    hits = min(hits, n)
    theirs = binomtest(hits, n).proportion_ci(method="exact")
    assert clopper_pearson(hits, n) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


@given(st.floats(0.001, 0.999), st.floats(0.05, 2000), st.floats(0.05, 2000))
def test_beta_quantiles_of_counts_that_are_not_whole_are_those_of_scipy(p: float, a: float, b: float) -> None:
    assert beta_quantile(p, a, b) == pytest.approx(beta.ppf(p, a, b), abs=1e-7)


def test_where_nothing_was_counted_nothing_is_known() -> None:
    assert (Rate(0, 0).share, Rate(0, 0).low, Rate(0, 0).high) == (None, 0.0, 1.0)
    assert Change(Rate(0, 0), Rate(3, 4)).difference is None and not Change(Rate(0, 0), Rate(0, 9)).fell


def test_newcombes_own_example_comes_out() -> None:
    """Newcombe 1998, table II (a): 56/70 against 48/80, method 10 gives 0.0524 to 0.3339 for their difference."""
    low, high = Change(before=Rate(48, 80), after=Rate(56, 70)).interval
    assert (low, high) == pytest.approx((0.0524, 0.3339), abs=1e-4)


def test_a_fall_that_chance_explains_is_none() -> None:
    assert not Change(Rate(9, 10), Rate(7, 10)).fell
    assert Change(Rate(92, 100), Rate(61, 100)).fell
