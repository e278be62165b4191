"""The console's door. Its pages are an application of their own, made when somebody comes.

They are a fifth of what a start would load, and a chatbot's first answer needs none of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from litestar import Litestar
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from proxy.corpus.lasting import lasting
from proxy.threads import in_thread
from proxy.wire.doorkeeper import is_console


class ConsoleDoor:
    """The ASGI layer before ``app``: what is under ``/console`` goes to the pages that ``make`` makes, once."""

    def __init__(self, app: ASGIApp, make: Callable[[], Litestar]) -> None:
        self._app = app
        self._make = make
        self._turn = asyncio.Lock()
        self._pages: Litestar | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP and is_console(scope["path"]):
            await (await self.pages())(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def pages(self) -> Litestar:
        """The console's application, whose state has its ``console``."""
        async with self._turn:
            if self._pages is None:
                self._pages = await in_thread(self._made)
            return self._pages

    def close(self) -> None:
        """End the processes that pages have begun."""
        if self._pages is not None:
            self._pages.state["console"].children.end()

    def _made(self) -> Litestar:
        with lasting():
            return self._make()
