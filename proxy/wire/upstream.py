"""The model provider, over one pooled ``httpx.AsyncClient``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import msgspec
from httpx_sse import EventSource

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
            "content-length",
            "content-encoding",
            "transfer-encoding",
            "connection",
            "keep-alive",
            "te",
        ),
        *(
            "trailer",
            "upgrade",
            "expect",
            "accept-encoding",
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
_PASSED_BACK = ("x-request-id", "retry-after", "retry-after-ms", "x-should-retry")
_PASSED_BACK_PREFIXES = ("openai-", "x-ratelimit-")


@dataclass(frozen=True, slots=True)
class UpstreamAnswer:
    """A whole answer: the bytes as received, and the headers that may go back to the client."""

    content: bytes
    headers: dict[str, str]
    content_type: str

    def completion(self) -> dict[str, Any]:
        """The chat completion. Raises UpstreamInvalid where it is none."""
        try:
            body = msgspec.json.decode(self.content)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            raise UpstreamInvalid("The model provider's answer is not valid JSON.") from None
        choices = body.get("choices") if isinstance(body, dict) else None
        if not isinstance(choices, list) or not all(_is_choice(choice) for choice in choices):
            raise UpstreamInvalid(
                "The model provider's answer is not a chat completion: it has no usable `choices`."
            )
        return dict(body)


def _is_choice(choice: Any) -> bool:
    message = choice.get("message") if isinstance(choice, dict) else None
    return isinstance(message, dict) and isinstance(message.get("content"), str | None)


@dataclass(slots=True)
class UpstreamStream:
    """An answer that arrives as server-sent events. ``ended`` is True once ``[DONE]`` was read."""

    response: httpx.Response
    headers: dict[str, str]
    max_bytes: int
    ended: bool = field(default=False, init=False)

    async def chunks(self) -> AsyncIterator[dict[str, Any]]:
        """The ``chat.completion.chunk`` objects. Raises ProxyError where the connection breaks."""
        size = 0
        with reporting_failures():
            async for event in EventSource(self.response).aiter_sse():
                size += len(event.data)
                if size > self.max_bytes:
                    raise UpstreamInvalid(
                        f"The model provider's answer is larger than {self.max_bytes} bytes."
                    )
                if event.data.strip() == "[DONE]":
                    self.ended = True
                    return
                if event.data:
                    yield _chunk(event.data)

    async def raw(self) -> AsyncIterator[bytes]:
        with reporting_failures():
            async for piece in self.response.aiter_raw():
                yield piece

    async def close(self) -> None:
        await self.response.aclose()


def _chunk(data: str) -> dict[str, Any]:
    try:
        chunk = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError):
        raise UpstreamInvalid("The model provider's stream holds an event that is not valid JSON.") from None
    if not isinstance(chunk, dict):
        raise UpstreamInvalid("The model provider's stream holds an event that is not a JSON object.")
    return chunk


def chunks_in(content: bytes) -> list[dict[str, Any]]:
    """The chunks of a recorded event stream, as far as they are whole."""
    response = httpx.Response(200, headers={"content-type": "text/event-stream"}, content=content)
    events = (event.data for event in EventSource(response).iter_sse())
    try:
        return [_chunk(data) for data in events if data and data.strip() != "[DONE]"]
    except UpstreamInvalid:
        return []


@dataclass(frozen=True, slots=True)
class Upstream:
    """One provider. ``base_url`` ends before ``/chat/completions``; ``query`` (Azure: api-version) goes with each call.

    The client's own credentials go to the provider; ``api_key`` is used where it brought none. ``headers`` are the
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
        self, content: bytes, headers: Mapping[str, str], trace: Mapping[str, str]
    ) -> UpstreamAnswer:
        """Ask and read the whole answer. Raises ProxyError."""
        response = await self._send("POST", "/chat/completions", {**self._headers(headers), **trace}, content)
        return await self._read(response)

    async def stream(
        self, content: bytes, headers: Mapping[str, str], trace: Mapping[str, str]
    ) -> UpstreamStream:
        """Ask and return once the status is known; the caller closes the stream. Raises ProxyError."""
        response = await self._send("POST", "/chat/completions", {**self._headers(headers), **trace}, content)
        if not response.headers.get("content-type", "").startswith("text/event-stream"):
            await response.aclose()
            raise UpstreamInvalid("The model provider was asked for a stream and answered without one.")
        return UpstreamStream(response, passed_back(response.headers), self.max_answer_bytes)

    async def models(self, headers: Mapping[str, str]) -> UpstreamAnswer:
        return await self._read(await self._send("GET", "/models", self._headers(headers)))

    async def _send(
        self, method: str, path: str, headers: Mapping[str, str], content: bytes | None = None
    ) -> httpx.Response:
        url = self.base_url.rstrip("/") + path + (f"?{self.query}" if self.query else "")
        with reporting_failures():
            request = self.client.build_request(method, url, headers=headers, content=content)
            response = await self.client.send(request, stream=True)
            if response.status_code != httpx.codes.OK:
                content = await _read_at_most(response, self.max_answer_bytes)
                raise UpstreamRejected(response.status_code, content, passed_back(response.headers))
        return response

    async def _read(self, response: httpx.Response) -> UpstreamAnswer:
        with reporting_failures():
            content = await _read_at_most(response, self.max_answer_bytes)
        content_type = response.headers.get("content-type", "application/json")
        return UpstreamAnswer(content, passed_back(response.headers), content_type)

    def _headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        forwarded = {name: value for name, value in headers.items() if _is_forwarded(name)}
        has_own = any(
            forwarded.get(name, "").strip() not in ("", "Bearer") for name in ("authorization", "api-key")
        )
        if self.api_key and not has_own:
            forwarded.pop("authorization", None)
            bearer = self.auth_header == "authorization"
            forwarded[self.auth_header] = f"Bearer {self.api_key}" if bearer else self.api_key
        # Compressed bytes could be neither read as they come nor passed on as they are.
        return {**forwarded, "accept-encoding": "identity", "content-type": "application/json"}


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
