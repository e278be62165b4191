"""Two versions are compared on the same cases, and turns of one conversation are not counted as many proofs."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import mcnemar

from proxy.rehearsal.launch.comparison import compare


def test_with_one_turn_a_conversation_it_is_mcnemars_exact_test() -> None:
    random = np.random.default_rng(1)
    first, second = random.random(200) < 0.8, random.random(200) < 0.9
    found = compare(first, second, np.arange(200))
    table = [
        [np.sum(first & second), np.sum(first & ~second)],
        [np.sum(~first & second), np.sum(~first & ~second)],
    ]
    assert found.p_value == pytest.approx(mcnemar(table, exact=True).pvalue)
    assert found.difference == pytest.approx(second.mean() - first.mean())
    assert found.low < found.difference < found.high


def test_the_interval_covers_and_equal_versions_are_not_told_apart() -> None:
    """Each conversation has its own difficulty, and four turns."""
    random, covered, told = np.random.default_rng(2), 0, 0
    for _ in range(100):
        easy = np.repeat(random.beta(2, 1, size=60), 4)
        rolls = random.random((2, 240))
        conversations = np.repeat(np.arange(60), 4)
        found = compare(rolls[0] < easy, rolls[1] < easy, conversations)
        covered += found.low <= 0 <= found.high
        told += found.p_value < 0.05
    assert covered >= 89 and told <= 8


def test_where_nothing_differs_the_interval_says_how_little_that_shows() -> None:
    same = np.ones(20, dtype=bool)
    found = compare(same, same, np.arange(20))
    assert (found.better, found.worse, found.p_value) == (0, 0, 1.0)
    assert (found.low, found.high) == pytest.approx((-0.168, 0.168), abs=1e-3)
    all_better = compare(~same, same, np.arange(20))
    assert all_better.low == pytest.approx(0.832, abs=1e-3) and all_better.high == 1.0


def test_lists_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(ValueError, match="3, 2 and 3 were given"):
        compare(np.ones(3, dtype=bool), np.ones(2, dtype=bool), np.arange(3))
