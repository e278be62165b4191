"""A step's time is kept by the event loop: nobody waits for a thread that hangs."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator

import pytest

from proxy.actions.steps import TimeLimit, is_timeout
from proxy.verifiers.pool import JudgePool


@pytest.fixture
def pool() -> Iterator[JudgePool]:
    pool = JudgePool(threads=1)
    yield pool
    pool.close()


async def test_a_step_that_hangs_is_given_up_at_its_own_limit(pool: JudgePool) -> None:
    limit, gate, started = TimeLimit(30, "timeout"), threading.Event(), time.monotonic()

    def work() -> None:
        with limit.step(0.05, "retrieval_timeout"):
            gate.wait(10)

    with pytest.raises(TimeoutError):
        async with limit:
            await pool.run(work)
    assert limit.reason == "retrieval_timeout" and time.monotonic() - started < 5
    gate.set()


async def test_a_step_that_ends_too_late_has_not_ended(pool: JudgePool) -> None:
    limit, passed = TimeLimit(30, "timeout"), []

    def work() -> None:
        with limit.step(1e-6, "retrieval_timeout"):
            time.sleep(0.001)
        passed.append("the step")

    with pytest.raises(TimeoutError):
        async with limit:
            await pool.run(work)
    await asyncio.sleep(0.05)
    assert limit.reason == "retrieval_timeout" and not passed


async def test_after_a_step_the_whole_limit_counts_again(pool: JudgePool) -> None:
    limit, gate = TimeLimit(0.3, "timeout"), threading.Event()

    def work() -> None:
        with limit.step(0.2, "retrieval_timeout"):
            pass
        gate.wait(10)

    with pytest.raises(TimeoutError):
        async with limit:
            await pool.run(work)
    assert limit.reason == "timeout"
    gate.set()


async def test_work_in_time_is_done(pool: JudgePool) -> None:
    limit = TimeLimit(30, "timeout")

    def work() -> int:
        with limit.step(20, "retrieval_timeout"):
            return 7

    async with limit:
        assert await pool.run(work) == 7


def test_a_timeout_is_found_behind_what_it_caused() -> None:
    late, other = ValueError("no answer within 3 s"), ValueError("no JSON")
    late.__cause__ = RuntimeError()
    late.__cause__.__cause__ = TimeoutError()
    assert is_timeout(late) and is_timeout(TimeoutError())
    assert not is_timeout(other)
