"""A request's body arrives in time, or is refused: who stops sending in the middle of one would keep a place."""

from __future__ import annotations

import asyncio
import time

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPReceiveMessage, Receive, Scope, Send, WebSocketReceiveMessage

from proxy.wire.errors import RequestTimeout

WAIT_S = 30.0
BYTES_PER_S = 8_192  # each of these, once it is here, gives the rest one second more

TOO_SLOW = (
    f"The request's body did not arrive in time: within {WAIT_S:.0f} seconds, "
    f"and one more for each {BYTES_PER_S} bytes."
)


class PromptBodies:
    """The ASGI layer around all that reads bodies."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, in_time(receive) if scope["type"] == ScopeType.HTTP else receive, send)


def in_time(receive: Receive) -> Receive:
    """``receive`` that raises RequestTimeout where the body does not come; what comes behind the body has no limit.

    Only the time that is spent waiting for the client counts, not that in which nobody asks for more. The server
    cancels who still waits when it stops: for a client that has not sent its request, that is the same.
    """
    waited_s, size, is_whole = 0.0, 0, False

    async def next_message() -> HTTPReceiveMessage | WebSocketReceiveMessage:
        nonlocal waited_s, size, is_whole
        if is_whole:
            return await receive()
        began = time.monotonic()
        try:
            async with asyncio.timeout(WAIT_S + size / BYTES_PER_S - waited_s):
                message = await receive()
        except (TimeoutError, asyncio.CancelledError):
            raise RequestTimeout(TOO_SLOW) from None
        waited_s += time.monotonic() - began
        if message["type"] == "http.request":
            size += len(message["body"])
        is_whole = message["type"] != "http.request" or not message["more_body"]
        return message

    return next_message
