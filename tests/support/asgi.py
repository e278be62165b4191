"""What every ASGI application of the tests has to do itself, and how one is asked without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote


async def lifespan(receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return


@dataclass(frozen=True, slots=True)
class Answered:
    """What an app sent: header names in lower case, the last of each; ``pieces`` are the body as it came."""

    status: int
    headers: dict[str, str]
    pieces: list[bytes]

    @property
    def body(self) -> bytes:
        return b"".join(self.pieces)


async def ask(
    app: Any,
    method: str,
    path: str,
    body: bytes = b"",
    headers: Sequence[tuple[bytes, bytes]] = (),
    leaves_after: int | None = None,
) -> Answered:
    """One request to an app in this process. What the app raises is raised here.

    The client stays until it is served, or leaves after so many pieces of the body.
    """
    start: dict[str, Any] = {}
    pieces: list[bytes] = []
    requested, served = iter([{"type": "http.request", "body": body, "more_body": False}]), asyncio.Event()

    async def receive() -> dict[str, Any]:
        for message in requested:
            return message
        await served.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        else:
            pieces.append(message.get("body", b""))
            if not message.get("more_body") or len(pieces) == leaves_after:
                served.set()

    named = [(b"host", b"localhost"), (b"content-length", str(len(body)).encode()), *headers]
    quoted, _, query = path.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(quoted),
        "raw_path": quoted.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": named,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
        "extensions": {},
    }
    await app(scope, receive, send)
    told = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in start["headers"]}
    return Answered(start["status"], told, pieces)
