"""A sentence-transformers embedding model by name: the cosine of claim and passage. Weak (docs/verifiers.md)."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from typing import Literal

import numpy as np
from pydantic import model_validator

from proxy.corpus.documents import Hit
from proxy.grounding.types import Claim, Fact, Verdict, VerifierError
from proxy.verifiers import sentence_models
from proxy.verifiers.nli import NOTHING_FOUND, Score, verdict_of
from proxy.verifiers.options import Options, Share
from proxy.verifiers.windows import windows_of


class EmbeddingsOptions(Options):
    kind: Literal["embeddings"] = "embeddings"
    model: str
    """The model's name on the Hugging Face hub, or a folder (from the working folder)."""
    revision: str | None = None
    """The commit, tag or branch on the hub; name a commit, so that the model cannot change by itself."""
    unlike: Share = 0.2
    """The cosine that stands for a confidence of 0; it rises evenly from there."""
    alike: Share = 0.9
    """The cosine that stands for a confidence of 1."""
    gpu: bool = False
    """Whether to use a GPU where PyTorch finds one."""

    @model_validator(mode="after")
    def _in_order(self) -> EmbeddingsOptions:
        if self.unlike >= self.alike:
            raise ValueError('"unlike" must be below "alike"')
        return self


class EmbeddingsVerifier:
    """Never contradicts: a passage about the same thing that says the opposite is as near as one that agrees."""

    name = "embeddings"

    def __init__(self, options: EmbeddingsOptions) -> None:
        """Loads the model. Raises VerifierError where that fails."""
        self._unlike, self._alike = options.unlike, options.alike
        self._model = sentence_models.load(
            "SentenceTransformer", options.model, options.revision, gpu=options.gpu
        )
        config = getattr(self._model[0], "config", None)
        self.version = sentence_models.version_of(options.model, options.revision, config)
        self._turn = Lock()

    def verify(
        self, claim: Claim, *, question: str | None, hits: Sequence[Hit], facts: Sequence[Fact]
    ) -> Verdict:
        windows = windows_of(hits)
        if not windows:
            return NOTHING_FOUND
        texts = [claim.reading or claim.text, *(" ".join(each.sentences) for each in windows)]
        try:
            with self._turn:
                vectors = np.asarray(
                    self._model.encode(texts, normalize_embeddings=True, show_progress_bar=False)
                )
        except Exception as error:
            raise VerifierError(f"the embedding model failed: {type(error).__name__}") from error
        return verdict_of(claim, windows, self._scores(vectors[1:] @ vectors[0]), "the embedding model")

    def _scores(self, cosines: np.ndarray) -> list[Score]:
        if not np.isfinite(cosines).all():
            raise VerifierError("the embedding model gave no numbers")
        shares = np.clip((cosines - self._unlike) / (self._alike - self._unlike), 0.0, 1.0)
        return [Score(float(share)) for share in shares]
