"""Who is cancelled while a thread works for them ends after it, so that what it uses can be closed then."""

from __future__ import annotations

import asyncio
import threading

import pytest

from proxy.threads import in_thread


async def test_what_it_returns_and_raises_comes_through() -> None:
    assert await in_thread(lambda: 7) == 7
    with pytest.raises(ValueError, match="seven"):
        await in_thread(_raise)


async def test_who_is_cancelled_waits_for_the_thread() -> None:
    begun, go_on, done = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        go_on.wait(30)
        done.set()

    task = asyncio.create_task(in_thread(work))
    while not begun.is_set():
        await asyncio.sleep(0.001)
    task.cancel()
    await asyncio.sleep(0.05)
    assert not task.done()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done.is_set()


async def test_a_thread_that_fails_after_its_owner_was_cancelled_is_no_other_error() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        go_on.wait(30)
        _raise()

    task = asyncio.create_task(in_thread(work))
    while not begun.is_set():
        await asyncio.sleep(0.001)
    task.cancel()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task


def _raise() -> None:
    raise ValueError("seven")
