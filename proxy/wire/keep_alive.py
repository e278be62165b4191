"""Comments in an event stream that is still, so that nobody between us and the client takes it for dead."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

# A line that begins with a colon is a comment, which readers of event streams pass over:
# https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
KEEP_ALIVE = b": keep-alive\n\n"


async def kept_alive(events: AsyncGenerator[bytes, None], every_s: float) -> AsyncGenerator[bytes, None]:
    """The events, and a comment whenever none has come for ``every_s`` seconds.

    An event is made when the one before it has been taken: what a gate gives counts as delivered.
    """
    made: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def make() -> None:
        try:
            async with aclosing(events):
                async for event in events:
                    made.put_nowait(event)
                    await made.join()
        finally:
            made.put_nowait(None)

    making = asyncio.create_task(make())
    try:
        while True:
            try:
                async with asyncio.timeout(every_s):
                    event = await made.get()
            except TimeoutError:
                yield KEEP_ALIVE
                continue
            if event is None:
                break
            yield event
            made.task_done()
        await making
    finally:
        making.cancel()
