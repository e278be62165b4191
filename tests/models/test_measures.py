"""The measures say what their names say: held against the definitions, pair by pair."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.models.training.measures import (
    Scored,
    auroc,
    balanced_accuracy,
    best_balanced_accuracy,
    calibration_error,
    caught,
    figures,
    interval,
    resampled,
    share,
)

SCORES = st.lists(st.integers(0, 8).map(lambda n: n / 8), min_size=1, max_size=40)


def array(values: list[float]) -> np.ndarray:
    return np.array(values, dtype=float)


@given(SCORES, SCORES)
def test_auroc_is_the_share_of_pairs_in_the_right_order_ties_half(
    good: list[float], bad: list[float]
) -> None:
    pairs = [(g > b) + (g == b) / 2 for g in good for b in bad]
    assert auroc(array(good), array(bad)) == pytest.approx(sum(pairs) / len(pairs))


@given(SCORES, SCORES)
def test_no_more_good_ones_are_stopped_than_the_false_alarms_allowed(
    good: list[float], bad: list[float]
) -> None:
    found = caught(array(good), array(bad), false_alarms=0.05)
    bars = [bar for bar in (*good, *bad, math.inf) if sum(g < bar for g in good) <= 0.05 * len(good)]
    assert found == max(sum(b < bar for b in bad) / len(bad) for bar in (-1.0, *bars))


def test_a_checker_that_rejects_a_tenth_of_the_true_ones_for_good_catches_nothing_at_five_percent() -> None:
    assert caught(array([-1.0] * 10 + [1.0] * 90), array([-1.0] * 50)) == 0.0


def test_the_empty_side_has_no_figure() -> None:
    empty = array([])
    assert math.isnan(auroc(empty, array([0.5])))
    assert math.isnan(caught(array([0.5]), empty))
    assert math.isnan(balanced_accuracy(np.array([True]), np.array([True])))
    assert math.isnan(best_balanced_accuracy(array([0.5]), np.array([True])))


def test_accepting_everything_has_a_balanced_accuracy_of_one_half() -> None:
    supported = np.array([True] * 90 + [False] * 10)
    assert balanced_accuracy(np.ones(100, dtype=bool), supported) == 0.5


@given(st.lists(st.tuples(st.integers(0, 8).map(lambda n: n / 8), st.booleans()), min_size=2, max_size=40))
def test_the_best_bar_is_the_best_of_all_bars(rows: list[tuple[float, bool]]) -> None:
    scores, supported = array([score for score, _ in rows]), np.array([label for _, label in rows])
    if supported.all() or not supported.any():
        return
    every = [balanced_accuracy(scores >= bar, supported) for bar in scores]
    assert best_balanced_accuracy(scores, supported) == pytest.approx(max(every))


def test_calibration_error_is_the_gap_between_what_is_said_and_what_is_so() -> None:
    scores = array([0.9] * 10)
    assert calibration_error(scores, np.array([True] * 9 + [False])) == pytest.approx(0.0)
    assert calibration_error(scores, np.array([True] * 5 + [False] * 5)) == pytest.approx(0.4)
    assert calibration_error(array([1.0, 1.0]), np.array([True, True])) == 0.0


def test_documents_are_resampled_whole() -> None:
    documents = np.array(["a", "a", "a", "b", "c", "c"])
    for rows in resampled(documents, 50):
        counts = {name: int((documents[rows] == name).sum()) for name in "abc"}
        times = [counts["a"] / 3, counts["b"], counts["c"] / 2]
        assert sum(times) == 3
        assert all(time == int(time) for time in times)


def test_sentences_of_one_document_that_stand_and_fall_together_count_as_one() -> None:
    """80 sentences of 4 documents, each all right or all wrong, say less than 80 sentences by themselves."""
    flags = [True] * 60 + [False] * 20
    together = share(flags, [str(number // 20) for number in range(80)])
    alone = share(flags, [str(number) for number in range(80)])
    assert (together.count, together.n) == (60, 80)
    assert together.high - together.low > 3 * (alone.high - alone.low) / 2
    assert alone.low < 0.75 < alone.high


def test_the_same_rows_give_the_same_figures_and_values_lie_in_their_intervals() -> None:
    random = np.random.default_rng(5)
    label = random.choice(["supported", "contradicted", "unsupported"], 120)
    rows = Scored(
        scores=random.random(120) + (label == "supported"),
        label=label,
        documents=random.choice(list("abcdefgh"), 120),
        accepted=random.random(120) > 0.5,
    )
    first = figures(rows, 200)
    assert first == figures(rows, 200)
    assert all(figure.low <= figure.value <= figure.high for figure in first.values())
    assert first["auroc_rest"].value == auroc(rows.scores[rows.supported], rows.scores[~rows.supported])


def test_a_label_that_is_not_there_is_a_dash() -> None:
    rows = Scored(array([0.1, 0.9]), np.array(["unsupported", "supported"]), np.array(["a", "b"]))
    assert str(figures(rows, 20)["auroc_contradicted"]) == "–"
    assert str(interval(0.5, array([math.nan]))) == "0.500 [nan, nan]"
    assert str(share([], [])) == "–"
