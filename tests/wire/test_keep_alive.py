"""Comments come where an event stream is still, and nothing is made before what comes first has been taken."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest

from proxy.wire.keep_alive import KEEP_ALIVE, kept_alive


class Events:
    """Numbered events; ``made`` counts them, and ``closed`` says that nobody makes any more."""

    def __init__(self, pause_s: float = 0.0) -> None:
        self.pause_s = pause_s
        self.made = 0
        self.closed = False

    async def __call__(self, count: int) -> AsyncGenerator[bytes, None]:
        try:
            for number in range(count):
                await asyncio.sleep(self.pause_s)
                self.made += 1
                yield b"%d" % number
        finally:
            self.closed = True


async def test_all_events_come_in_their_order_with_comments_between() -> None:
    told = [event async for event in kept_alive(Events(pause_s=0.05)(3), every_s=0.01)]
    assert [event for event in told if event != KEEP_ALIVE] == [b"0", b"1", b"2"]
    assert told.count(KEEP_ALIVE) >= 3 and told[0] == KEEP_ALIVE


async def test_an_event_is_made_when_the_one_before_it_has_been_taken() -> None:
    """What a gate gives counts as delivered: of that nothing may wait here."""
    events = Events()
    stream = kept_alive(events(3), every_s=10)
    for number in range(3):
        assert await anext(stream) == b"%d" % number
        await asyncio.sleep(0.01)
        assert events.made == number + 1


async def test_who_stops_reading_closes_the_events() -> None:
    events = Events()
    stream = kept_alive(events(3), every_s=10)
    await anext(stream)
    await stream.aclose()
    await asyncio.sleep(0.01)
    assert events.closed and events.made == 1


async def test_a_failure_is_told_behind_what_came_before_it() -> None:
    async def fails() -> AsyncGenerator[bytes, None]:
        yield b"0"
        raise RuntimeError("no more")

    stream = kept_alive(fails(), every_s=10)
    assert await anext(stream) == b"0"
    with pytest.raises(RuntimeError, match="no more"):
        await anext(stream)
