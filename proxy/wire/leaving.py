"""A client that hangs up: what is done for it alone is not done to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from litestar.types import Receive

from proxy.wire.errors import ClientLeft

Result = TypeVar("Result")


async def unless_left(receive: Receive, work: Awaitable[Result]) -> Result:
    """Await ``work``, which is cancelled where the client hangs up before; then raises ClientLeft.

    The request's body must have been received: all that can come then is that the client leaves.
    """
    working, leaving = asyncio.ensure_future(work), asyncio.ensure_future(receive())
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return await working
        raise ClientLeft("The client closed the connection before the answer began.")
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)
