"""The head of a request is limited while it arrives, in size and time: by itself the server would wait for ever."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from proxy.wire.errors import HeadTooLarge, ProxyError, RequestTimeout

HEAD_WITHIN_S = 30.0
MOST_HEADERS = 100
MOST_HEAD_BYTES = 65_536

TOO_LARGE = (
    f"The request's headers are too many or too large: at most {MOST_HEADERS}, "
    f"and {MOST_HEAD_BYTES} bytes together."
)
TOO_SLOW = f"The request's headers did not arrive within {HEAD_WITHIN_S:.0f} seconds."


class LimitedHeads(HttpToolsProtocol):
    """uvicorn's protocol, but headers that do not end within the limits are refused and their connection closed.

    So are trailers, which a chunked body ends with, by their size. The piece in which headers begin does not count,
    since it may hold what came before them: a head of up to one piece more (256 KiB) gets through here, and is refused
    by its whole size.

    The time counts from a connection's begin, or from what is sent behind an answer. uvicorn's own limit, of idle
    connections, ends with the first byte of whatever comes.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._in_message = self._in_head = self._in_headers = self._began_now = False
        self._header_bytes = 0
        self._time_limit: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._limit_time(HEAD_WITHIN_S)

    def connection_lost(self, exc: Exception | None) -> None:
        self._lift_time_limit()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._check_size(data)
        if self._time_limit is None and not self.transport.is_closing() and self._is_unoccupied():
            self._limit_time(HEAD_WITHIN_S if self._in_message else self.timeout_keep_alive)

    def _is_unoccupied(self) -> bool:
        """Whether no request is being answered."""
        return self.cycle is None or (self.cycle.response_complete and not self.pipeline)

    def _limit_time(self, seconds: float) -> None:
        self._time_limit = self.loop.call_later(seconds, self._time_is_over)

    def _lift_time_limit(self) -> None:
        if self._time_limit is not None:
            self._time_limit.cancel()
            self._time_limit = None

    def _time_is_over(self) -> None:
        if self.transport.is_closing():
            return
        if self._in_head:
            self._refuse(RequestTimeout(TOO_SLOW))
        else:
            self.transport.close()

    def _check_size(self, data: bytes) -> None:
        if not self._in_headers:
            return
        if self._began_now:
            self._began_now = False
            return
        self._header_bytes += len(data)
        if self._header_bytes > MOST_HEAD_BYTES and not self.transport.is_closing():
            self._refuse(HeadTooLarge(TOO_LARGE))

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_message = self._in_head = True
        self._begin()

    def on_headers_complete(self) -> None:
        self._in_head = self._in_headers = False
        self._lift_time_limit()
        super().on_headers_complete()

    def on_chunk_header(self) -> None:
        """A chunk's data follows, or, behind the last one, the trailers."""
        self._begin()

    def on_body(self, body: bytes) -> None:
        self._in_headers = False
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._in_message = self._in_headers = False
        self._lift_time_limit()
        super().on_message_complete()

    def _begin(self) -> None:
        self._in_headers = self._began_now = True
        self._header_bytes = 0

    def _refuse(self, error: ProxyError) -> None:
        body = error.body()
        head = (
            f"HTTP/1.1 {error.status} {HTTPStatus(error.status).phrase}\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\nx-cxai-verified: no\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()
