"""Clients that begin to send, or to read, and do not go on: each is ended, and keeps a place no longer than that."""

from __future__ import annotations

import json
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import SHIPPED_CORPUS
from support.mirror import Mirror
from support.serving import served

from proxy.app import create_app
from proxy.loopback import running_proxy
from proxy.settings import Settings
from proxy.wire import head_limit, prompt_bodies, unread_answers
from proxy.wire.connection import LimitedConnection

POST = b"POST %s HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
HEALTHZ = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n"
Address = tuple[str, int]


@pytest.fixture(autouse=True)
def short_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(head_limit, "HEAD_WITHIN_S", 0.5)
    monkeypatch.setattr(prompt_bodies, "WAIT_S", 0.5)
    monkeypatch.setattr(unread_answers, "READ_WITHIN_S", 0.5)


@pytest.fixture
def mirror() -> Mirror:
    return Mirror()


@pytest.fixture
def address(tmp_path: Path, mirror: Mirror) -> Iterator[Address]:
    """A proxy with a single place, served as ``cxai serve`` does."""
    with served(mirror) as upstream:
        settings = Settings(
            upstream=f"{upstream}/v1", corpus=SHIPPED_CORPUS, database_url=f"sqlite:///{tmp_path / 'ledger.db'}",
            log_level="error", max_requests=1, max_wait_s=0,
        )  # fmt: skip
        with served(create_app(settings), http=LimitedConnection, timeout_keep_alive=1) as url:
            yield address_of(url)


def address_of(url: str) -> Address:
    host, port = url.removeprefix("http://").split(":")
    return host, int(port)


@contextmanager
def connected(address: Address, *pieces: bytes) -> Iterator[socket.socket]:
    with socket.create_connection(address, timeout=10) as connection:
        for piece in pieces:
            connection.sendall(piece)
        yield connection


def until_closed(connection: socket.socket) -> bytes:
    answer = b""
    while piece := connection.recv(65_536):
        answer += piece
    return answer


def error_in(answer: bytes) -> dict[str, object]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 Request Timeout\r\n") and b"connection: close" in head.lower()
    assert b"x-cxai-verified: no" in head
    found: dict[str, object] = json.loads(body)["error"]
    assert found["code"] == "request_timeout" and found["type"] == "invalid_request_error"
    return found


def test_a_connection_on_which_nothing_comes_is_closed(address: Address) -> None:
    with connected(address) as connection:
        assert until_closed(connection) == b""


