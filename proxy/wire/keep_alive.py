"""Comments in an event stream that is still, so that nobody between us and the client takes it for dead."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

# A line that begins with a colon is a comment, which readers of event streams pass over:
# https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
KEEP_ALIVE = b": keep-alive\n\n"


async def kept_alive(events: AsyncIterator[bytes], every_s: float) -> AsyncGenerator[bytes, None]:
    """The events, and a comment whenever none has come for ``every_s`` seconds; one event is made ahead at most."""
    made: asyncio.Queue[bytes | None] = asyncio.Queue(1)

    async def make() -> None:
        try:
            async for event in events:
                await made.put(event)
        except Exception:
            await made.put(None)
            raise
        await made.put(None)

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
        await making
    finally:
        making.cancel()
