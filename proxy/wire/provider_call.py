"""One call of the model provider as it is measured: its CLIENT span and its metrics."""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from proxy.telemetry.metrics import Metrics
from proxy.telemetry.spans import ChatSpan
from proxy.wire.dialects.dialect import Summary
from proxy.wire.errors import ProxyError, UpstreamRejected
from proxy.wire.upstreams.places import Place


class ProviderCall:
    """Ends once, with what became of the call; as a context manager it notes the ProxyError that leaves it.

    ``place`` is the upstream that is asked first; the call is that of the last one that was asked.
    """

    def __init__(self, span: ChatSpan, metrics: Metrics, model: str, place: Place) -> None:
        self._span = span
        self._metrics = metrics
        self._model = model
        self._place = place
        self._started = time.perf_counter()
        self._status: int | str = 200
        self._usage: Mapping[str, Any] | None = None
        self._has_arrived = False
        self._ended = False

    def trace_headers(self) -> dict[str, str]:
        return self._span.propagation_headers()

    def trying(self, place: Place, resends: int) -> None:
        """The request goes to an upstream, for the first time or once more."""
        self._place = place
        self._span.sent_to(
            upstream=place.name, provider=place.provider, address=place.host, port=place.port, resends=resends
        )

    def arrived(self) -> None:
        """A piece of a stream is there; the first one's time counts."""
        if not self._has_arrived:
            self._has_arrived = True
            self._metrics.first_chunk(self._model, self._span.first_chunk())

    def answered(self, summary: Summary) -> None:
        """An answer has come back, whole or as a stream."""
        self._usage = summary.usage
        self._span.response(
            id=summary.id,
            model=summary.model,
            finish_reasons=summary.finish_reasons,
            usage=summary.usage,
            messages=summary.messages,
        )

    def failed(self, error: ProxyError) -> None:
        kind = error.code or error.type
        # The provider's own refusals count by their status: a 400, a 401 and a 500 are different people's business.
        self._status = error.status if isinstance(error, UpstreamRejected) else kind
        self._span.failed(kind)

    def end(self) -> None:
        if self._ended:
            return
        self._ended = True
        self._span.end()
        seconds = time.perf_counter() - self._started
        self._metrics.upstream(self._model, self._status, seconds, self._usage, upstream=self._place.name)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, ProxyError):
            self.failed(error)
        self.end()
