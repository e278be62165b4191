"""The model provider, over one pooled ``httpx.AsyncClient``."""

from __future__ import annotations

import asyncio
from codecs import BOM_UTF8
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
from httpx_sse import EventSource

from proxy.wire.azure import address_of, has_deployments
from proxy.wire.errors import (
    ProxyError,
    UpstreamInvalid,
    UpstreamRejected,
    UpstreamTimeout,
    UpstreamUnreachable,
)

# Ours, the connection's own, or a secret of another site; trace headers are set anew, baggage may carry customer data.
_NEVER_FORWARDED = frozenset(
    {
        *(
            "host",
            "transfer-encoding",
            "connection",
            "keep-alive",
            "te",
        ),
        *(
            "trailer",
            "upgrade",
            "expect",
            "proxy-authenticate",
            "proxy-authorization",
            "cookie",
        ),
        *(
            "forwarded",
            "x-forwarded-for",
            "x-forwarded-host",
            "x-forwarded-proto",
            "x-forwarded-port",
            "x-real-ip",
        ),
        *("traceparent", "tracestate", "baggage"),
    }
)
# The body that is sent is ours to describe, except where it is the client's byte for byte.
_OF_THE_BODY = frozenset({"content-length", "content-encoding"})
EVENT_STREAM = "text/event-stream"
HEADERS = "latin-1"  # the encoding of headers, as ASGI has it
TOO_LONG = "The model provider did not finish its answer in time."

Piece = TypeVar("Piece")

_PASSED_BACK = ("x-request-id", "retry-after", "retry-after-ms", "x-should-retry")
_PASSED_BACK_PREFIXES = ("openai-", "x-ratelimit-")


@dataclass(frozen=True, slots=True)
class UpstreamAnswer:
    """A whole answer: the bytes as received, and the headers that may go back to the client."""

    content: bytes
    headers: dict[str, str]
    content_type: str


@dataclass(slots=True)
class UpstreamStream:
    """An answer that arrives piece by piece, until ``deadline`` (the event loop's time)."""

    response: httpx.Response
    headers: dict[str, str]
    content_type: str
    max_bytes: int
    deadline: float

    async def events(self) -> AsyncIterator[str]:
        """The data of each event that has some. Raises ProxyError where the connection breaks."""
        self.response.stream = _Limited(self.response.stream, self.max_bytes)
        async for event in self._in_time(EventSource(self.response).aiter_sse()):
            if event.data:
                yield event.data

    @property
    def has_events(self) -> bool:
        return self.content_type.lower().startswith(EVENT_STREAM)

    async def expect_events(self) -> None:
        """Raises UpstreamInvalid where the provider answered without a stream."""
        if not self.has_events:
            await self.close()
            raise UpstreamInvalid("The model provider was asked for a stream and answered without one.")

    def raw(self) -> AsyncIterator[bytes]:
        """The bytes as they come."""
        return self._in_time(self.response.aiter_raw())

    async def _in_time(self, pieces: AsyncIterator[Piece]) -> AsyncIterator[Piece]:
        with reporting_failures():
            while True:
                try:
                    async with asyncio.timeout_at(self.deadline):
                        piece = await anext(pieces)
                except StopAsyncIteration:
                    return
                except TimeoutError:
                    raise UpstreamTimeout(TOO_LONG) from None
                yield piece

    async def close(self) -> None:
        await self.response.aclose()


class _Limited(httpx.AsyncByteStream):
    """A body of at most so many bytes, without the byte order mark that an event stream may begin with."""

    def __init__(self, body: Any, max_bytes: int) -> None:
        self._body = body
        self._max_bytes = max_bytes

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for piece in self._body:
            yield piece if size else piece.removeprefix(BOM_UTF8)
            size += len(piece)
            if size > self._max_bytes:
                raise UpstreamInvalid(f"The model provider's answer is larger than {self._max_bytes} bytes.")

    async def aclose(self) -> None:
        await self._body.aclose()


def events_in(content: bytes) -> Iterator[str]:
    """The data of each event of a recorded stream that has some."""
    response = httpx.Response(200, headers={"content-type": EVENT_STREAM}, content=content)
    return (event.data for event in EventSource(response).iter_sse() if event.data)


