"""The head of a request is limited while it arrives: by itself the server would collect headers for ever."""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from proxy.wire.errors import HeadTooLarge

MOST_HEADERS = 100
MOST_HEAD_BYTES = 65_536

TOO_LARGE = (
    f"The request's headers are too many or too large: at most {MOST_HEADERS}, "
    f"and {MOST_HEAD_BYTES} bytes together."
)


class LimitedHeads(HttpToolsProtocol):
    """uvicorn's protocol, but headers that do not end within the limit are refused and their connection closed.

    So are trailers, which a chunked body ends with. The piece in which headers begin does not count, since it may hold
    what came before them: a head of up to one piece more (256 KiB) gets through here, and is refused by its whole size.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._in_headers = self._began_now = False
        self._header_bytes = 0

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self._in_headers:
            return
        if self._began_now:
            self._began_now = False
            return
        self._header_bytes += len(data)
        if self._header_bytes > MOST_HEAD_BYTES and not self.transport.is_closing():
            self._refuse()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._begin()

    def on_headers_complete(self) -> None:
        self._in_headers = False
        super().on_headers_complete()

    def on_chunk_header(self) -> None:
        """A chunk's data follows, or, behind the last one, the trailers."""
        self._begin()

    def on_body(self, body: bytes) -> None:
        self._in_headers = False
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._in_headers = False
        super().on_message_complete()

    def _begin(self) -> None:
        self._in_headers = self._began_now = True
        self._header_bytes = 0

    def _refuse(self) -> None:
        body = HeadTooLarge(TOO_LARGE).body()
        head = (
            "HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\nx-cxai-verified: no\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()
