"""A cross-encoder by its Hugging Face name or folder: it reads a passage and the claim together, on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from proxy.corpus.documents import Hit
from proxy.grounding.types import Claim, Fact, Verdict, VerifierError
from proxy.verifiers import sentence_models
from proxy.verifiers.nli import NOTHING_FOUND, Score, roles_of, verdict_of
from proxy.verifiers.options import Options
from proxy.verifiers.windows import windows_of

BATCH = 8


class CrossEncoderOptions(Options):
    kind: Literal["cross-encoder"] = "cross-encoder"
    model: str
    """The model's name on the Hugging Face hub, or a folder (from the working folder)."""
    revision: str | None = None
    """The commit, tag or branch on the hub; name a commit, so that the model cannot change by itself."""
    claim_first: bool = False
    """Whether the model reads the claim before the passage, as rerankers do (query, document)."""
    gpu: bool = False
    """Whether to use a GPU where PyTorch finds one."""


class CrossEncoderVerifier:
    """Classifiers with an entailment label, or one output, which is read as a logit of P(supported).

    Threads may share it; they take turns, because a fast tokenizer may not be used by two at once.
    """

    name = "cross-encoder"

    def __init__(self, options: CrossEncoderOptions) -> None:
        """Loads the model. Raises VerifierError where that fails, or where its labels say nothing."""
        self._claim_first = options.claim_first
        self._model = sentence_models.load("CrossEncoder", options.model, options.revision, gpu=options.gpu)
        config = self._model.config
        labels = [str(config.id2label[index]) for index in range(config.num_labels)]
        self._roles = roles_of(labels, options.model) if len(labels) > 1 else None
        self.version = sentence_models.version_of(options.model, options.revision, config)
        self._turn = Lock()

    def verify(
        self, claim: Claim, *, question: str | None, hits: Sequence[Hit], facts: Sequence[Fact]
    ) -> Verdict:
        windows = windows_of(hits)
        if not windows:
            return NOTHING_FOUND
        reading = claim.reading or claim.text
        pairs = [(reading, each.text) if self._claim_first else (each.text, reading) for each in windows]
        try:
            with self._turn:
                logits = np.asarray(self._predict(pairs), dtype=np.float64).reshape(len(pairs), -1)
        except Exception as error:
            raise VerifierError(f"the cross-encoder failed: {type(error).__name__}") from error
        return verdict_of(claim, windows, self._scores(logits), "the model")

    def _predict(self, pairs: Sequence[tuple[str, str]]) -> Any:
        """The raw outputs, whatever the model's own configuration makes of them."""
        return self._model.predict(
            list(pairs), batch_size=BATCH, show_progress_bar=False, activation_fn=_as_they_are
        )

    def _scores(self, logits: NDArray[np.float64]) -> list[Score]:
        if not np.isfinite(logits).all():
            raise VerifierError("the cross-encoder gave no numbers")
        if self._roles is None:
            return [Score(float(1 / (1 + np.exp(-row[0])))) for row in np.clip(logits, -30, 30)]
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares = odds / odds.sum(axis=1, keepdims=True)
        entailed, denied = self._roles.entailed, self._roles.denied
        return [Score(float(row[entailed]), 0.0 if denied is None else float(row[denied])) for row in shares]


def _as_they_are(logits: Any) -> Any:
    return logits
