"""A server that speaks Text Embeddings Inference's HTTP API, with word overlap in place of a model.

Requests are read as TEI reads them (router/src/http/types.rs): ``inputs`` is a string, a pair, or a batch of those.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Any

from support.asgi import lifespan

from proxy.whole_body import whole_body

JsonObject = dict[str, Any]
NLI = {"0": "CONTRADICTION", "1": "NEUTRAL", "2": "ENTAILMENT"}


@dataclass(slots=True)
class TeiServer:
    """An ASGI app. ``model_type`` is what ``/info`` says; ``body`` or ``status`` answer with anything else instead."""

    model_type: JsonObject = field(default_factory=lambda: {"classifier": {"id2label": NLI, "label2id": {}}})
    model_id: str = "some/nli-model"
    batch: int = 32
    token: str | None = None
    delay_s: float = 0.0
    status: int = 200
    body: Any = None
    requests: list[tuple[str, JsonObject]] = field(default_factory=list)

    async def __call__(self, scope: JsonObject, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
            return
        body = await whole_body(receive)
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        status, answer = self.answer(scope["path"], json.loads(body) if body else {}, headers)
        content = json.dumps(answer).encode()
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [(b"content-type", b"application/json")],
            }
        )
        await send({"type": "http.response.body", "body": content})

    def answer(self, path: str, request: JsonObject, headers: dict[str, str]) -> tuple[int, Any]:
        self.requests.append((path, request))
        if self.token is not None and headers.get("authorization") != f"Bearer {self.token}":
            return 401, {"error": "unauthorized", "error_type": "unauthorized"}
        if path == "/info":
            return 200, self._info()
        time.sleep(self.delay_s)
        if self.status != 200:
            return self.status, {"error": "the text that was sent", "error_type": "overloaded"}
        if self.body is not None:
            return 200, self.body
        return {"/predict": self._predict, "/rerank": self._rerank}[path](request)

    def _info(self) -> JsonObject:
        return {
            "model_id": self.model_id,
            "model_sha": "abc123",
            "model_dtype": "float32",
            "model_type": self.model_type,
            "max_concurrent_requests": 512,
            "max_input_length": 512,
            "max_batch_tokens": 16384,
            "max_client_batch_size": self.batch,
            "version": "1.8.0",
        }

    def _predict(self, request: JsonObject) -> tuple[int, Any]:
        inputs = request["inputs"]
        assert isinstance(inputs, list) and all(isinstance(pair, list) and len(pair) == 2 for pair in inputs)
        if len(inputs) > self.batch:
            return 422, {"error": f"batch size {len(inputs)} > {self.batch}", "error_type": "validation"}
        return 200, [self._labels(overlap(premise, claim)) for premise, claim in inputs]

    def _labels(self, share: float) -> list[JsonObject]:
        names = [str(name) for name in self.model_type["classifier"]["id2label"].values()]
        scores = {name: (1 - share) / (len(names) - 1) for name in names}
        scores["ENTAILMENT"] = share
        return [
            {"score": score, "label": name} for name, score in sorted(scores.items(), key=lambda one: -one[1])
        ]

    def _rerank(self, request: JsonObject) -> tuple[int, Any]:
        scores = [(overlap(text, request["query"]), index) for index, text in enumerate(request["texts"])]
        return 200, [{"index": index, "score": score} for score, index in sorted(scores, reverse=True)]


def overlap(premise: str, claim: str) -> float:
    """The share of the claim's words that the premise has."""
    words = set(claim.lower().rstrip(".").split())
    return len(words & set(premise.lower().replace(".", " ").split())) / len(words)
