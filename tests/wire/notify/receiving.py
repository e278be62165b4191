"""Real servers on loopback that take what is sent: one for webhooks, one for mails."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message


@dataclass
class Calls:
    """What was called; ``statuses`` are the answers to come, 200 once they are used up."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    received: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


class _Server(ThreadingHTTPServer):
    request_queue_size = 128  # more come at once than the usual 5 on a busy machine, which would cut them off


@contextmanager
def receiver() -> Iterator[Calls]:
    calls = Calls()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            named = {name.lower(): value for name, value in self.headers.items()}
            calls.received.append((self.path, named, body))
            self.send_response(calls.statuses.pop(0) if calls.statuses else 200)
            for name, value in calls.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = _Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    calls.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield calls
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Mails(Message):
    def __init__(self) -> None:
        super().__init__()
        self.received: list[Any] = []

    def handle_message(self, message: Any) -> None:
        self.received.append(message)


@contextmanager
def mail_server() -> Iterator[tuple[int, list[Any]]]:
    """The port, and the mails that came."""
    mails = _Mails()
    with socket.socket() as free:  # the controller wants to know its port beforehand
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(mails, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield port, mails.received
    finally:
        controller.stop()


@contextmanager
def endless(beginning: bytes, more: bytes) -> Iterator[str]:
    """The address of a server that answers whoever calls with ``beginning``, and then with ``more`` without end."""
    stopped = threading.Event()

    def answer(called: socket.socket) -> None:
        with called, suppress(OSError):
            called.recv(65_536)
            called.sendall(beginning)
            while not stopped.wait(0.02):
                called.sendall(more)

    def serve(server: socket.socket) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=answer, args=(server.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=serve, args=(server,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            stopped.set()
            server.shutdown(socket.SHUT_RDWR)
