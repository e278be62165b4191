"""Threads for what would block the event loop: few for each source, so that one that hangs holds up nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from proxy.context.sources.source import SourceError

T = TypeVar("T")
MOST = 4


class Threads:
    """At most ``most`` calls at once; one more is a SourceError, because it would only wait. For one event loop."""

    def __init__(self, name: str, most: int = MOST) -> None:
        self._executor = ThreadPoolExecutor(most, thread_name_prefix=f"context-{name}")
        self._most = most
        self._running = 0

    async def run(self, work: Callable[[], T]) -> T:
        """Cancelling ends the waiting and not the work, which has to have a limit of its own."""
        if self._running >= self._most:
            raise SourceError("is still busy with earlier questions")
        self._running += 1
        future = self._executor.submit(work)
        loop = asyncio.get_running_loop()
        future.add_done_callback(lambda _: _tell(loop, self._ended))
        return await asyncio.wrap_future(future)

    def _ended(self) -> None:
        self._running -= 1

    def close(self) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)


def _tell(loop: asyncio.AbstractEventLoop, ended: Callable[[], None]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(ended)
