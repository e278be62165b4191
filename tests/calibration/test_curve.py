"""The curve: it keeps order, mends what is wrong, harms little, and is measured on rows it has not seen."""

from __future__ import annotations

import numpy as np
import pytest
from calibration.samples import drawn
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss

from proxy.calibration.curve import choose_curve, fit_isotonic, fit_logistic, folds, mapped_by, out_of_fold
from proxy.calibration.sample import Sample, sample_of
from proxy.verifiers.calibration_file import CalibrationError

scores = st.floats(0, 1)
rows = st.lists(st.tuples(scores, st.booleans()), min_size=4, max_size=60)


def sample(pairs: list[tuple[float, bool]]) -> Sample:
    count = len(pairs)
    return sample_of(
        [s for s, _ in pairs], [t for _, t in pairs], [True] * count, [str(n) for n in range(count)]
    )


@given(rows.filter(lambda pairs: len({score for score, _ in pairs}) > 1), st.lists(scores, min_size=2))
@settings(max_examples=60, deadline=None)
def test_an_isotonic_curve_keeps_order_and_never_says_certain(pairs, asked):
    mapped = mapped_by(fit_isotonic(sample(pairs)), np.sort(np.array(asked)))
    assert (np.diff(mapped) >= 0).all() and (mapped > 0).all() and (mapped < 1).all()


@given(st.integers(0, 10_000), st.lists(scores, min_size=2))
@settings(max_examples=25, deadline=None)
def test_a_logistic_curve_keeps_order(seed, asked):
    curve = fit_logistic(drawn(200, seed=seed))
    mapped = mapped_by(curve, np.sort(np.array(asked)))
    assert (np.diff(mapped) >= 0).all() and (mapped >= 0).all() and (mapped <= 1).all()


def test_classes_that_do_not_overlap_still_give_a_finite_curve():
    apart = sample([(0.1, False)] * 30 + [(0.9, True)] * 30)
    curve = fit_logistic(apart)
    assert 0.001 < curve(0.1) < 0.1 and 0.9 < curve(0.9) < 0.999


def test_perfectly_calibrated_scores_get_no_worse_brier_than_noise():
    worse = []
    for seed in range(3):
        judged = drawn(1_300, seed=seed)
        after = brier_score_loss(judged.true, out_of_fold(judged))
        worse.append(after - brier_score_loss(judged.true, judged.scores))
    # Two fitted numbers cost about p(1-p) * 2/n of Brier; isotonic knots a little more.
    assert np.mean(worse) < 0.002


def test_overconfident_scores_get_better_out_of_fold():
    judged = drawn(600, lambda s: 0.3 + 0.4 * s, group_size=10)
    assert (
        brier_score_loss(judged.true, out_of_fold(judged))
        < brier_score_loss(judged.true, judged.scores) - 0.01
    )


def test_no_group_is_both_fitted_on_and_measured():
    judged = drawn(300, group_size=7)
    held = np.concatenate([held_out for _, held_out in folds(judged)])
    assert sorted(held) == list(range(300))
    for train, held_out in folds(judged):
        assert not set(judged.groups[train]) & set(judged.groups[held_out])


def test_few_labels_get_a_logistic_curve_and_are_told_why():
    chosen = choose_curve(drawn(200))
    assert chosen.kind == "logistic" and "200 labels are fewer than the 1000" in chosen.why


def test_many_labels_of_a_shape_that_is_not_logistic_get_an_isotonic_curve():
    steps = drawn(2_000, lambda s: np.where(s < 0.3, 0.1, np.where(s < 0.7, 0.5, 0.55)), beta=(1, 1))
    chosen = choose_curve(steps)
    assert chosen.kind == "isotonic"
    assert [trial.kind for trial in chosen.trials] == ["logistic", "isotonic"]
    assert "cross-validated log loss is lower" in chosen.why


@pytest.mark.parametrize(
    ("judged", "message"),
    [
        (drawn(30, lambda s: np.ones_like(s)), "30 supported and 0 contradicted or unsupported"),
        (drawn(200, lambda s: 1 - s), "does not rise with what people said"),
        (drawn(200, group_size=200), "all labels are of one group"),
    ],
)
def test_labels_that_make_no_curve_are_refused_in_words(judged: Sample, message: str):
    with pytest.raises(CalibrationError, match=message):
        choose_curve(judged)