@pytest.mark.parametrize("start", [b"GET", b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nx-"])
def test_half_a_head_is_refused(address: Address, start: bytes) -> None:
    with connected(address, start) as connection:
        assert "headers did not arrive" in str(error_in(until_closed(connection))["message"])


def test_a_head_that_trickles_has_no_more_time(address: Address) -> None:
    began = time.monotonic()
    with connected(address, b"GET /healthz HTTP/1.1\r\nx: ") as connection, pytest.raises(OSError):
        while time.monotonic() - began < 5:
            connection.sendall(b"a")
            time.sleep(0.05)
    assert time.monotonic() - began < 5


def test_neither_has_one_behind_an_answer(address: Address) -> None:
    """With the first byte of it the server forgets how long it keeps idle connections."""
    with connected(address, HEALTHZ) as connection:
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
        connection.sendall(b"GET /")
        error_in(until_closed(connection))


def test_empty_lines_keep_no_connection(address: Address) -> None:
    began = time.monotonic()
    with connected(address, HEALTHZ) as connection, pytest.raises(OSError):
        while time.monotonic() - began < 5:
            connection.sendall(b"\r\n")
            time.sleep(0.1)
    assert time.monotonic() - began < 5


def test_a_body_that_comes_behind_its_answer_does_not_shorten_the_connections_life(address: Address) -> None:
    asked = HEALTHZ.replace(b"\r\n\r\n", b"\r\ncontent-length: 4\r\n\r\n")
    with connected(address, asked) as connection:
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
        connection.sendall(b"late")
        time.sleep(0.7)
        connection.sendall(asked)
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
        connection.sendall(b"la")
        assert until_closed(connection) == b""


def test_a_connection_is_used_again_after_longer_than_a_head_may_take(address: Address) -> None:
    with connected(address) as connection:
        for _ in range(2):
            connection.sendall(HEALTHZ)
            assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
            time.sleep(0.7)


@pytest.mark.parametrize(
    "path", [b"/v1/chat/completions", b"/v1/guard/check", b"/v1/responses", b"/v1/embeddings"]
)
def test_a_body_that_does_not_come_is_refused_and_its_place_is_free(
    address: Address, mirror: Mirror, path: bytes
) -> None:
    with connected(address, POST % (path, 100), b'{"model"') as slow:
        with connected(address, POST % (b"/v1/embeddings", 2) + b"{}") as other:
            assert other.recv(65_536).startswith(b"HTTP/1.1 429")
        assert "body did not arrive" in str(error_in(until_closed(slow))["message"])
    with connected(address, POST % (b"/v1/embeddings", 2) + b"{}") as other:
        assert other.recv(65_536).startswith(b"HTTP/1.1 200")


def test_a_body_that_keeps_coming_has_more_time(address: Address, mirror: Mirror) -> None:
    """An upload is as large as it likes, as long as it is not slow."""
    pieces, piece = 12, b"x" * 2_048
    with connected(address, POST % (b"/v1/embeddings", pieces * len(piece))) as connection:
        for _ in range(pieces):
            connection.sendall(piece)
            time.sleep(0.1)
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
    assert mirror.seen[0]["size"] == pieces * len(piece)


def test_an_answer_that_is_not_read_is_cut_off_and_its_place_is_free(
    address: Address, mirror: Mirror
) -> None:
    mirror.pieces = [b"x" * 65_536] * 500
    with connected(address, POST % (b"/v1/embeddings", 2) + b"{}") as unread:
        assert unread.recv(8).startswith(b"HTTP/1.1")
        with connected(address, POST % (b"/v1/embeddings", 2) + b"{}") as other:
            assert other.recv(65_536).startswith(b"HTTP/1.1 429")
        time.sleep(1.5)
        mirror.pieces = [b"{}"]
        with connected(address, POST % (b"/v1/embeddings", 2) + b"{}") as other:
            assert other.recv(65_536).startswith(b"HTTP/1.1 200")
        assert len(until_closed(unread)) < 500 * 65_536


def test_an_answer_that_is_read_slowly_is_read_to_its_end(address: Address, mirror: Mirror) -> None:
    mirror.pieces = [b"x" * 65_536] * 160
    size = sum(map(len, mirror.pieces))
    read = 0
    began = time.monotonic()
    with connected(address, POST % (b"/v1/embeddings", 2) + b"{}") as slow:
        while read < size:
            piece = slow.recv(1 << 20)
            assert piece, f"cut off after {read} of {size} bytes"
            read += len(piece)
            time.sleep(0.1)
    assert time.monotonic() - began > 1


def test_at_the_end_such_clients_leave_no_stack_trace(tmp_path: Path) -> None:
    settings = ("--corpus", str(SHIPPED_CORPUS), "--port", "0", "--upstream", "http://127.0.0.1:9/v1")
    with running_proxy(settings, folder=tmp_path, environment={"CXAI_DRAIN_S": "1"}) as proxy:
        address = address_of(proxy.url)
        with (
            connected(address),
            connected(address, b"GET /he"),
            connected(address, POST % (b"/v1/chat/completions", 100), b"{"),
            connected(address, POST % (b"/v1/embeddings", 100), b"{"),
        ):
            time.sleep(0.3)
            proxy.process.send_signal(signal.SIGTERM)
            assert proxy.process.wait(timeout=20) == 0
    assert "Traceback" not in proxy.log.read_text() and "CancelledError" not in proxy.log.read_text()


def test_a_form_of_the_console_that_does_not_come_is_refused_too(address: Address) -> None:
    form = POST % (b"/console/sign-in", 40)
    with connected(
        address, form.replace(b"application/json", b"application/x-www-form-urlencoded"), b"a=1"
    ) as slow:
        head, _, page = until_closed(slow).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 ") and b"did not arrive in time" in page
