"""The sentence embedder: unit vectors, close to the float model's, the same alone and among neighbours."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.models.embedder import Embedder, EmbedderError

REFERENCE = json.loads((Path(__file__).parent / "all_minilm_reference.json").read_text(encoding="utf-8"))
TEXTS = [row["text"] for row in REFERENCE]


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder.load()


def test_a_vector_does_not_depend_on_its_neighbours(embedder: Embedder) -> None:
    alone = [embedder.embed(text) for text in TEXTS]
    together = embedder.embed_many(TEXTS * 3)
    for index, vector in enumerate(together):
        assert np.array_equal(vector, alone[index % len(TEXTS)])


def test_threads_that_share_an_embedder_get_the_same_vectors(embedder: Embedder) -> None:
    expected = embedder.embed(TEXTS[0])
    with ThreadPoolExecutor(max_workers=4) as threads:
        vectors = list(threads.map(embedder.embed, [TEXTS[0], TEXTS[1]] * 16))
    assert all(np.array_equal(vector, expected) for vector in vectors[::2])


def test_vectors_are_close_to_the_float_models(embedder: Embedder) -> None:
    for row in REFERENCE:
        assert float(embedder.embed(row["text"]) @ np.array(row["vector"])) > 0.96, row["text"][:60]


def test_similar_sentences_are_nearer_than_different_ones(embedder: Embedder) -> None:
    question = embedder.embed("Can I get my money back?")
    assert question @ embedder.embed("Refunds are paid to the original card.") > question @ embedder.embed(
        "Our offices are closed on Sunday."
    )


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=2000))
def test_every_text_has_a_vector_of_unit_length(embedder: Embedder, text: str) -> None:
    vector = embedder.embed(text)
    assert vector.shape == (Embedder.dimension,)
    assert vector.dtype == np.float32
    assert abs(float(np.linalg.norm(vector)) - 1) < 1e-5


def test_no_texts_give_no_vectors(embedder: Embedder) -> None:
    assert embedder.embed_many([]).shape == (0, Embedder.dimension)


def test_the_version_names_the_model_file(embedder: Embedder) -> None:
    assert len(embedder.version) == 12
    assert int(embedder.version, 16) >= 0


def test_a_missing_model_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(EmbedderError, match="export_embedder"):
        Embedder.load(tmp_path)
