"""One call of the model provider as it is measured: its CLIENT span and its metrics."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from proxy.telemetry.metrics import Metrics
from proxy.telemetry.spans import ChatSpan
from proxy.wire.errors import ProxyError

JsonObject = dict[str, Any]


class ProviderCall:
    """Ends once, with what became of the call; as a context manager it notes the ProxyError that leaves it."""

    def __init__(self, span: ChatSpan, metrics: Metrics, model: str) -> None:
        self._span = span
        self._metrics = metrics
        self._model = model
        self._started = time.perf_counter()
        self._status: int | str = 200
        self._usage: Mapping[str, Any] | None = None
        self._ended = False

    def trace_headers(self) -> dict[str, str]:
        return self._span.propagation_headers()

    def first_chunk(self) -> None:
        self._metrics.first_chunk(self._model, self._span.first_chunk())

    def answered(self, completion: JsonObject) -> None:
        """A whole answer has come back."""
        choices = completion.get("choices") or []
        self._respond(completion, finish_reasons(completion), [choice["message"] for choice in choices])

    def streamed(self, chunks: Iterable[JsonObject], texts: Mapping[int, str]) -> None:
        """A stream has ended; ``chunks`` hold ``id``, ``model`` and ``usage``, ``texts`` is each choice's text."""
        seen: JsonObject = {}
        reasons: list[str] = []
        for chunk in chunks:
            seen |= {key: chunk[key] for key in ("id", "model", "usage") if chunk.get(key)}
            reasons += finish_reasons(chunk)
        self._respond(
            seen, reasons, [{"role": "assistant", "content": texts[index]} for index in sorted(texts)]
        )

    def _respond(self, body: JsonObject, reasons: Sequence[str], messages: Sequence[JsonObject] = ()) -> None:
        self._usage = body.get("usage")
        self._span.response(
            id=body.get("id"),
            model=body.get("model"),
            finish_reasons=reasons,
            usage=self._usage,
            messages=messages,
        )

    def failed(self, error: ProxyError) -> None:
        self._status = error.code or error.type
        self._span.failed(self._status)

    def end(self) -> None:
        if self._ended:
            return
        self._ended = True
        self._span.end()
        self._metrics.upstream(self._model, self._status, time.perf_counter() - self._started, self._usage)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, ProxyError):
            self.failed(error)
        self.end()


def finish_reasons(body: JsonObject) -> list[str]:
    return [
        str(choice["finish_reason"]) for choice in body.get("choices") or [] if choice.get("finish_reason")
    ]
