"""The client of the benchmark: bare keep-alive connections, so that its own cost stays small beside the gateways'."""

from __future__ import annotations

import asyncio
import json
import re
import socket
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

import uvloop

TIMEOUT_S = 30.0
MOST_FAILURES = 50
MESSAGES = [{"role": "user", "content": "Can I get a bereavement fare, and how do I apply?"}]
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)")


def request(url: str, headers: Mapping[str, str], model: str, **more: Any) -> bytes:
    """The bytes of one POST /v1/chat/completions."""
    body = json.dumps({"model": model, "messages": MESSAGES, **more}).encode()
    lines = {
        "host": urlsplit(url).netloc,
        "content-type": "application/json",
        **headers,
        "content-length": str(len(body)),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"POST /v1/chat/completions HTTP/1.1\r\n{head}\r\n".encode() + body


@dataclass(slots=True)
class Load:
    """Seconds by request: to its end, and of streams to the first event; what failed, by its name."""

    wall_s: float = 0.0
    total_s: list[float] = field(default_factory=list)
    first_event_s: list[float] = field(default_factory=list)
    failed: Counter[str] = field(default_factory=Counter)


def load(url: str, requests: Iterable[bytes], *, connections: int, at_most_s: float) -> Load:
    """Each connection asks again as soon as it is answered, until the time or the requests are over."""
    return uvloop.run(_load(url, iter(requests), connections, at_most_s))


async def _load(url: str, requests: Iterator[bytes], connections: int, at_most_s: float) -> Load:
    measured, begun = Load(), perf_counter()

    async def keep_asking() -> None:
        connection = None
        while perf_counter() - begun < at_most_s and (sent := next(requests, None)) is not None:
            try:
                if connection is None or connection.is_closed:
                    connection = await _connected(url)
                async with asyncio.timeout(TIMEOUT_S):
                    answer = await connection.ask(sent)
            except (OSError, TimeoutError) as error:
                measured.failed[type(error).__name__] += 1
                connection = None
                if measured.failed.total() > MOST_FAILURES:
                    return
                continue
            _note(answer, measured)
        if connection is not None:
            connection.close()

    await asyncio.gather(*(keep_asking() for _ in range(connections)))
    measured.wall_s = perf_counter() - begun
    return measured


def _note(answer: Answer, measured: Load) -> None:
    if answer.status != 200 or b'"choices"' not in answer.body:
        measured.failed[f"status {answer.status}"] += 1
        return
    measured.total_s.append(answer.total_s)
    if answer.first_event_s:
        measured.first_event_s.append(answer.first_event_s)
        if b"[DONE]" not in answer.body:
            measured.failed["no end"] += 1


@dataclass(slots=True)
class Answer:
    status: int
    body: bytes
    total_s: float
    first_event_s: float


async def _connected(url: str) -> Connection:
    parts = urlsplit(url)
    _, connection = await asyncio.get_running_loop().create_connection(Connection, parts.hostname, parts.port)
    return connection


class Connection(asyncio.Protocol):
    """One request at a time."""

    is_closed = False
    _answered: asyncio.Future[Answer] | None = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, sent: bytes) -> asyncio.Future[Answer]:
        self._answered = asyncio.get_running_loop().create_future()
        self._read, self._head, self._first_event_s = bytearray(), b"", 0.0
        self._begun = perf_counter()
        self._transport.write(sent)
        return self._answered

    def data_received(self, data: bytes) -> None:
        now = perf_counter()
        self._read += data
        if not self._head:
            head, found, rest = self._read.partition(b"\r\n\r\n")
            if not found:
                return
            self._head, self._read = bytes(head).lower(), rest
        if not self._first_event_s and b"data:" in self._read:
            self._first_event_s = now - self._begun
        if self._is_whole():
            self._end(now)

    def _is_whole(self) -> bool:
        length = _LENGTH.search(self._head)
        return len(self._read) >= int(length[1]) if length else self._read.endswith(b"0\r\n\r\n")

    def _end(self, now: float) -> None:
        if self._answered is not None and not self._answered.done():
            status = int(self._head[9:12])
            answer = Answer(status, bytes(self._read), now - self._begun, self._first_event_s)
            self._answered.set_result(answer)
        if b"\r\nconnection: close" in self._head:
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_closed = True
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(ConnectionError("the gateway hung up"))

    def close(self) -> None:
        self.is_closed = True
        self._transport.close()
