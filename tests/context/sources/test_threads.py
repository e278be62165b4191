"""A source's own few threads: one that hangs holds up no other source, and work that nobody waits for is not begun."""

from __future__ import annotations

import asyncio
import threading

import pytest

from proxy.context.sources.threads import Threads


async def test_what_nobody_waits_for_any_more_is_not_begun() -> None:
    threads, go_on, done = Threads("slow", most=1), threading.Event(), []
    first = asyncio.create_task(threads.run(go_on.wait))
    second = asyncio.create_task(threads.run(lambda: done.append("second")))
    third = asyncio.create_task(threads.run(lambda: done.append("third")))
    await asyncio.sleep(0.05)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    go_on.set()
    await asyncio.gather(first, third)
    threads.close()
    assert done == ["third"]


async def test_one_that_hangs_holds_up_no_other() -> None:
    hanging, other, go_on = Threads("hanging", most=1), Threads("other", most=1), threading.Event()
    stuck = asyncio.create_task(hanging.run(go_on.wait))
    assert await other.run(lambda: "answered") == "answered"
    go_on.set()
    await stuck
    hanging.close()
    other.close()


async def test_an_error_comes_back_to_who_asked() -> None:
    threads = Threads("broken")

    def fail() -> None:
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        await threads.run(fail)
    threads.close()
