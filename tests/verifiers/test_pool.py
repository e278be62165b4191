"""The judges' queue is bounded, and the event loop stays free."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from proxy.verifiers.pool import Busy, JudgePool, YieldingPool


async def test_one_claim_too_many_is_told_busy_at_once() -> None:
    pool = JudgePool(threads=1, queue=2)
    gate = threading.Event()
    waiting = [asyncio.create_task(pool.run(gate.wait)) for _ in range(2)]
    await asyncio.sleep(0.05)
    started = time.perf_counter()
    with pytest.raises(Busy, match="queue holds 2"):
        await pool.run(lambda: None)
    assert time.perf_counter() - started < 0.05
    gate.set()
    await asyncio.gather(*waiting)
    await asyncio.sleep(0.05)
    assert pool.pending == 0
    assert await pool.run(lambda: 7) == 7
    pool.close()


async def test_work_that_outlives_its_caller_keeps_its_place() -> None:
    pool = JudgePool(threads=1, queue=1)
    gate = threading.Event()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await pool.run(gate.wait)
    assert pool.pending == 1
    with pytest.raises(Busy):
        await pool.run(lambda: None)
    gate.set()
    await asyncio.sleep(0.05)
    assert pool.pending == 0
    pool.close()


async def test_an_error_is_the_callers() -> None:
    pool = JudgePool(threads=1)
    with pytest.raises(ZeroDivisionError):
        await pool.run(lambda: 1 / 0)
    await asyncio.sleep(0.01)
    assert pool.pending == 0
    pool.close()


async def test_the_share_of_one_answer_fits_into_the_queue() -> None:
    pool = JudgePool(threads=4, queue=1)
    assert pool.share == 1
    pool.close()


async def test_who_yields_begins_once_those_before_are_through() -> None:
    before, ended = JudgePool(threads=1, queue=8), threading.Event()
    behind = YieldingPool(before, threads=1)
    first = asyncio.create_task(before.run(lambda: ended.wait(10)))
    await asyncio.sleep(0)
    second = asyncio.create_task(behind.run(ended.is_set))
    await asyncio.sleep(0.05)
    assert not second.done() and behind.pending == 0
    ended.set()
    assert await second is True and await first
    before.close()
    behind.close()
