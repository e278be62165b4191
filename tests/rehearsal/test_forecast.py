"""The forecast's interval holds what production then shows, and what the pilot never saw is not guessed."""

from __future__ import annotations

import numpy as np
import pytest

from proxy.intervals import Rate
from proxy.rehearsal.forecast import Forecast, OperatorEffect, Stratum, forecast

NAMES = ("baggage", "booking", "refunds", "bereavement", "complaints")
GOOD = np.array([0.97, 0.95, 0.80, 0.55, 0.40])  # the true share of good cases, by stratum
CURATED = np.array([0.45, 0.40, 0.10, 0.04, 0.01])  # what a pilot is made of
LIVE = np.array([0.30, 0.25, 0.20, 0.10, 0.15])  # what comes
TYPOS, STALE = (0.35, 0.08), (0.20, 0.25)  # share of live cases, and what becomes bad by it


def drawn(
    random: np.random.Generator, pilot_n: int = 400, sample: int = 500, n: int = 600
) -> tuple[Forecast, float]:
    """A pilot, a sample of live traffic without outcomes, pairs for two operators; and what production then shows."""
    pilot, live = random.multinomial(pilot_n, CURATED), random.multinomial(sample, LIVE)
    strata = [
        Stratum(name, Rate(int(random.binomial(cases, good)), int(cases)), int(number))
        for name, cases, good, number in zip(NAMES, pilot, GOOD, live, strict=True)
    ]
    operators = []
    for name, (level, harm) in (("typos", TYPOS), ("stale context", STALE)):
        under_it = Rate(int(random.binomial(sample, level)), sample)
        worse = int(random.binomial(200, harm))
        operators.append(OperatorEffect(name, worse, 0, 200, live=under_it, pilot=Rate(0, pilot_n)))
    truth = GOOD @ LIVE - TYPOS[0] * TYPOS[1] - STALE[0] * STALE[1]
    return forecast(strata, operators, n, seed=int(random.integers(1 << 32)), draws=2000), random.binomial(
        n, truth
    ) / n


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
    assert found.pilot.low > actual + 0.1
    assert found.prediction.value == pytest.approx(actual, abs=0.05)
    assert [each.words for each in found.steps] == [
        "weighted as live traffic is", "with typos", "with stale context", "in 5,000 production cases"
    ]  # fmt: skip
    values = [each.value for each in found.steps]
    assert (
        found.pilot.share is not None and found.pilot.share > values[0] > values[1] > values[2] == values[3]
    )


def test_what_has_no_pilot_case_is_said_and_bounded_from_all_bad_to_all_good() -> None:
    strata = [Stratum("baggage", Rate(900, 1000), 800), Stratum("complaints", Rate(0, 0), 200)]
    found = forecast(strata, [], 10_000)
    assert found.unseen == ("complaints",)
    assert found.unseen_text.startswith("20.0% of live traffic has no pilot case (complaints)")
    assert found.prediction.low < 0.72 and found.prediction.high > 0.92
    assert found.prediction.value == pytest.approx(0.9, abs=0.005)


def test_an_operator_that_the_pilot_had_as_much_of_changes_nothing() -> None:
    strata = [Stratum("all", Rate(9000, 10_000), 10_000)]
    as_live = OperatorEffect("typos", 50, 0, 200, Rate(3000, 10_000), Rate(3000, 10_000))
    without, with_it = (forecast(strata, operators, 10_000).prediction for operators in ([], [as_live]))
    assert with_it.value == pytest.approx(without.value, abs=0.002)


def test_a_seed_gives_the_same_forecast() -> None:
    assert drawn(np.random.default_rng(7)) == drawn(np.random.default_rng(7))


def test_nothing_is_not_forecast_from() -> None:
    for strata in ([], [Stratum("all", Rate(0, 0), 5)], [Stratum("all", Rate(4, 5), 0)]):
        with pytest.raises(ValueError, match="needs a live sample, pilot cases"):
            forecast(strata, [], 100)
