"""Upstreams of real providers on loopback, asked without a proxy; and providers that break at their socket."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client.parser import text_string_to_metric_families

from proxy.telemetry.metrics import Metrics
from proxy.telemetry.tracing import Telemetry
from proxy.wire.provider_call import ProviderCall
from proxy.wire.upstreams.answers import UpstreamAnswer, UpstreamStream
from proxy.wire.upstreams.opening import open_upstreams
from proxy.wire.upstreams.options import UpstreamOptions
from proxy.wire.upstreams.several import Upstreams
from proxy.wire.upstreams.upstream import ModelRequest

BODY = b'{"model": "m",  "messages": [{"role": "user", "content": "Hi"}], "n": 1.0e0}'


@dataclass(slots=True)
class Asking:
    """``upstreams``, and what was measured of their calls."""

    upstreams: Upstreams
    metrics: Metrics
    spans: InMemorySpanExporter = field(default_factory=InMemorySpanExporter)

    async def whole(self, *, timeout_s: float = 20.0, **request: Any) -> UpstreamAnswer:
        with self._call() as call:
            return await self.upstreams.whole(self._request(call, **request), call, timeout_s=timeout_s)

    async def stream(self, *, timeout_s: float = 20.0, **request: Any) -> UpstreamStream:
        with self._call() as call:
            body = BODY[:-1] + b', "stream": true}'
            asked = self._request(call, **{"content": body, **request})
            return await self.upstreams.stream(asked, call, timeout_s=timeout_s)

    async def by(self, **request: Any) -> str:
        """The name of the upstream that answers."""
        return (await self.whole(**request)).headers["x-cxai-upstream"]

    def sample(self, name: str, **labels: str) -> float | None:
        page = self.metrics.render()[0].decode()
        families = text_string_to_metric_families(page)
        samples = (sample for family in families for sample in family.samples)
        return next(
            (one.value for one in samples if one.name == name and labels.items() <= one.labels.items()), None
        )

    @property
    def last_span(self) -> dict[str, Any]:
        return dict(self.spans.get_finished_spans()[-1].attributes or {})

    def _call(self) -> ProviderCall:
        telemetry = Telemetry.from_environment(content=False, exporter=self.spans)
        trace = telemetry.request("POST", "/v1/chat/completions", {})
        place = self.upstreams.first
        span = trace.chat(
            model="m", provider=place.provider, address=place.host, port=place.port, stream=False, body={}
        )
        return ProviderCall(span, self.metrics, "m", place)

    def _request(self, call: ProviderCall, **request: Any) -> ModelRequest:
        model = request.pop("model", "m")
        usual = {
            "path": "/chat/completions",
            "content": BODY.replace(b'"m"', msgspec.json.encode(model)),
            "headers": {},
        }
        return ModelRequest(model, **{**usual, **request}, trace=call.trace_headers())


@asynccontextmanager
async def asking(*several: dict[str, Any], **more: Any) -> AsyncIterator[Asking]:
    """Upstreams of these options, called ``a``, ``b`` … where they have no name."""
    metrics = Metrics()
    options = [UpstreamOptions(**{"name": chr(ord("a") + place), **one}) for place, one in enumerate(several)]
    upstreams = open_upstreams(options, metrics, **more)
    try:
        yield Asking(upstreams, metrics)
    finally:
        await upstreams.close()


Answering = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any]


@asynccontextmanager
async def answering(answer: Answering) -> AsyncIterator[str]:
    """A provider that reads a request, then does as ``answer`` does; yields its address."""

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            length = head.partition("content-length:")[2].split("\r\n")[0].strip()
            await reader.readexactly(int(length or 0))
            await answer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(served, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    finally:
        server.close()


@contextmanager
def not_accepting() -> Iterator[str]:
    """An address at which no connection comes about, and none is refused: what the system holds of them is full."""
    waiting: list[socket.socket] = []
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for _ in range(4):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(listening.getsockname())
            waiting.append(one)
        time.sleep(0.1)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
        finally:
            for one in waiting:
                one.close()
