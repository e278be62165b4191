"""The figures: right on cases done by hand, and an ECE always beside its own noise."""

from __future__ import annotations

import numpy as np
import pytest
from calibration.samples import drawn

from proxy.calibration.measures import (
    Resampling,
    calibration_gap,
    equal_mass_bins,
    equal_width_bins,
    expected_calibration_error,
    figures,
)


def test_an_ece_done_by_hand():
    scores, true = np.array([0.9, 0.9, 0.9, 0.9, 0.1, 0.1]), np.array([True, True, True, False, False, True])
    # |0.9 - 0.75| for four of six rows, |0.1 - 0.5| for two of six.
    assert expected_calibration_error(scores, true, equal_width_bins(scores)) == pytest.approx(
        0.15 * 4 / 6 + 0.4 * 2 / 6
    )


def test_bins_are_fifteen_and_hold_both_ends():
    assert equal_width_bins(np.array([0.0, 1 / 15, 0.999, 1.0])).tolist() == [0, 1, 14, 14]
    mass = np.bincount(equal_mass_bins(np.linspace(0, 1, 300)))
    assert len(mass) == 15 and set(mass) == {20}
    assert len(set(equal_mass_bins(np.full(100, 0.7)).tolist())) == 1


def test_a_perfectly_calibrated_model_shows_an_error_at_250_labels_but_no_excess():
    gaps = [
        figures(s.scores, s.true, s.groups) for s in (drawn(250, seed=n, beta=(1.0, 0.4)) for n in range(12))
    ]
    assert np.mean([each.equal_width.perfect for each in gaps]) == pytest.approx(0.056, abs=0.015)
    assert abs(np.mean([each.equal_width.excess for each in gaps])) < 0.012
    assert abs(np.mean([each.equal_mass.excess for each in gaps])) < 0.012
    covered = [
        each.equal_width.excess_interval[0] <= 0 <= each.equal_width.excess_interval[1] for each in gaps
    ]
    assert sum(covered) >= 9


def test_the_noise_of_an_ece_shrinks_with_n_and_its_excess_does_not():
    small, large = (drawn(n, lambda s: s - 0.15 * s, seed=3) for n in (300, 6_000))
    few, many = (figures(s.scores, s.true, s.groups).equal_width for s in (small, large))
    assert few.perfect > 3 * many.perfect
    assert many.excess == pytest.approx(0.09, abs=0.03)
    assert many.excess_interval[0] > 0


def test_slope_and_intercept_say_how_it_is_wrong():
    def sharper(s):
        return 1 / (1 + np.exp(-(0.5 * np.log(s / (1 - s)) - 0.4)))

    found = drawn(8_000, sharper, beta=(1, 1))
    measured = figures(found.scores, found.true, found.groups)
    assert measured.slope == pytest.approx(0.5, abs=0.06)
    assert measured.intercept == pytest.approx(-0.4, abs=0.1)


def test_intervals_are_wider_where_rows_hang_together():
    random = np.random.default_rng(2)
    true = np.repeat(random.random(40) < 0.5, 10)
    scores = np.full(400, 0.7)
    alone = figures(scores, true, np.arange(400)).brier_interval
    grouped = figures(scores, true, np.repeat(np.arange(40), 10)).brier_interval
    assert grouped[1] - grouped[0] > 2 * (alone[1] - alone[0])


def test_the_same_labels_give_the_same_figures():
    judged = drawn(200)
    first = figures(judged.scores, judged.true, judged.groups)
    assert first == figures(judged.scores, judged.true, judged.groups)


def test_a_wrong_certainty_has_a_finite_log_loss():
    scores, true = np.array([1.0, 0.0, 0.6, 0.4]), np.array([False, False, True, True])
    assert np.isfinite(figures(scores, true, np.arange(4)).log_loss)


def test_the_gap_of_a_sample_lies_between_its_own_bounds():
    judged = drawn(150)
    gap = calibration_gap(
        judged.scores, judged.true, equal_mass_bins(judged.scores), Resampling(judged.groups)
    )
    assert gap.perfect_interval[0] < gap.perfect < gap.perfect_interval[1]
    assert gap.excess_interval[0] < gap.excess < gap.excess_interval[1]
    assert gap.excess == pytest.approx(gap.ece - gap.perfect)
