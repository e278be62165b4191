"""One upstream, over a pool of connections of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import httpx

from proxy.breaker import Breaker
from proxy.wire.azure import address_of, with_deployment
from proxy.wire.errors import UpstreamRejected, UpstreamTimeout, UpstreamUnreachable
from proxy.wire.upstreams.answers import UpstreamAnswer, passed_back, read_at_most, reporting_failures
from proxy.wire.upstreams.forwarded import Credentials
from proxy.wire.upstreams.model_name import with_model
from proxy.wire.upstreams.options import UpstreamOptions
from proxy.wire.upstreams.places import Place
from proxy.wire.upstreams.spread import SpreadClient

HEADERS = "latin-1"  # the encoding of headers, as ASGI has it
# The body that is sent is ours to describe, except where it is the client's byte for byte.
_OF_THE_BODY = frozenset({"content-length", "content-encoding"})


@lru_cache(256)
def _address(base: str, path: str, query: str) -> httpx.URL:
    """Reading an address takes a twentieth of an unguarded request, and few are asked."""
    return httpx.URL(address_of(base, path, query))


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """What a model is asked, whichever upstream is: ``path`` is below its address, ``headers`` are the client's,
    in lower case, and ``trace`` is the trace context of our own call."""

    model: str
    path: str
    content: bytes
    headers: Mapping[str, str]
    trace: Mapping[str, str]

    def of_model(self, name: str) -> ModelRequest:
        """The same of another model."""
        path, content = with_deployment(self.path, name), with_model(self.content, name)
        return replace(self, model=name, path=path, content=content)


@dataclass(slots=True)
class Upstream:
    """``turn`` says when it was last asked, among those that take turns."""

    options: UpstreamOptions
    client: SpreadClient
    credentials: Credentials
    breaker: Breaker
    place: Place
    connect_timeout_s: float
    read_timeout_s: float
    max_answer_bytes: int
    turn: int = 0

    @property
    def _limits(self) -> dict[str, float]:
        """https://www.encode.io/httpcore/extensions/#timeout"""
        return {
            "connect": self.connect_timeout_s,
            "pool": self.connect_timeout_s,
            "write": self.read_timeout_s,
        }

    @property
    def name(self) -> str:
        return self.options.name

    def takes(self, model: str) -> bool:
        return self.options.models is None or model in self.options.models

    async def whole(self, request: ModelRequest) -> UpstreamAnswer:
        """Ask and read the whole answer. Raises ProxyError."""
        response = await self.begin(request)
        with reporting_failures():
            content = await read_at_most(response, self.max_answer_bytes)
        content_type = response.headers.get("content-type", "application/json")
        return UpstreamAnswer(content, passed_back(response.headers), content_type)

    async def begin(self, request: ModelRequest) -> httpx.Response:
        """Ask and return once the status is known, and is 200. Raises ProxyError."""
        # Compressed bytes could be neither read as they come nor passed on as they are.
        ours = {"accept-encoding": "identity", "content-type": "application/json"}
        forwarded = self.credentials.forwarded(request.headers)
        kept = {name: value for name, value in forwarded.items() if name not in _OF_THE_BODY}
        named = self._renamed(request)
        response = await self._send("POST", named.path, {**kept, **ours, **request.trace}, named.content)
        if response.status_code != httpx.codes.OK:
            with reporting_failures():
                content = await read_at_most(response, self.max_answer_bytes)
            raise UpstreamRejected(response.status_code, content, passed_back(response.headers))
        return response

    async def forward(
        self, method: str, path: str, headers: Mapping[str, str], content: AsyncIterator[bytes] | None
    ) -> httpx.Response:
        """Ask with a body that is sent as it comes; the caller reads the answer and closes it. Raises ProxyError.

        A redirect is one, as everywhere: clients would follow it past the proxy, with their key for the proxy.
        """
        asked = {"accept-encoding": "identity", **self.credentials.forwarded(headers)}
        response = await self._send(method, path, asked, content)
        if response.is_redirect and response.status_code != httpx.codes.NOT_MODIFIED:
            await response.aclose()
            raise UpstreamRejected(response.status_code, b"", passed_back(response.headers))
        return response

    def _renamed(self, request: ModelRequest) -> ModelRequest:
        """The request with the provider's own name of the model."""
        name = (self.options.models or {}).get(request.model, request.model)
        return request if name == request.model else request.of_model(name)

    async def _send(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        content: bytes | AsyncIterator[bytes] | None,
    ) -> httpx.Response:
        """Returns once the status is known; until then ``first_byte_timeout_s`` counts, where it is given."""
        url = _address(self.options.url, path, self.options.query)
        # Headers pass as the bytes that they are, both ways: httpx would write ASCII alone, and read what it guesses.
        raw = [(name.encode(HEADERS), value.encode(HEADERS)) for name, value in headers.items()]
        first_byte_s = self.options.first_byte_timeout_s
        with reporting_failures("first_byte_timeout_s" if first_byte_s else "read_timeout_s"):
            limits = {**self._limits, "read": first_byte_s or self.read_timeout_s}
            # Made by hand: the client would add headers that nobody sent, and take three times as long.
            request = httpx.Request(method, url, headers=raw, content=content, extensions={"timeout": limits})
            response = await self.client.send(request)
        limits["read"] = self.read_timeout_s  # httpcore looks it up anew for the body
        response.headers.encoding = HEADERS
        return response

    def counts_against(self, error: Exception) -> bool:
        """Whether a failure is the upstream's own; what it says of a request is none of them."""
        if isinstance(error, UpstreamRejected):
            return error.provider_status >= 500
        return isinstance(error, UpstreamTimeout | UpstreamUnreachable)

    async def close(self) -> None:
        await self.client.aclose()
