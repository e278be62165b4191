"""Threads for what would block the event loop: few for each source, so that one that hangs holds up nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
MOST = 4


class Threads:
    """At most ``most`` calls at once; others wait their turn, and are not made if nobody waits for them then."""

    def __init__(self, name: str, most: int = MOST) -> None:
        self._executor = ThreadPoolExecutor(most, thread_name_prefix=f"context-{name}")

    async def run(self, work: Callable[[], T]) -> T:
        """Cancelling ends the waiting. Work that has begun goes on: it has to have a limit of its own."""
        return await asyncio.wrap_future(self._executor.submit(work))

    def close(self) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)
