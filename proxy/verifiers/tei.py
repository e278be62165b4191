"""A Text Embeddings Inference server (https://github.com/huggingface/text-embeddings-inference) that serves a
classifier (``POST /predict``) or a reranker (``POST /rerank``); ``GET /info`` says which, and its labels.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Literal

import structlog

from proxy.corpus.documents import Hit
from proxy.grounding.types import Claim, Fact, Verdict, VerifierError
from proxy.verifiers.endpoint import Endpoint
from proxy.verifiers.nli import NOTHING_FOUND, Score, roles_of, verdict_of
from proxy.verifiers.options import Address, EndpointOptions, key_from
from proxy.verifiers.windows import windows_of

log = structlog.get_logger(__name__)
_SMALLEST_BATCH = 32  # TEI's default of --max-client-batch-size


class TeiOptions(EndpointOptions):
    kind: Literal["tei"] = "tei"
    url: Address
    """The server's address, such as `http://tei:8080`."""
    claim_first: bool = False
    """Whether a classifier reads the claim before the passage; rerankers always do (query, texts)."""


class TeiVerifier:
    """Asks the server what it serves at the start, and where it does not answer then, before the first claim.

    It is asked again after a failure, because a server may come back with another model.
    """

    name = "tei"

    def __init__(self, options: TeiOptions) -> None:
        """Raises VerifierError where the token's variable is not set."""
        token = key_from(options.key_variable)
        self._endpoint = Endpoint(
            options.url,
            timeout_s=options.timeout_s,
            at_once=options.at_once,
            headers={"authorization": f"Bearer {token.get_secret_value()}"} if token else None,
        )
        self._claim_first = options.claim_first
        self._served: Served | None = None
        self.version = "unknown"
        try:
            self._look()
        except VerifierError as error:
            log.warning(
                "the proxy starts without its verifier; claims are unverified until it answers",
                error=str(error),
            )

    def verify(
        self, claim: Claim, *, question: str | None, hits: Sequence[Hit], facts: Sequence[Fact]
    ) -> Verdict:
        windows = windows_of(hits)
        if not windows:
            return NOTHING_FOUND
        deadline = self._endpoint.deadline()
        served = self._served or self._look()
        reading, texts = claim.reading or claim.text, [window.text for window in windows]
        try:
            scores: list[Score] = []
            for start in range(0, len(texts), served.batch):
                scores += self._score(served, reading, texts[start : start + served.batch], deadline)
        except VerifierError:
            self._served = None
            raise
        return verdict_of(claim, windows, scores, "the model")

    def close(self) -> None:
        self._endpoint.close()

    def _look(self) -> Served:
        served = Served.from_info(self._endpoint.get("/info"), self._endpoint.url)
        self._served, self.version = served, served.version
        return served

    def _score(self, served: Served, claim: str, texts: Sequence[str], deadline: float) -> list[Score]:
        if served.labels is None:
            body = {"query": claim, "texts": texts, "raw_scores": False, "truncate": True}
            return self._read(_ranked, self._endpoint.post("/rerank", body, deadline), len(texts))
        pairs = [[claim, text] if self._claim_first else [text, claim] for text in texts]
        body = {"inputs": pairs, "raw_scores": False, "truncate": True}
        answer = self._endpoint.post("/predict", body, deadline)
        return self._read(_predicted, answer, len(texts))

    def _read(self, reader: Callable[[Any, int], list[Score]], answer: Any, count: int) -> list[Score]:
        with suppress(KeyError, TypeError, ValueError, IndexError, AttributeError):
            return reader(answer, count)
        raise VerifierError(
            f"{self._endpoint.url}: the answer does not have Text Embeddings Inference's shape"
        )


class Served:
    """What the server says of itself: ``labels`` of a classifier in their order, None for a reranker."""

    def __init__(self, version: str, labels: Sequence[str] | None, batch: int) -> None:
        self.version, self.labels, self.batch = version, labels, batch

    @classmethod
    def from_info(cls, info: Any, url: str) -> Served:
        """Raises VerifierError where the server cannot judge with what it serves."""
        try:
            ((kind, details),) = info["model_type"].items()
            version = f"{info['model_id']}@{info.get('model_sha') or 'unknown'}"
            batch = max(1, int(info.get("max_client_batch_size") or _SMALLEST_BATCH))
            id2label = {int(index): str(label) for index, label in (details.get("id2label") or {}).items()}
        except (KeyError, TypeError, ValueError, AttributeError):
            raise VerifierError(f"{url}/info does not have Text Embeddings Inference's shape") from None
        if kind == "reranker":
            return cls(version, None, batch)
        if kind != "classifier":
            raise VerifierError(f"{url} serves {version} ({kind}); a classifier or a reranker is needed")
        labels = [id2label[index] for index in sorted(id2label)]
        roles_of(labels, version)
        return cls(version, labels, batch)


def _predicted(answer: Any, count: int) -> list[Score]:
    if len(answer) != count:
        raise ValueError("one row of labels for each pair is needed")
    return [_of_labels(row) for row in answer]


def _of_labels(row: Any) -> Score:
    """A row has every label with its share, the highest first."""
    roles = roles_of([each["label"] for each in row], "served")
    denied = 0.0 if roles.denied is None else _share(row[roles.denied]["score"])
    return Score(_share(row[roles.entailed]["score"]), denied)


def _ranked(answer: Any, count: int) -> list[Score]:
    """Rerankers answer in the order of their scores, and name each text by its index."""
    by_index = {int(each["index"]): _share(each["score"]) for each in answer}
    if sorted(by_index) != list(range(count)):
        raise ValueError("a score for each text is needed")
    return [Score(by_index[index]) for index in range(count)]


def _share(value: Any) -> float:
    share = float(value)
    if not math.isfinite(share) or not -1e-6 <= share <= 1 + 1e-6:
        raise ValueError("scores must be shares of 1")
    return min(1.0, max(0.0, share))
