"""The console's pages are made when somebody comes, once, and a start does without them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest
from litestar import Litestar, get
from litestar.datastructures import State
from litestar.types import Receive, Scope, Send
from support.people import add_person

from proxy.access.people.roles import Role
from proxy.console.ahead import read_ahead
from proxy.console.children import Children
from proxy.console.door import ConsoleDoor
from proxy.ledger.ledger import Ledger


class Opened:
    """A door with one page behind it; ``made`` is how often that was made."""

    def __init__(self) -> None:
        self.made = 0
        self.fails = False
        self.children = Children("sqlite://")
        self.door = ConsoleDoor(elsewhere, self.make)

    def make(self) -> Litestar:
        self.made += 1
        if self.fails:
            raise OSError("no such template")

        @get("/console/queue", sync_to_thread=False)
        def queue() -> str:
            return "the queue"

        state = State({"console": self})
        return Litestar([queue], state=state, openapi_config=None, logging_config=None)

    async def get(self, path: str) -> str:
        transport = httpx.ASGITransport(self.door)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://proxy") as client:
            return (await client.get(path)).text


async def elsewhere(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"elsewhere", "more_body": False})


async def test_pages_are_made_once_for_all_who_come_first() -> None:
    opened = Opened()
    assert await opened.get("/v1/models") == "elsewhere" and opened.made == 0
    came = await asyncio.gather(*(opened.get("/console/queue") for _ in range(5)))
    assert set(came) == {"the queue"} and opened.made == 1


async def test_pages_that_could_not_be_made_are_made_anew() -> None:
    opened = Opened()
    opened.fails = True
    with pytest.raises(OSError, match="no such template"):
        await opened.get("/console/queue")
    opened.fails = False
    assert await opened.get("/console/queue") == "the queue"


@pytest.mark.parametrize(
    ("roles", "made", "libraries"), [((), 0, False), ((Role.REVIEWER,), 1, False), ((Role.LEAD,), 1, True)]
)
async def test_pages_are_made_ahead_for_people_who_are_there(
    tmp_path: Path, roles: tuple[Role, ...], made: int, libraries: bool
) -> None:
    opened = Opened()
    with Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}") as ledger:
        if roles:
            add_person(ledger, *roles)
        await read_ahead(opened.door, ledger.people)
    processes = [kept._process for kept in opened.children._kept.values()]
    assert opened.made == made and any(process is not None for process in processes) is libraries
    opened.door.close()
    assert all(kept._process is None for kept in opened.children._kept.values())
