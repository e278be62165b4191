"""An application of ours in a thread of this process, with its life span, asked over a real port."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeVar

import uvicorn

from proxy.loopback import HOST, STOP_TIMEOUT_S, listening_socket
from proxy.wire.connection import LimitedConnection

Came = TypeVar("Came")
_LOOKS_EVERY_S = 0.01


class LivingApp(Protocol):
    """An ASGI application with a life span, as Litestar's."""

    def lifespan(self) -> AbstractAsyncContextManager[None]: ...

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None: ...


class HostedApp:
    """Serves from here to ``close``. What goes wrong at its start is raised as it is."""

    def __init__(self, app: LivingApp, *, name: str) -> None:
        self._bound = listening_socket(0)
        self.url = f"http://{HOST}:{self._bound.getsockname()[1]}"
        config = uvicorn.Config(
            app,
            http=LimitedConnection,
            lifespan="off",
            log_config=None,
            log_level="critical",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._began: Future[asyncio.AbstractEventLoop] = Future()
        self._thread = threading.Thread(target=self._run, args=(app, config), name=name, daemon=True)
        self._thread.start()
        self._loop = self._began.result()

    def submit(self, work: Coroutine[Any, Any, Came]) -> Future[Came]:
        """Do this in the application's event loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join(STOP_TIMEOUT_S)

    def _run(self, app: LivingApp, config: uvicorn.Config) -> None:
        try:
            with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
                runner.run(self._serve(app))
        except BaseException as error:
            if self._began.done():
                raise
            self._began.set_exception(error)

    async def _serve(self, app: LivingApp) -> None:
        async with app.lifespan():
            serving = asyncio.create_task(self._server.serve(sockets=[self._bound]))
            while not self._server.started and not serving.done():
                await asyncio.sleep(_LOOKS_EVERY_S)
            self._began.set_result(asyncio.get_running_loop())
            await serving
