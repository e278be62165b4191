"""What comes back from an upstream: an answer as a whole or piece by piece, and its failures as errors of ours."""

from __future__ import annotations

import asyncio
from codecs import BOM_UTF8
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
from httpx_sse import EventSource

from proxy.wire.errors import Phase, ProxyError, UpstreamInvalid, UpstreamTimeout, UpstreamUnreachable

EVENT_STREAM = "text/event-stream"
ANSWERED_BY = "x-cxai-upstream"

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
                    raise UpstreamTimeout("total_timeout_s") from None
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


def passed_back(headers: Mapping[str, str]) -> dict[str, str]:
    """The provider's headers that a client may rely on."""
    return {
        name.lower(): value
        for name, value in headers.items()
        if name.lower() in _PASSED_BACK or name.lower().startswith(_PASSED_BACK_PREFIXES)
    }


async def read_at_most(response: httpx.Response, max_bytes: int) -> bytes:
    """The body, read and closed. Raises UpstreamInvalid where it is larger."""
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
def reporting_failures(reading: Phase = "read_timeout_s") -> Iterator[None]:
    """Turns httpx's exceptions into ours; their texts may hold addresses and stay in the log.

    ``reading`` is the limit that a time-out means which is not one of connecting.
    """
    try:
        yield
    except ProxyError:
        raise
    except (httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise UpstreamTimeout("connect_timeout_s") from error
    except httpx.TimeoutException as error:
        raise UpstreamTimeout(reading) from error
    except httpx.ConnectError as error:
        raise UpstreamUnreachable("The model provider cannot be reached.") from error
    except (httpx.HTTPError, httpx.StreamError) as error:
        raise UpstreamUnreachable(
            "The connection to the model provider broke before its answer was whole."
        ) from error
    except httpx.InvalidURL as error:
        raise UpstreamUnreachable(
            "The model provider's address is not a valid URL; see its setting."
        ) from error
