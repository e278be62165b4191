"""The body of a request, for servers on loopback that are plain ASGI applications."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any


async def whole_body(receive: Callable[[], Awaitable[Mapping[str, Any]]]) -> bytes:
    """All pieces of it, as they come: https://asgi.readthedocs.io/en/latest/specs/www.html#request-receive-event"""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body
