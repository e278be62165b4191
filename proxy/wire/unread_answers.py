"""An answer is read in time, or its connection is cut: who stops reading in the middle of one would keep a place."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

READ_WITHIN_S = 60.0


class ReadInTime(HttpToolsProtocol):
    """uvicorn's protocol, but a client that leaves READ_WITHIN_S long what was sent to it is cut off.

    Nothing more is written while some 64 KiB are waiting to be read, which is when the time begins to count; it ends
    when a quarter of that is left. To close is not enough: it would wait for what was sent to be read.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._unread_limit: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread_limit = self.loop.call_later(READ_WITHIN_S, self.transport.abort)

    def resume_writing(self) -> None:
        self._lift_unread_limit()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._lift_unread_limit()
        super().connection_lost(exc)

    def _lift_unread_limit(self) -> None:
        if self._unread_limit is not None:
            self._unread_limit.cancel()
            self._unread_limit = None
