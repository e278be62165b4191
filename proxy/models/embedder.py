"""Sentence embeddings from the shipped all-MiniLM-L6-v2, on ONNX Runtime and ``tokenizers`` alone."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from proxy.models.onnx_files import OnnxModel, open_model

MAX_TOKENS = 256
_SHIPPED = Path(__file__).resolve().parent / "all-minilm-l6-v2"
_SPREAD_FROM = 16  # texts; below that starting threads costs more than it saves
_MOST_THREADS = 8
_RECENT = 4096  # vectors kept, 1.5 KB each


class EmbedderError(Exception):
    """The model's files are missing or cannot be read."""


class Embedder:
    """Turns a text into a vector of unit length; the cosine of two vectors is their dot product.

    Every text is its own ONNX run: dynamic int8 quantisation scales activations over the whole batch, so beside other
    texts the same text would get another vector. Threads may share one embedder.
    """

    name = "all-minilm-l6-v2"
    dimension = 384

    def __init__(self, model: OnnxModel) -> None:
        self._session, self._tokenizer = model.session, model.tokenizer
        self.version = model.version
        # A question comes again with each sentence of its answer.
        self._recent = lru_cache(maxsize=_RECENT)(self._embed)

    @classmethod
    def load(cls, folder: Path = _SHIPPED) -> Self:
        """Reads the model, in a quarter of a second.

        Raises:
            EmbedderError: a file is missing or broken.
        """
        try:
            return cls(open_model(folder, MAX_TOKENS))
        except Exception as error:  # tokenizers and ONNX Runtime raise bare exceptions of many kinds
            raise EmbedderError(
                f"{folder}: the sentence embedder cannot be loaded ({error}). Reinstall the package, "
                "or make the files again with proxy/models/training/export_embedder.py."
            ) from error

    def embed(self, text: str) -> NDArray[np.float32]:
        """The text's vector, shape (384,), float32, unit length, read-only. What is beyond 256 tokens is not read."""
        return self._recent(text)

    def _embed(self, text: str) -> NDArray[np.float32]:
        ids = np.array([self._tokenizer.encode(text).ids], dtype=np.int64)
        (token_vectors,) = self._session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
        mean = token_vectors[0].mean(axis=0, dtype=np.float32)
        unit: NDArray[np.float32] = mean / np.linalg.norm(mean)
        unit.flags.writeable = False
        return unit

    def embed_many(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The texts' vectors, shape (n, 384); each is exactly what :meth:`embed` gives for it alone."""
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        if len(texts) < _SPREAD_FROM:
            return np.stack([self._embed(text) for text in texts])
        with ThreadPoolExecutor(max_workers=min(_MOST_THREADS, _usable_cpus())) as threads:
            return np.stack(list(threads.map(self._embed, texts)))


def _usable_cpus() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
