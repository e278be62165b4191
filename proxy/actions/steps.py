"""A step of judging: the time that it may take, and that it did not run to its end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Self


class NotDone(Exception):
    """A step did not run to its end; the text is the reason why what depends on it is unverified."""


def is_timeout(error: BaseException | None) -> bool:
    """Whether time ran out, there or in what caused the error."""
    while error is not None and not isinstance(error, TimeoutError):
        error = error.__cause__
    return error is not None


class TimeLimit:
    """Kept by the event loop while a judge's thread works; nobody waits for a thread that hangs.

    async with TimeLimit(5.0, "timeout") as limit:      # raises TimeoutError, and limit.reason says of which step
        await judges.run(work)

    with limit.step(2.0, "retrieval_timeout"):          # in the thread: a part of it with a limit of its own
        ...
    """

    def __init__(self, seconds: float, reason: str) -> None:
        self.reason = reason
        self._whole = reason
        self._loop = asyncio.get_running_loop()
        self._ends = self._loop.time() + seconds
        self._timeout = asyncio.timeout_at(self._ends)

    async def __aenter__(self) -> Self:
        await self._timeout.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._timeout.__aexit__(*error)  # type: ignore[arg-type]

    @contextmanager
    def step(self, seconds: float, reason: str) -> Iterator[None]:
        """Raises TimeoutError where it took longer."""
        started, ends = time.monotonic(), self._loop.time() + seconds
        if ends >= self._ends:
            yield
            return
        self._loop.call_soon_threadsafe(self._move, reason, ends)
        yield
        # Not by the loop's clock: uvloop's stands still until its next turn.
        if time.monotonic() - started >= seconds:
            raise TimeoutError
        self._loop.call_soon_threadsafe(self._move, self._whole, self._ends)

    def _move(self, reason: str, ends: float) -> None:
        if not self._timeout.expired():
            self.reason = reason
            with suppress(RuntimeError):  # nobody waits any more
                self._timeout.reschedule(ends)
