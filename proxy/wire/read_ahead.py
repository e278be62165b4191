"""Events between the one who reads them and the one who works on them: so much text at most, and no more is read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from proxy.wire.pausing import Pauses


class ReadAhead:
    """``put`` waits while ``most`` characters are held. An event counts until the next one is asked for."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held = 0
        self._room = asyncio.Event()
        self._events: asyncio.Queue[str | Exception | None] = asyncio.Queue()

    async def put(self, event: str) -> None:
        while self._held >= self._most:
            self._room.clear()
            await self._room.wait()
        self._held += len(event)
        self._events.put_nowait(event)

    def end(self, error: Exception | None = None) -> None:
        """No more comes. An error takes its turn behind the events before it."""
        self._events.put_nowait(error)

    async def events(self) -> AsyncIterator[str]:
        pauses = Pauses()
        while (event := await self._events.get()) is not None:
            await pauses.due()
            if isinstance(event, Exception):
                raise event
            yield event
            self._held -= len(event)
            self._room.set()
