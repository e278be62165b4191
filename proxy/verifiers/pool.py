"""The judges' threads: a bounded number of claims wait, and one too many is told "busy" at once."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from proxy.grounding.types import VerifierError

Result = TypeVar("Result")
YIELDS_S = 0.005


class Busy(VerifierError):
    """The queue of claims is full; the route's ``on_unverified`` says what then happens."""


class JudgePool:
    """Runs judging off the event loop: ``threads`` at once, at most ``queue`` waiting or running."""

    def __init__(self, *, threads: int | None = None, queue: int = 256) -> None:
        self.threads = threads or max(1, os.cpu_count() or 1)
        self.queue = queue
        self.share = min(2 * self.threads, queue)  # places that one answer may take
        self.pending = 0
        self._executor = ThreadPoolExecutor(self.threads, thread_name_prefix="judge")

    async def run(self, work: Callable[[], Result]) -> Result:
        """Await ``work`` done in a judge's thread. Raises Busy where the queue is full.

        A caller that gives up (time-out) does not stop work that has begun: its place is taken until it ends.
        """
        if self.pending >= self.queue:
            raise Busy(f"{self.pending} claims are waiting to be judged; the queue holds {self.queue}")
        loop = asyncio.get_running_loop()
        self.pending += 1
        future = self._executor.submit(work)

        def done(_: Future[Result]) -> None:
            loop.call_soon_threadsafe(self._leave)

        future.add_done_callback(done)
        return await asyncio.wrap_future(future)

    def _leave(self) -> None:
        self.pending -= 1

    def close(self) -> None:
        self._executor.shutdown(wait=True, cancel_futures=True)


class YieldingPool(JudgePool):
    """Judges where the pool ``before`` it has nothing to do: each piece of work begins only then.

    Less right to the processor would not do: a thread that has to wait for it may have Python's lock meanwhile.
    """

    def __init__(self, before: JudgePool, *, threads: int) -> None:
        super().__init__(threads=threads)
        self._before = before

    async def run(self, work: Callable[[], Result]) -> Result:
        """Await ``work``, once those who come first are through."""
        await self.turn()
        return await super().run(work)

    async def turn(self) -> None:
        """Wait until those who come first are through."""
        while self._before.pending:
            await asyncio.sleep(YIELDS_S)
