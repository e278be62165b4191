"""The distance is that of SciPy where SciPy has one, and what chance does is told by whole conversations."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import energy_distance

from proxy.rehearsal.realism.energy import Grouped, apart, pooled


def grouped(first: np.ndarray, second: np.ndarray, size: int = 1) -> tuple[Grouped, np.ndarray]:
    groups, sides = pooled((np.arange(len(first)) // size, np.arange(len(second)) // size))
    return Grouped.of(np.concatenate([first, second])[:, None], groups, len(sides)), sides


@pytest.mark.parametrize("size", [1, 4])
def test_in_one_dimension_it_is_that_of_scipy(size: int) -> None:
    random = np.random.default_rng(1)
    first, second = random.normal(size=40), random.normal(0.5, 2, size=60)
    found, sides = grouped(first, second, size)
    between = np.abs(first[:, None] - second[None]).mean()
    assert found.inhomogeneity(sides[None].astype(float))[0] == pytest.approx(
        energy_distance(first, second) ** 2 / (2 * between)
    )


def test_equal_points_are_no_distance_apart_and_unlike_ones_are_wholly() -> None:
    same, sides = grouped(np.ones(10), np.ones(10))
    assert same.inhomogeneity(sides[None].astype(float))[0] == 0.0
    far, sides = grouped(np.zeros(10), np.ones(10))
    assert far.inhomogeneity(sides[None].astype(float))[0] == pytest.approx(1.0)


def test_messages_of_one_conversation_are_not_taken_for_independent() -> None:
    """Each conversation's messages are alike: by single messages 30 of 30 pairs of equal samples would differ."""
    random, told, by_messages = np.random.default_rng(2), 0, 0
    for _ in range(30):
        first, second = (np.repeat(random.normal(size=12), 20) for _ in range(2))
        for size in (20, 1):
            found, sides = grouped(first, second, size)
            differs = apart(found, sides, 99, random).p_value < 0.05
            told += differs and size == 20
            by_messages += differs and size == 1
    assert told <= 4 and by_messages >= 20


def test_what_is_not_known_counts_nowhere() -> None:
    first, second = np.array([0.0, np.nan, 1.0]), np.array([0.0, 1.0, np.nan, np.nan])
    found, sides = grouped(first, second)
    assert found.sizes.tolist() == [1, 0, 1, 1, 1, 0, 0]
    assert found.inhomogeneity(sides[None].astype(float))[0] == pytest.approx(0.0)
