"""Curves and rates agree with the formulas of the literature, written once more, on 200 random histories."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import timedelta
from fractions import Fraction

import numpy as np
import pytest
from support.recovery_formulas import Case, cases, first_reached, incidence, log_log, share_by, wilson
from support.recovery_histories import NOW, random_states

from proxy.ledger.failures.columns import columns_of, seconds_of
from proxy.ledger.failures.records import CONFIRMED, NO_REPEAT_CONTACT, FailureState
from proxy.recovery.measures.curves import Curve, curves, lasting
from proxy.recovery.measures.detected import Detected
from proxy.recovery.measures.figure import TOO_FEW, Figure
from proxy.recovery.measures.rates import in_time
from proxy.recovery.measures.times import BySeverity, by_severity, clocked, every_curve, times
from proxy.rules.recovery_options import RecoveryOptions

SEEDS = range(200)
OPTIONS = RecoveryOptions()
QUIET = timedelta(days=14)
# What each measure waits for, and what else can keep it from happening.
CAUSES: dict[str, tuple[tuple[str, str | None], ...]] = {
    "time_to_detect": (("detected_at", None),),
    "time_to_contain": (("contained_at", None), ("ended_at", None)),
    "time_to_correct": (("corrected_at", None), ("ended_at", None)),
    "time_to_restore_confirmed": (
        ("restored_at", CONFIRMED),
        ("restored_at", NO_REPEAT_CONTACT),
        ("ended_at", None),
    ),
    "time_to_restore_quiet": (
        ("restored_at", NO_REPEAT_CONTACT),
        ("restored_at", CONFIRMED),
        ("ended_at", None),
    ),
}


def believed(seed: int) -> list[FailureState]:
    return [one for one in random_states(seed) if one.counted and not one.doubtful]


def of_random(seed: int) -> BySeverity:
    return by_severity(columns_of(random_states(seed)), seconds_of(NOW))


def curve(told: Sequence[Case], causes: int = 2) -> Curve:
    seconds, outcome = zip(*told, strict=True)
    return curves(np.array(seconds, dtype=float), np.array(outcome, dtype=float), causes)[0]


def figures(found: Sequence[Figure]) -> dict[tuple[str, str | None, str], Figure]:
    return {(one.measure, one.of, one.which): one for one in found}


def test_the_histories_have_all_that_makes_it_hard() -> None:
    every = [one for seed in SEEDS for one in random_states(seed)]
    for wanted in (
        "cancelled", "expired", "detected", "contained", "corrected", "restored",
    ):  # fmt: skip
        assert sum(one.status == wanted for one in every) > 100
    assert sum(one.doubtful for one in every) > 100 and sum(one.reopened for one in every) > 100
    tied = [seed for seed in SEEDS if len({one.detected_at for one in believed(seed)}) < len(believed(seed))]
    assert len(tied) > 20


@pytest.mark.parametrize("measure", CAUSES)
def test_each_curve_is_aalen_and_johansens_with_its_interval(measure: str) -> None:
    for seed in SEEDS:
        states = believed(seed)
        told = cases(states, NOW, *CAUSES[measure])
        found = every_curve(clocked(columns_of(states), seconds_of(NOW)))[measure]
        expected = incidence(told, 1)
        low, high = 0.0, 0.0
        for at, share, variance in expected:
            place = np.searchsorted(found.times, at, side="right") - 1
            assert found.share[place] == pytest.approx(float(share), abs=1e-12)
            bounds = log_log(share, variance)
            # Where the variance has no value, the curve is between what was certain before and 1.
            low = max(low, bounds[0] if bounds else low)
            high = max(high, bounds[1] if bounds else float(share > 0))
            assert found.low[place] == pytest.approx(low, abs=1e-9), (seed, at)
            assert found.high[place] == pytest.approx(high, abs=1e-9), (seed, at)


def test_each_median_and_90_percent_is_where_the_curve_reaches_it() -> None:
    reached = 0
    for seed in SEEDS:
        states = believed(seed)
        found = figures(list(times(of_random(seed), Detected(0, 0))))
        for measure, causes in CAUSES.items():
            told = cases(states, NOW, *causes)
            for which, p in (("median", Fraction(1, 2)), ("p90", Fraction(9, 10))):
                one = found[measure, None, which]
                assert one.n == len(told)
                if len(told) < TOO_FEW:
                    assert one.value is None and one.text.startswith("too few cases")
                    continue
                expected = first_reached(told, 1, p)
                assert one.value == (expected if expected is None else pytest.approx(expected, abs=1e-4))
                assert one.not_reached is (expected is None)
                reached += expected is not None
                if one.value is not None:
                    assert one.low is not None and one.low <= one.value
                    assert one.high is None or one.high >= one.value
    assert reached > 500


def test_the_rates_are_plain_shares_where_all_is_known_and_the_curves_value_where_not() -> None:
    methods = set()
    for seed in SEEDS:
        states = believed(seed)
        found = figures(list(in_time(of_random(seed), OPTIONS, QUIET)))
        for measure, causes, more in (
            ("corrected_in_time", CAUSES["time_to_correct"], timedelta(0)),
            ("recovery_rate_confirmed", CAUSES["time_to_restore_confirmed"], timedelta(0)),
            ("recovery_rate_quiet", CAUSES["time_to_restore_quiet"], QUIET),
        ):
            for severity in ("high", "medium", "low"):
                of_it = [one for one in states if one.severity == severity]
                one = found[measure, severity, ""]
                assert one.n == len(of_it)
                if one.n < TOO_FEW:
                    assert one.value is None
                    continue
                told = cases(of_it, NOW, *causes)
                target = (OPTIONS.within.of(severity) + more).total_seconds()
                assert one.value == pytest.approx(float(share_by(told, 1, target)), abs=1e-9)
                methods.add(one.method)
                if one.method == "Wilson":
                    assert one.hits is not None
                    assert all(ended or seconds >= target for seconds, ended in told)
                    assert (one.low, one.high) == pytest.approx(wilson(one.hits, one.n), abs=1e-9)
                else:
                    assert "not old enough" in one.note
    assert methods == {"Wilson", "Aalen-Johansen, log-log"}


def test_leaving_open_ones_out_would_look_better_than_it_is() -> None:
    """Ten put right within an hour, ninety that are open for a day: a median of the closed ones would say one hour."""
    found = curve([(3600.0, 1)] * 10 + [(86400.0, 0)] * 90)
    assert found.quantile(0.5).value is None
    assert found.by(7200.0).value == pytest.approx(0.1)


def test_given_up_is_not_open() -> None:
    """A customer who gave up will not be restored; taken for censored, the curve would go on to 1."""
    competing = curve([(1.0, 2)] * 5 + [(2.0, 1)] * 5)
    assert competing.by(3.0).value == pytest.approx(0.5)


def test_nothing_yet_has_an_upper_bound() -> None:
    found = curve([(100.0, 0)] * 30)
    assert found.by(50.0) == (0.0, 0.0, pytest.approx(0.1))
    assert found.by(200.0) == (0.0, 0.0, 1.0)  # nobody was looked at for so long


def test_what_happened_at_once_counts_from_the_beginning() -> None:
    assert curve([(0.0, 1)] * 10 + [(5.0, 0)] * 10).by(0.0).value == pytest.approx(0.5)


def test_of_two_causes_at_the_same_instant_the_first_counts() -> None:
    seconds, outcome = lasting(
        [np.array([5.0, math.nan, 9.0]), np.array([5.0, 3.0, math.nan])], np.array([8.0, 8.0, 8.0])
    )
    assert seconds.tolist() == [5.0, 3.0, 8.0] and outcome.tolist() == [1, 2, 0]
