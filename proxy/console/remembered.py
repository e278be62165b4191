"""What takes a moment to compute and may be a little old: computed once, in a thread, for all who ask meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Hashable
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
        known = self._known.get(key)
        if known is None or self._is_past(*known):
            while len(self._known) >= MOST:
                self._known.pop(next(iter(self._known)))
            task = asyncio.create_task(asyncio.to_thread(compute))
            known = self._known[key] = (time.monotonic(), task)
        result: T = await asyncio.shield(known[1])
        return result

    def _is_past(self, begun: float, task: asyncio.Task[Any]) -> bool:
        """What takes longer than it counts is not begun again meanwhile: it would take all the longer."""
        return task.done() and (went_wrong(task) or time.monotonic() - begun > self._fresh_s)


def went_wrong(task: asyncio.Task[Any]) -> bool:
    """Of a task that is done."""
    return task.cancelled() or task.exception() is not None
