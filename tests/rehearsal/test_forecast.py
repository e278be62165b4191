"""The forecast's interval holds what production then shows, and what the pilot never saw is not guessed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.rehearsal.counted import NOTHING, Counted
from proxy.rehearsal.forecast import Forecast, Stratum, forecast

NAMES = ("baggage", "booking", "refunds", "bereavement", "complaints")
GOOD = np.array([0.97, 0.95, 0.80, 0.55, 0.40])  # the true share of good cases, by stratum
UNDER = np.array([0.93, 0.94, 0.71, 0.40, 0.22])  # … under what production does
CURATED = np.array([0.45, 0.40, 0.10, 0.04, 0.01])  # what a pilot is made of
LIVE = np.array([0.30, 0.25, 0.20, 0.10, 0.15])  # what comes


def alone(hits: int, n: int) -> Counted:
    """Cases that have nothing to do with one another."""
    return Counted(hits, n, n)


def drawn(
    random: np.random.Generator, pilot_n: int = 400, sample: int = 500, n: int = 600
) -> tuple[Forecast, float]:
    """A pilot played twice, a sample of live traffic without outcomes; and what production then shows."""
    pilot, live = random.multinomial(pilot_n, CURATED), random.multinomial(sample, LIVE)
    strata = []
    for number, cases in enumerate(map(int, pilot)):
        good = int(random.binomial(cases, GOOD[number]))
        still = int(random.binomial(good, UNDER[number] / GOOD[number]))
        strata.append(Stratum(NAMES[number], alone(good, cases), float(live[number]), alone(still, cases)))
    found = forecast(strata, n, seed=int(random.integers(1 << 32)), draws=2000)
    return found, random.binomial(n, UNDER @ LIVE) / n


def coverage(random: np.random.Generator, draws: int, **sizes: int) -> float:
    held = 0
    for _ in range(draws):
        found, actual = drawn(random, **sizes)
        held += found.prediction.low <= actual <= found.prediction.high
    return held / draws


@pytest.mark.parametrize("sizes", [{}, {"pilot_n": 2000, "sample": 2000, "n": 3000}])
def test_over_fifty_draws_of_production_the_interval_holds_the_actual_figure(sizes: dict[str, int]) -> None:
    assert 0.85 <= coverage(np.random.default_rng(1), 50, **sizes) <= 0.99


def test_the_pilots_own_figure_flatters_and_the_forecast_says_how_much() -> None:
    found, actual = drawn(np.random.default_rng(2), pilot_n=2000, sample=2000, n=5000)
    assert found.pilot.interval[0] > actual + 0.1
    assert found.prediction.value == pytest.approx(actual, abs=0.05)
    assert [each.words for each in found.steps] == [
        "weighted as live traffic is", "under what production does", "in 5,000 production cases"
    ]  # fmt: skip
    values = [each.value for each in found.steps]
    assert found.pilot.share > values[0] > values[1] == values[2]


def test_what_has_no_pilot_case_is_said_and_bounded_from_all_bad_to_all_good() -> None:
    strata = [Stratum("baggage", alone(900, 1000), 800), Stratum("complaints", NOTHING, 200)]
    found = forecast(strata, 10_000)
    assert found.unseen == ("complaints",)
    assert found.unseen_text.startswith("20.0% of live traffic has no pilot case (complaints)")
    assert found.prediction.low < 0.72 and found.prediction.high > 0.92
    assert found.prediction.value == pytest.approx(0.9, abs=0.005)


def test_answers_that_come_together_tell_less() -> None:
    """A thousand answers of a hundred conversations that are each all good or all bad."""
    one_by_one, together = (
        forecast([Stratum("all", Counted(900, 1000, worth), 500)], 1000).prediction for worth in (1000, 100)
    )
    assert together.high - together.low > 2 * (one_by_one.high - one_by_one.low)


@given(st.integers(0, 40), st.integers(1, 40), st.integers(0, 40), st.floats(0.1, 30), st.floats(0.1, 30))
def test_a_forecast_lies_in_its_own_interval(
    hits: int, n: int, worse: int, first: float, second: float
) -> None:
    good = min(hits, n)
    strata = [
        Stratum("a", alone(good, n), first, alone(max(0, good - worse), n)),
        Stratum("b", alone(n, n), second),
    ]
    for step in forecast(strata, 50, draws=500).steps:
        assert 0 <= step.low <= step.value + 0.02 and step.value - 0.02 <= step.high <= 1


def test_a_seed_gives_the_same_forecast() -> None:
    assert drawn(np.random.default_rng(7)) == drawn(np.random.default_rng(7))


def test_nothing_is_not_forecast_from() -> None:
    for strata in ([], [Stratum("all", NOTHING, 5)], [Stratum("all", alone(4, 5), 0)]):
        with pytest.raises(ValueError, match="needs a live sample, pilot cases"):
            forecast(strata, 100)
