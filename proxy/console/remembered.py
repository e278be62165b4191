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
        if known is None or time.monotonic() - known[0] > self._fresh_s or _failed(known[1]):
            while len(self._known) >= MOST:
                self._known.pop(next(iter(self._known)))
            task = asyncio.create_task(asyncio.to_thread(compute))
            known = self._known[key] = (time.monotonic(), task)
        result: T = await asyncio.shield(known[1])
        return result


def _failed(task: asyncio.Task[Any]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)
