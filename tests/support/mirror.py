"""A provider that tells what it was sent, byte for byte, and can send much without holding it."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, field
from typing import Any

from support.asgi import lifespan

JsonObject = dict[str, Any]


@dataclass(slots=True)
class Mirror:
    """An ASGI app. ``seen`` are the requests; an answer has ``status``, ``headers`` and ``pieces``.

    ``cut`` breaks the connection after the pieces. ``sent`` counts bytes as the connection takes them.
    """

    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"content-type": "application/json"})
    pieces: list[bytes] = field(default_factory=lambda: [b"{}"])
    cut: bool = False
    seen: list[JsonObject] = field(default_factory=list)
    sent: int = 0

    async def __call__(self, scope: JsonObject, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
            return
        self.sent = 0
        request = {
            "method": scope["method"],
            "path": scope["raw_path"].decode(),
            "query": scope["query_string"].decode(),
            "headers": {name.decode(): value.decode() for name, value in scope["headers"]},
            **await self._read(receive),
        }
        self.seen.append(request)
        raw = [(name.encode(), value.encode()) for name, value in self.headers.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": raw})
        for piece in self.pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            self.sent += len(piece)
            await asyncio.sleep(0)
        if self.cut:
            raise ConnectionAbortedError("the script says: cut")
        await send({"type": "http.response.body", "body": b""})

    async def _read(self, receive: Any) -> JsonObject:
        """The size and the hash of the body, and the body where it is short."""
        digest, size, start, more = hashlib.sha256(), 0, b"", True
        while more:
            message = await receive()
            body = message.get("body", b"")
            digest.update(body)
            size += len(body)
            start = start if len(start) > 100_000 else start + body
            more = message.get("more_body", False)
        return {"size": size, "sha256": digest.hexdigest(), "body": start}
