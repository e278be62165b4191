"""Does the premise entail the hypothesis? A trained cross-encoder, on ONNX Runtime and ``tokenizers`` alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Self

import numpy as np

from proxy.models.onnx_files import OnnxModel, open_model
from proxy.models.shipped import FOLDERS

MAX_TOKENS = 320
_RECENT = 2048  # judgements kept, of some 1.5 kB each


class EntailmentError(Exception):
    """The model's files are missing or cannot be read."""


@dataclass(frozen=True, slots=True)
class Entailment:
    """Three probabilities that add up to 1."""

    supported: float
    unsupported: float
    contradicted: float


class EntailmentModel:
    """Judges pairs of texts; the same pair always gets the same three numbers.

    Each pair is an ONNX run of its own (see :class:`proxy.models.embedder.Embedder`). Threads may share one model.
    """

    def __init__(self, model: OnnxModel) -> None:
        self._session, self._tokenizer = model.session, model.tokenizer
        self._inputs = [each.name for each in self._session.get_inputs()]
        self.version = model.version
        self._recent = lru_cache(maxsize=_RECENT)(self._judge)

    @classmethod
    def load(cls, folder: Path = FOLDERS["fast"]) -> Self:
        """Reads the model, in a tenth of a second.

        Raises:
            EntailmentError: a file is missing or broken.
        """
        try:
            return cls(open_model(folder, MAX_TOKENS))
        except Exception as error:  # tokenizers and ONNX Runtime raise bare exceptions of many kinds
            raise EntailmentError(
                f"{folder}: the entailment model cannot be loaded ({error}). Make the files again with `make model`."
            ) from error

    def judge(self, premise: str, hypothesis: str) -> Entailment:
        """How the premise stands to the hypothesis; of both together what is beyond 320 tokens is not read."""
        return self._recent(premise, hypothesis)

    def _judge(self, premise: str, hypothesis: str) -> Entailment:
        encoded = self._tokenizer.encode(premise, hypothesis)
        inputs = {
            "input_ids": np.array([encoded.ids], dtype=np.int64),
            "token_type_ids": np.array([encoded.type_ids], dtype=np.int64),
        }
        (logits,) = self._session.run(None, {name: inputs[name] for name in self._inputs})
        exponents = np.exp(logits[0].astype(np.float64) - logits[0].max())
        return Entailment(*(float(each) for each in exponents / exponents.sum()))
