"""How long an event loop is kept from going on: others' work on the machine does not count.

By its own steps (``timed_steps``), and by what else this process does meanwhile (``longest_pause_s``).
"""

from __future__ import annotations

import asyncio
import gc
import heapq
import threading
import time
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

LONGEST = 10


@dataclass(slots=True)
class Steps:
    """The longest steps of the loop that runs in ``thread``: seconds of its processor time, and what was done.

    Without the garbage collector, which looks through all that the process of the tests has made.
    """

    thread: int = 0
    count: int = 0
    longest: list[tuple[float, int, str]] = field(default_factory=list)

    def took(self, seconds: float, handle: asyncio.Handle) -> None:
        self.count += 1
        if len(self.longest) < LONGEST or seconds > self.longest[0][0]:
            heapq.heappush(self.longest, (seconds, self.count, _named(handle)))
            if len(self.longest) > LONGEST:
                heapq.heappop(self.longest)

    @property
    def most_s(self) -> float:
        return max(self.longest)[0]

    def __str__(self) -> str:
        lines = [
            f"{seconds * 1000:7.1f} ms  {what}" for seconds, _, what in sorted(self.longest, reverse=True)
        ]
        return "\n".join([f"{self.count} steps, the longest:", *lines])


def _named(handle: Any) -> str:
    """The task's coroutine where it is one's step, as it then was."""
    task = getattr(handle._callback, "__self__", None)
    return repr(task.get_coro()) if isinstance(task, asyncio.Task) else repr(handle._callback)


@contextmanager
def timed_steps(monkeypatch: pytest.MonkeyPatch) -> Iterator[Steps]:
    """Times each step of asyncio's own loop (uvloop has no such place) in ``Steps.thread``."""
    steps, run = Steps(), asyncio.Handle._run

    def timed(handle: asyncio.Handle) -> None:
        if threading.get_ident() != steps.thread:
            run(handle)
            return
        collecting.clear()
        started = time.thread_time()
        run(handle)
        ended = time.thread_time()
        steps.took(ended - started - sum(collecting), handle)

    collecting: list[float] = []

    def collector(phase: str, _: object) -> None:
        if threading.get_ident() == steps.thread:
            collecting.append(-time.thread_time() if phase == "start" else time.thread_time())

    gc.callbacks.append(collector)
    try:
        with monkeypatch.context() as patched:
            patched.setattr(asyncio.Handle, "_run", timed)
            yield steps
    finally:
        gc.callbacks.remove(collector)


async def longest_pause_s(work: Awaitable[None], every_s: float = 0.001) -> float:
    """The most processor time of this process, in any thread, between two steps of a task that only sleeps ``every_s``.

    Threads of ours that do not let go of the interpreter show here, and not in the time of the loop's own steps.
    """
    working = asyncio.ensure_future(work)
    longest, last = 0.0, time.process_time()
    while not working.done():
        await asyncio.sleep(every_s)
        now = time.process_time()
        longest, last = max(longest, now - last), now
    await working
    return longest
