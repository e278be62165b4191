"""What takes a moment to compute and may be a little old: computed once, in a thread, for all who ask meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, TypeVar

T = TypeVar("T")
FRESH_S = 20.0
MOST = 200  # things that are remembered at a time


class Remembered:
    """``await remembered.get(("integrity", tenant, days), compute)``; what failed is not remembered."""

    def __init__(self, fresh_s: float = FRESH_S) -> None:
        self._fresh_s = fresh_s
        self._known: dict[Hashable, tuple[float, asyncio.Task[Any]]] = {}

    async def get(self, key: Hashable, compute: Callable[[], T]) -> T:
        return await self.awaited(key, lambda: asyncio.to_thread(compute))

    async def awaited(
        self, key: Hashable, begin: Callable[[], Coroutine[Any, Any, T]], *, fresh_s: float | None = None
    ) -> T:
        """The same of what is awaited, such as a process of its own; ``fresh_s``: how old it may be."""
        known = self._known.get(key)
        if known is None or self._is_past(*known, self._fresh_s if fresh_s is None else fresh_s):
            while len(self._known) >= MOST:
                self._known.pop(next(iter(self._known)))
            task = asyncio.create_task(begin())
            known = self._known[key] = (time.monotonic(), task)
        result: T = await asyncio.shield(known[1])
        return result

    @staticmethod
    def _is_past(begun: float, task: asyncio.Task[Any], fresh_s: float) -> bool:
        """What takes longer than it counts is not begun again meanwhile: it would take all the longer."""
        return task.done() and (went_wrong(task) or time.monotonic() - begun > fresh_s)


def went_wrong(task: asyncio.Task[Any]) -> bool:
    """Of a task that is done."""
    return task.cancelled() or task.exception() is not None
