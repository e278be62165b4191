"""Finding by meaning: exact for small corpora; for large ones the second look misses little."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from proxy.corpus import vectors
from proxy.corpus.vectors import VectorIndex

Vectors = NDArray[np.float32]


def make_vectors(count: int, seed: int) -> Vectors:
    random = np.random.default_rng(seed)
    topics = random.normal(size=(40, 384))
    made = topics[random.integers(40, size=count)] + random.normal(size=(count, 384)) + 0.3
    return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("share", [0.1, 0.9])
def test_a_small_index_finds_exactly_the_nearest_admitted_rows(share: float) -> None:
    made = make_vectors(500, 1)
    admitted = np.random.default_rng(2).random(500) < share
    rows, cosines = VectorIndex(made).nearest(made[7], admitted, 10)
    exact = np.where(admitted, made @ made[7], -2)
    assert list(rows) == list(np.argsort(-exact, kind="stable")[:10])
    assert np.allclose(cosines, exact[rows], atol=1e-6)


def test_a_large_index_finds_nearly_all_of_the_nearest_and_only_admitted_rows() -> None:
    made = make_vectors(vectors.EXACT_UP_TO + 5_000, 3)
    index = VectorIndex(made)
    admitted = np.random.default_rng(4).random(len(made)) < 0.5
    found = 0
    for query in make_vectors(40, 3) + 0.01:
        rows, cosines = index.nearest(query, admitted, 8)
        assert admitted[rows].all()
        assert np.allclose(cosines, made[rows] @ query, atol=2e-3)
        exact = np.argsort(-np.where(admitted, made @ query, -2))[:8]
        found += len(set(rows) & set(exact))
    assert found >= 0.97 * 40 * 8


def test_a_large_index_brings_all_rows_when_few_are_admitted() -> None:
    made = make_vectors(vectors.EXACT_UP_TO + 1, 5)
    admitted = np.zeros(len(made), dtype=np.bool_)
    assert len(VectorIndex(made).nearest(made[0], admitted, 8)[0]) == 0
    admitted[[3, 5]] = True
    assert set(VectorIndex(made).nearest(made[0], admitted, 8)[0]) == {3, 5}


def test_an_empty_index_brings_nothing() -> None:
    rows, cosines = VectorIndex(np.empty((0, 384), dtype=np.float32)).nearest(
        make_vectors(1, 6)[0], np.zeros(0, dtype=np.bool_), 8
    )
    assert len(rows) == len(cosines) == 0
