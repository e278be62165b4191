"""Reading ahead has a bound in characters, which holds the reader back; what ends the stream takes its turn."""

from __future__ import annotations

import asyncio

import pytest

from proxy.wire.read_ahead import ReadAhead


async def test_no_more_than_the_bound_and_one_event_is_held() -> None:
    ahead, put = ReadAhead(10), 0

    async def read() -> None:
        nonlocal put
        for _ in range(100):
            await ahead.put("four")
            put += 1
        ahead.end()

    reading = asyncio.create_task(read())
    await asyncio.sleep(0.01)
    assert put == 3
    events = ahead.events()
    await anext(events)
    await asyncio.sleep(0.01)
    assert put == 3  # the first is still being worked on
    await anext(events)
    await asyncio.sleep(0.01)
    assert put == 4
    assert [event async for event in events] == ["four"] * 98
    await reading


async def test_an_event_larger_than_the_bound_passes() -> None:
    ahead = ReadAhead(10)
    await ahead.put("x" * 1_000)
    ahead.end()
    assert [len(event) async for event in ahead.events()] == [1_000]


async def test_an_error_takes_its_turn_behind_the_events_before_it() -> None:
    ahead = ReadAhead(10)
    await ahead.put("one")
    ahead.end(RuntimeError("broken off"))
    events = ahead.events()
    assert await anext(events) == "one"
    with pytest.raises(RuntimeError, match="broken off"):
        await anext(events)
