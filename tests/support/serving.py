"""A real ASGI server on a free loopback port, in a thread of the test's process."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import uvicorn
from support.loop_time import Steps


class _Server(uvicorn.Server):
    """Ends as soon as it is told to: uvicorn looks ten times a second, which thousands of servers would wait for."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.serves = threading.Event()

    async def main_loop(self) -> None:
        self._loop, self._told = asyncio.get_running_loop(), asyncio.Event()
        ticking, told = asyncio.create_task(super().main_loop()), asyncio.create_task(self._told.wait())
        self.serves.set()
        await asyncio.wait({ticking, told}, return_when=asyncio.FIRST_COMPLETED)
        ticking.cancel()
        told.cancel()

    def end(self) -> None:
        self.should_exit = True
        if self.serves.is_set():
            with suppress(RuntimeError):  # it has ended by itself
                self._loop.call_soon_threadsafe(self._told.set)


@contextmanager
def served(
    app: Any, *, loop: str = "auto", steps: Steps | None = None, drain_s: int = 1, **options: Any
) -> Iterator[str]:
    """Yields ``http://127.0.0.1:PORT`` once the app has started; stops it gracefully afterwards.

    What still runs then has ``drain_s`` to end: a page that listens, a provider that was told to hang.
    ``steps`` are told which thread it runs in, once it has started.
    """
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = _Server(
        uvicorn.Config(
            app, log_config=None, access_log=False, loop=loop, timeout_graceful_shutdown=drain_s, **options
        )
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        _wait_until_started(server, thread)
        if steps is not None:
            steps.thread = thread.ident or 0
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.end()
        thread.join(timeout=15)
        listener.close()


def _wait_until_started(server: _Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + 60
    while not server.serves.wait(0.1):
        if not thread.is_alive() or time.monotonic() > deadline:
            raise RuntimeError("the server did not start")
