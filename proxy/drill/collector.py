"""A collector of traces on loopback (OTLP over HTTP), which knows what each request's span says of its answer."""

from __future__ import annotations

import gzip
import threading
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from proxy.telemetry import names
from proxy.whole_body import whole_body

WAIT_S = 10.0
Verdict = tuple[str | None, bool | None, str | None]  # decision, verified, why not


class Collector:
    """An ASGI application that takes ``POST /v1/traces``."""

    def __init__(self) -> None:
        self._said: dict[str, Verdict] = {}
        self._news = threading.Condition()

    def said_of(self, trace_id: str) -> Verdict:
        """What the request's span says, once it is there."""
        with self._news:
            self._news.wait_for(lambda: trace_id in self._said, WAIT_S)
            return self._said.get(trace_id, (None, None, None))

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        body = await whole_body(receive)
        headers = dict(scope["headers"])
        self._take(gzip.decompress(body) if headers.get(b"content-encoding") == b"gzip" else body)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    def _take(self, body: bytes) -> None:
        exported = ExportTraceServiceRequest.FromString(body)
        spans = [
            span
            for resource in exported.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]
        with self._news:
            self._said |= {
                span.trace_id.hex(): _said(span) for span in spans if span.kind == Span.SPAN_KIND_SERVER
            }
            self._news.notify_all()


def _said(span: Span) -> Verdict:
    values = {pair.key: pair.value for pair in span.attributes}
    decision, verified, reason = (
        values.get(name) for name in (names.DECISION, names.VERIFIED, names.UNVERIFIED_REASON)
    )
    return (
        decision.string_value if decision else None,
        verified.bool_value if verified else None,
        reason.string_value if reason else None,
    )
