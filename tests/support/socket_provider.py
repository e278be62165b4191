"""A provider at the level of its socket: it knows how much of its answer was taken, and when it was hung up on."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from support.raw_answers import JsonObject, event_of

SEND_BUFFER = 16_384  # bytes that the system holds for it, or twice that; else it would be megabytes
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"

Events = Callable[[], AsyncIterator[JsonObject]]


@dataclass(slots=True)
class SocketProvider:
    """One answer to every request: ``events``, after the headers, which come after ``waits_s``.

    ``sent`` counts the bytes that the connection has taken. ``left_at`` is when the other side closed it
    (``time.perf_counter``).
    """

    events: Events
    waits_s: float = 0.0
    url: str = ""
    sent: int = 0
    finished: bool = False
    left_at: float | None = None
    asked: threading.Event = field(default_factory=threading.Event)
    left: threading.Event = field(default_factory=threading.Event)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _request(reader)
        self.asked.set()
        telling = asyncio.create_task(self._tell(writer))
        with suppress(ConnectionError):
            await reader.read()  # there is no more of it: this waits for the end
        if not self.finished:
            self.left_at = time.perf_counter()
            self.left.set()
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)
        writer.close()

    async def _tell(self, writer: asyncio.StreamWriter) -> None:
        writer.transport.set_write_buffer_limits(high=0)
        await asyncio.sleep(self.waits_s)
        writer.write(_HEAD)
        async for event in self.events():
            data = event_of(event)
            writer.write(data)
            await writer.drain()
            self.sent += len(data)
        writer.write(b"data: [DONE]\n\n")
        await writer.drain()
        self.finished = True
        writer.close()

    def stalls(self, for_s: float = 1.0, within_s: float = 30.0) -> int:
        """Wait until nothing was taken for so long; returns what was taken by then."""
        deadline, taken, since = time.monotonic() + within_s, -1, time.monotonic()
        while time.monotonic() < deadline:
            if self.sent != taken:
                taken, since = self.sent, time.monotonic()
            elif taken and time.monotonic() - since > for_s:
                return taken
            time.sleep(0.02)
        raise AssertionError(f"the provider could still send after {within_s} s: {self.sent} bytes")


@contextmanager
def socket_provider(events: Events, *, waits_s: float = 0.0) -> Iterator[SocketProvider]:
    """Serves on loopback, in a thread of its own."""
    provider = SocketProvider(events, waits_s)
    listening = socket.create_server(("127.0.0.1", 0))
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    provider.url = f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(
        asyncio.start_server(provider.answer, sock=listening), loop
    ).result()
    try:
        yield provider
    finally:
        asyncio.run_coroutine_threadsafe(_stop(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _stop(server: asyncio.Server) -> None:
    server.close()
    mine = asyncio.current_task()
    answering = [task for task in asyncio.all_tasks() if task is not mine]
    for task in answering:
        task.cancel()
    await asyncio.gather(*answering, return_exceptions=True)


async def _request(reader: asyncio.StreamReader) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    await reader.readexactly(int(head.partition("content-length:")[2].split("\r\n")[0]))


@contextmanager
def asking(url: str, body: bytes, *, receive_buffer: int | None = None) -> Iterator[socket.socket]:
    """A client's connection on which ``body`` was posted to a proxy's chat door; nothing is read from it yet."""
    host, port = url.removeprefix("http://").split(":")
    client = socket.socket()
    if receive_buffer is not None:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    client.settimeout(30)
    client.connect((host, int(port)))
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )
    client.sendall(head.encode() + body)
    try:
        yield client
    finally:
        client.close()


def read_until(client: socket.socket, mark: bytes) -> bytes:
    """What comes up to the piece that has the mark."""
    read = b""
    while mark not in read:
        piece = client.recv(65_536)
        if not piece:
            raise AssertionError(f"the connection ended before {mark!r}: {read!r}")
        read += piece
    return read
