"""The end of serving: first said, so that nobody sends more, then done, with time for what has begun."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Draining:
    """From SIGTERM on ``has_begun`` (``/readyz`` says so). New requests are taken for ``delay_s`` more, and what has
    begun by then has ``drain_s`` to end."""

    def __init__(self, *, delay_s: float, drain_s: float) -> None:
        self._delay_s = delay_s
        self._drain_s = drain_s
        self._ends_at: float | None = None

    @property
    def has_begun(self) -> bool:
        return self._ends_at is not None

    def left_s(self) -> float:
        """Seconds that are left to what has begun."""
        return self._drain_s if self._ends_at is None else max(0.0, self._ends_at - time.monotonic())

    @contextmanager
    def at_sigterm(self) -> Iterator[None]:
        """Hear of the signal before the server does, which then takes no more connections."""
        stop = signal.getsignal(signal.SIGTERM)
        if threading.current_thread() is not threading.main_thread() or not callable(stop):
            yield
            return
        loop = asyncio.get_running_loop()

        def begin(number: int, frame: FrameType | None) -> None:
            if not self.has_begun:
                self._ends_at = time.monotonic() + self._delay_s + self._drain_s
                loop.call_soon_threadsafe(loop.call_later, self._delay_s, stop, number, frame)

        signal.signal(signal.SIGTERM, begin)
        try:
            yield
        finally:
            signal.signal(signal.SIGTERM, stop)
