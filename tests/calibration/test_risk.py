"""The threshold: exact counts, a promise that holds over repetitions, and no threshold where nothing is proven."""

from __future__ import annotations

import numpy as np
import pytest
from calibration.samples import drawn
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from proxy.calibration.risk import control_risk, design_effect, needed, p_value, upper_bound
from proxy.calibration.sample import Sample

TRIALS = 200


def test_149_without_error_and_236_with_one_prove_two_percent():
    assert [needed(wrong, 0.02, 0.95) for wrong in (0, 1)] == [149, 236]
    assert 0.98**149 <= 0.05 < 0.98**148


@given(st.integers(0, 60), st.integers(1, 2_000), st.floats(0.001, 0.5))
def test_p_values_and_bounds_are_the_exact_binomial_ones(wrong: int, delivered: int, risk: float):
    wrong = min(wrong, delivered)
    exact = binomtest(wrong, delivered, risk, alternative="less")
    assert p_value(wrong, delivered, risk) == pytest.approx(exact.pvalue, rel=1e-6, abs=1e-12)
    bound = exact.proportion_ci(0.95, method="exact").high
    assert upper_bound(wrong, delivered, 0.95) == pytest.approx(bound, abs=1e-6)


@given(st.integers(0, 20), st.floats(0.005, 0.3), st.floats(0.6, 0.99))
def test_what_is_needed_is_the_least_that_proves_it(wrong: int, risk: float, confidence: float):
    count = needed(wrong, risk, confidence)
    assert p_value(wrong, count, risk) <= 1 - confidence < p_value(wrong, count - 1, risk)


def with_errors(count: int, wrong: int = 0, supported: int | None = None) -> Sample:
    """Wrong ones are the least sure."""
    scores, true = np.linspace(0.99, 0.6, count), np.arange(count) < count - wrong
    held = np.arange(count) < (count if supported is None else supported)
    return Sample(scores, true, held, np.arange(count))


def test_149_right_ones_are_just_enough_and_148_are_told_what_is_missing():
    assert control_risk(with_errors(149), np.ones(149), 0.02, 0.95).threshold == pytest.approx(0.6)
    control = control_risk(with_errors(148), np.ones(148), 0.02, 0.95)
    assert control.threshold is None and control.tested == ()
    assert "supports 148" in control.statement
    assert "149 delivered labels with no error, 236 with one" in control.statement


def test_what_the_verifier_does_not_support_is_not_delivered_and_proves_nothing():
    control = control_risk(with_errors(300, supported=140), np.ones(300), 0.02, 0.95)
    assert control.threshold is None and control.supported == 140


def test_a_threshold_is_as_loose_as_the_labels_prove():
    few, many = (control_risk(with_errors(1_000, wrong), np.ones(1_000), 0.02, 0.95) for wrong in (30, 300))
    assert few.threshold is not None and many.threshold is not None
    assert few.threshold < many.threshold
    assert all(step.passed for step in few.tested[:-1])
    chosen = [step for step in many.tested if step.passed][-1]
    assert chosen.threshold == many.threshold and chosen.upper <= 0.02 and chosen.p_value <= 0.05
    assert f"{chosen.wrong} of {chosen.delivered} delivered labels were wrong" in many.statement


def test_the_first_step_that_fails_ends_the_sequence():
    control = control_risk(drawn(2_000, lambda s: np.full_like(s, 0.9)), np.full(2_000, 0.9), 0.02, 0.95)
    assert control.threshold is None and len(control.tested) == 1
    assert "More labels will not help" in control.statement


def test_the_steps_do_not_look_at_the_labels():
    judged = drawn(900, lambda s: np.full_like(s, 0.995))
    other = Sample(judged.scores, judged.true[::-1], judged.supported, judged.groups)
    first, second = (control_risk(each, each.scores, 0.02, 0.95).tested for each in (judged, other))
    shared = min(len(first), len(second))
    assert shared and [t.threshold for t in first[:shared]] == [t.threshold for t in second[:shared]]


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("just too risky everywhere", lambda s: np.full_like(s, 0.9795)),
        ("a cliff", lambda s: np.where(s > 0.6, 0.99, 0.8)),
        ("a slope", lambda s: 0.995 - 0.06 * (1 - s)),
        ("riskiest where it is surest", lambda s: np.where(s > 0.8, 0.97, 0.99)),
    ],
)
def test_the_promise_is_broken_in_at_most_5_percent_of_repetitions(name: str, right):
    """The true risk is known exactly, by a million draws of the same verifier."""
    known = np.sort(np.random.default_rng(0).beta(1, 1, 1_000_000))[::-1]
    true_risk = np.cumsum(1 - right(known)) / np.arange(1, len(known) + 1)
    broken = 0
    for seed in range(TRIALS):
        judged = drawn(1_000, right, seed=seed, beta=(1, 1))
        threshold = control_risk(judged, judged.scores, 0.02, 0.95).threshold
        if threshold is not None:
            broken += true_risk[np.searchsorted(-known, -threshold, side="right") - 1] > 0.02
    # 5% of 200 is 10; 17 is its 99th percentile.
    assert broken <= 17, name


def clustered(share: float, correlation: float, *, seed: int, groups: int = 60, size: int = 25) -> Sample:
    """Errors that come in groups: each group has its own share of wrong ones (beta-binomial)."""
    random = np.random.default_rng(seed)
    spread = 1 / correlation - 1
    wrong = random.random(groups * size) < np.repeat(
        random.beta(share * spread, (1 - share) * spread, groups), size
    )
    numbers = np.repeat(np.arange(groups), size)
    return Sample(np.full(groups * size, 0.9), ~wrong, np.ones(groups * size, dtype=np.bool_), numbers)


def test_errors_that_come_in_groups_count_less_and_independent_ones_fully():
    assert design_effect(drawn(400), np.full(400, 0.5)) == 1.0
    effects = [design_effect(clustered(0.1, 0.2, seed=seed), np.full(1_500, 0.9)) for seed in range(10)]
    assert np.mean(effects) == pytest.approx(1 + 24 * 0.2, rel=0.3)


def test_groups_break_the_promise_less_often_than_if_they_were_taken_for_independent():
    broken = {"grouped": 0, "alone": 0}
    for seed in range(100):
        judged = clustered(0.0205, 0.3, seed=seed, groups=120)
        alone = Sample(judged.scores, judged.true, judged.supported, np.arange(len(judged)))
        for name, each in (("grouped", judged), ("alone", alone)):
            broken[name] += control_risk(each, np.full(len(each), 0.9795), 0.02, 0.95).threshold is not None
    assert broken["grouped"] <= 11 < 15 < broken["alone"]


def test_grouped_labels_are_told_that_more_are_needed():
    """Ten conversations of 20 claims, one of which went wrong from end to end: 200 rows that say as much as a few."""
    groups = np.repeat(np.arange(10), 20)
    judged = Sample(np.full(200, 0.9), groups > 0, np.ones(200, dtype=np.bool_), groups)
    control = control_risk(judged, np.full(200, 0.9), 0.02, 0.95)
    assert control.threshold is None and control.design_effect == pytest.approx(20)
    assert "it takes 2980 delivered labels with no error, 4720 with one" in control.statement
    assert "rows of a group count 1/20" in control.statement
