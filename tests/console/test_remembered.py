"""What pages compute is computed once for all who ask meanwhile, and nothing that failed is shown again."""

from __future__ import annotations

import asyncio
import time
from threading import Event

import pytest

from proxy.console.remembered import Remembered


def test_what_takes_longer_than_it_counts_is_begun_once_for_all_who_ask_meanwhile() -> None:
    begun: list[float] = []
    goes_on = Event()

    def slow() -> int:
        begun.append(time.monotonic())
        goes_on.wait(10)
        return len(begun)

    async def asked() -> list[int]:
        remembered = Remembered(fresh_s=0.01)
        first = asyncio.create_task(remembered.get("figures", slow))
        await asyncio.sleep(0.05)
        others = [asyncio.create_task(remembered.get("figures", slow)) for _ in range(3)]
        await asyncio.sleep(0.05)
        goes_on.set()
        return list(await asyncio.gather(first, *others))

    assert asyncio.run(asked()) == [1, 1, 1, 1]


def test_what_is_past_or_failed_is_computed_anew() -> None:
    told = iter([ValueError("not now"), 1, 2])

    def computed() -> int:
        one = next(told)
        if isinstance(one, Exception):
            raise one
        return one

    async def asked() -> None:
        remembered = Remembered(fresh_s=0.05)
        with pytest.raises(ValueError, match="not now"):
            await remembered.get("figures", computed)
        assert [await remembered.get("figures", computed) for _ in range(2)] == [1, 1]
        await asyncio.sleep(0.06)
        assert await remembered.get("figures", computed) == 2

    asyncio.run(asked())