@dataclass(frozen=True, slots=True)
class Upstream:
    """One provider. Paths are below ``base_url``; ``query`` (Azure: api-version) goes with each call.

    The client's own credentials go to the provider, a key in ``api-key`` (Azure) in the way that the provider takes
    keys; ``api_key`` is used where it brought none. ``headers`` are the
    client's, in lower case; ``trace`` is the trace context of our own call.
    """

    client: httpx.AsyncClient
    base_url: str
    api_key: str | None = None
    auth_header: str = "authorization"
    query: str = ""
    max_answer_bytes: int = 8 * 1024 * 1024

    @property
    def url(self) -> httpx.URL:
        return httpx.URL(self.base_url)

    async def whole(
        self,
        path: str,
        content: bytes,
        headers: Mapping[str, str],
        trace: Mapping[str, str],
        *,
        timeout_s: float,
    ) -> UpstreamAnswer:
        """Ask and read the whole answer, within ``timeout_s``. Raises ProxyError."""
        try:
            async with asyncio.timeout(timeout_s):
                return await self._read(await self._ask(path, content, headers, trace))
        except TimeoutError:
            raise UpstreamTimeout(TOO_LONG) from None

    async def stream(
        self,
        path: str,
        content: bytes,
        headers: Mapping[str, str],
        trace: Mapping[str, str],
        *,
        timeout_s: float,
    ) -> UpstreamStream:
        """Ask and return once the status is known; the caller closes the stream. Raises ProxyError."""
        deadline = asyncio.get_running_loop().time() + timeout_s
        try:
            async with asyncio.timeout_at(deadline):
                response = await self._ask(path, content, headers, trace)
        except TimeoutError:
            raise UpstreamTimeout(TOO_LONG) from None
        content_type = response.headers.get("content-type", EVENT_STREAM)
        return UpstreamStream(
            response, passed_back(response.headers), content_type, self.max_answer_bytes, deadline
        )

    async def _ask(
        self, path: str, content: bytes, headers: Mapping[str, str], trace: Mapping[str, str]
    ) -> httpx.Response:
        # Compressed bytes could be neither read as they come nor passed on as they are.
        ours = {"accept-encoding": "identity", "content-type": "application/json"}
        kept = {name: value for name, value in self._forwarded(headers).items() if name not in _OF_THE_BODY}
        with reporting_failures():
            response = await self._send("POST", path, {**kept, **ours, **trace}, content)
            if response.status_code != httpx.codes.OK:
                content = await _read_at_most(response, self.max_answer_bytes)
                raise UpstreamRejected(response.status_code, content, passed_back(response.headers))
        return response

    async def forward(
        self, method: str, path: str, headers: Mapping[str, str], content: AsyncIterator[bytes] | None
    ) -> httpx.Response:
        """Ask with a body that is sent as it comes; the caller reads the answer and closes it. Raises ProxyError."""
        with reporting_failures():
            asked = {"accept-encoding": "identity", **self._forwarded(headers)}
            return await self._send(method, path, asked, content)

    async def _send(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        content: bytes | AsyncIterator[bytes] | None,
    ) -> httpx.Response:
        url = address_of(self.base_url, path, self.query)
        # Headers pass as the bytes that they are, both ways: httpx would write ASCII alone, and read what it guesses.
        raw = [(name.encode(HEADERS), value.encode(HEADERS)) for name, value in headers.items()]
        request = self.client.build_request(method, url, headers=raw, content=content)
        response = await self.client.send(request, stream=True)
        response.headers.encoding = HEADERS
        return response

    async def _read(self, response: httpx.Response) -> UpstreamAnswer:
        with reporting_failures():
            content = await _read_at_most(response, self.max_answer_bytes)
        content_type = response.headers.get("content-type", "application/json")
        return UpstreamAnswer(content, passed_back(response.headers), content_type)

    def _forwarded(self, headers: Mapping[str, str]) -> dict[str, str]:
        forwarded = {name: value for name, value in headers.items() if _is_forwarded(name)}
        takes_keys_as_azure = self.auth_header == "api-key" or has_deployments(self.base_url)
        if not takes_keys_as_azure and "authorization" not in forwarded and "api-key" in forwarded:
            forwarded["authorization"] = f"Bearer {forwarded.pop('api-key')}".strip()
        has_own = any(
            forwarded.get(name, "").strip() not in ("", "Bearer") for name in ("authorization", "api-key")
        )
        if self.api_key and not has_own:
            forwarded.pop("authorization", None)
            bearer = self.auth_header == "authorization"
            forwarded[self.auth_header] = f"Bearer {self.api_key}" if bearer else self.api_key
        return forwarded


def _is_forwarded(name: str) -> bool:
    return name not in _NEVER_FORWARDED and not name.startswith("x-cxai-")


def passed_back(headers: Mapping[str, str]) -> dict[str, str]:
    """The provider's headers that a client may rely on."""
    return {
        name.lower(): value
        for name, value in headers.items()
        if name.lower() in _PASSED_BACK or name.lower().startswith(_PASSED_BACK_PREFIXES)
    }


async def _read_at_most(response: httpx.Response, max_bytes: int) -> bytes:
    content = bytearray()
    try:
        async for piece in response.aiter_bytes():
            content += piece
            if len(content) > max_bytes:
                raise UpstreamInvalid(f"The model provider's answer is larger than {max_bytes} bytes.")
    finally:
        await response.aclose()
    return bytes(content)


@contextmanager
def reporting_failures() -> Iterator[None]:
    """Turns httpx's exceptions into ours; their texts may hold addresses and stay in the log."""
    try:
        yield
    except ProxyError:
        raise
    except httpx.TimeoutException as error:
        waited = (
            "connecting to" if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout) else "waiting for"
        )
        raise UpstreamTimeout(f"Time ran out {waited} the model provider.") from error
    except httpx.ConnectError as error:
        raise UpstreamUnreachable("The model provider cannot be reached.") from error
    except (httpx.HTTPError, httpx.StreamError) as error:
        raise UpstreamUnreachable(
            "The connection to the model provider broke before its answer was whole."
        ) from error
    except httpx.InvalidURL as error:
        raise UpstreamUnreachable(
            "The model provider's address is not a valid URL; see the setting `upstream`."
        ) from error
