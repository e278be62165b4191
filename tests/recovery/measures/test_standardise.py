"""Hard work does not punish who does it: shares in the same mix, with intervals that hold what they promise."""

from __future__ import annotations

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.recovery_formulas import wilson

from proxy.intervals import Rate, newcombe
from proxy.recovery.measures.standardise import Tally, compare

counts = (
    st.integers(0, 40).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))).filter(lambda one: one[1])
)
tallies = st.dictionaries(st.sampled_from("abcdef"), counts, min_size=1).map(Tally)


def test_who_takes_the_hard_cases_is_not_worse_for_it() -> None:
    """Both settle 9 of 10 plain cases and half of the hard ones; people take the hard ones."""
    chatbot = Tally({"plain": (810, 900), "hard": (50, 100)})
    people = Tally({"plain": (90, 100), "hard": (450, 900)})
    found = compare(chatbot, people)
    assert found.crude[0].share == 0.86 and found.crude[1].share == 0.54
    assert found.first is not None and found.second is not None
    assert found.first.share == found.second.share == pytest.approx(0.7) and found.difference == 0
    assert found.low is not None and found.high is not None and found.low < 0 < found.high


@given(tallies, tallies)
def test_it_is_the_weighted_sum_and_its_interval_is_movers(first: Tally, second: Tally) -> None:
    found = compare(first, second)
    both = [one for one in first.rates if one in second.rates]
    if not both:
        assert found.difference is None and found.covered == 0
        return
    standard = {one: first.rates[one][1] + second.rates[one][1] for one in both}
    total = sum(standard.values())
    ends = []
    for given_, told in ((first, found.first), (second, found.second)):
        assert told is not None
        share = sum(standard[one] / total * given_.rates[one][0] / given_.rates[one][1] for one in both)
        limits = {one: wilson(*given_.rates[one]) for one in both}
        shares = {one: given_.rates[one][0] / given_.rates[one][1] for one in both}
        low = share - math.sqrt(
            sum((standard[one] / total * (shares[one] - limits[one][0])) ** 2 for one in both)
        )
        high = share + math.sqrt(
            sum((standard[one] / total * (limits[one][1] - shares[one])) ** 2 for one in both)
        )
        assert (told.share, told.low, told.high) == pytest.approx(
            (share, max(0, low), min(1, high)), abs=1e-9
        )
        ends.append(told)
    assert found.difference == pytest.approx(ends[1].share - ends[0].share)
    assert found.covered == pytest.approx(total / (found.crude[0].n + found.crude[1].n))


@given(counts, counts)
def test_with_one_stratum_it_is_newcombes(first: tuple[int, int], second: tuple[int, int]) -> None:
    found = compare(Tally({"all": first}), Tally({"all": second}))
    assert (found.low, found.high) == pytest.approx(newcombe(Rate(*first), Rate(*second)), abs=1e-9)


def test_the_interval_holds_the_true_difference_nearly_as_often_as_it_says() -> None:
    """Of 1,000 made-up samples of two with a true difference of 0.1, at least 93 in 100 intervals have it."""
    random, held = Random(3), 0
    true = {"plain": (0.9, 0.95), "hard": (0.5, 0.65)}
    mix = {"plain": (60, 20), "hard": (20, 60)}
    standard = {one: sum(numbers) for one, numbers in mix.items()}
    expected = sum(standard[one] / 160 * (true[one][1] - true[one][0]) for one in true)
    for _ in range(1000):
        drawn = [
            Tally(
                {
                    one: (sum(random.random() < true[one][who] for _ in range(mix[one][who])), mix[one][who])
                    for one in true
                }
            )
            for who in (0, 1)
        ]
        found = compare(*drawn)
        assert found.low is not None and found.high is not None
        held += found.low <= expected <= found.high
    assert held >= 930
