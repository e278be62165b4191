"""A CRM-shaped server: what it answers for each path, and what it was asked, as it came over the wire."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from support.asgi import lifespan
from support.serving import served


@dataclass
class Crm:
    """``answers`` are JSON values, bytes, or (status, headers) by raw path; a path that is not there is 404.

    Each answer sets a cookie.
    """

    answers: dict[str, Any] = field(default_factory=dict)
    delay_s: float = 0.0
    url: str = ""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
            return
        path = scope["raw_path"].decode()
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.asked.append((path, headers))
        if self.delay_s:
            with suppress(TimeoutError):
                await asyncio.wait_for(_left(receive), self.delay_s)
                return
        answer = self.answers.get(path, (404, {}))
        status, told = answer if isinstance(answer, tuple) else (200, {})
        body = (
            answer
            if isinstance(answer, bytes)
            else json.dumps(None if isinstance(answer, tuple) else answer).encode()
        )
        told = {"set-cookie": f"whose={path}", **told}
        sent = [(name.encode(), value.encode()) for name, value in told.items()]
        await send({"type": "http.response.start", "status": status, "headers": sent})
        await send({"type": "http.response.body", "body": body})


async def _left(receive: Any) -> None:
    """Until the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


@contextmanager
def running_crm(**answers: Any) -> Iterator[Crm]:
    """``answers`` by customer, each at ``/customers/NAME``."""
    crm = Crm({f"/customers/{name}": answer for name, answer in answers.items()})
    with served(crm) as url:
        crm.url = url
        yield crm
