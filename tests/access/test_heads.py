"""Headers and bodies that are too much, over a real socket."""

from __future__ import annotations

import json
import select
import socket
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from conftest import RunningProxy
from support.serving import served

from proxy.wire.head_limit import MOST_HEAD_BYTES, MOST_HEADERS, LimitedHeads
from proxy.wire.request_body import MOST_DEPTH

PIECE = b"a" * 8192
READ_AT_ONCE = 262_144  # what asyncio and uvloop take from a socket at a time


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answers with how many bytes its body had."""
    size, more = 0, True
    while more:
        message = await receive()
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    body = str(size).encode()
    head = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    with served(echo, http=LimitedHeads, lifespan="off") as url:
        host, port = url.removeprefix("http://").split(":")
        yield host, int(port)


def sent_until_refused(address: tuple[str, int], start: bytes, piece: bytes) -> tuple[int, bytes]:
    """Send ``piece`` again and again: how many bytes it took until the connection was closed, and what came back."""
    sent = 0
    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall(start)
        try:
            while sent < 50_000_000:
                connection.sendall(piece)
                sent += len(piece)
                time.sleep(0.001)
        except OSError:
            pass
        try:
            return sent, connection.recv(65_536)
        except OSError:  # a reset may overtake the answer
            return sent, b""


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        (b"GET / HTTP/1.1\r\nhost: localhost\r\nlong: ", PIECE),
        (b"GET / HTTP/1.1\r\nhost: localhost\r\n", b"a: b\r\n" * 1000),
        (b"GET /", PIECE),
        (b"GET / HTTP/1.1\r\nhost: localhost\r\n" + PIECE, PIECE),
        (
            b"POST / HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\ntrailer: ",
            PIECE,
        ),
        (
            b"POST / HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n0\r\n",
            b"a: b\r\n" * 1000,
        ),
    ],
    ids=["one header", "many headers", "the path", "a name", "one trailer", "many trailers"],
)
def test_headers_without_end_are_refused_while_they_arrive(
    address: tuple[str, int], start: bytes, piece: bytes
) -> None:
    sent, answer = sent_until_refused(address, start, piece)
    # Our side's and the system's buffers take some more than the proxy reads.
    assert sent < MOST_HEAD_BYTES + READ_AT_ONCE + 8_000_000
    assert answer == b"" or b" 431 " in answer.split(b"\r\n")[0] or b" 400 " in answer.split(b"\r\n")[0]


def test_a_refusal_says_what_was_wrong(address: tuple[str, int]) -> None:
    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nhost: localhost\r\nlong: ")
        while not select.select([connection], [], [], 0.05)[0]:
            connection.sendall(PIECE)
        head, _, body = connection.recv(65_536).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 431 ") and b"x-cxai-verified: no" in head
    assert json.loads(body)["error"]["code"] == "headers_too_large"


@pytest.mark.parametrize("chunked", [False, True])
def test_a_large_body_is_no_head(address: tuple[str, int], chunked: bool) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(40):
            yield b"x" * 200_000

    url = f"http://{address[0]}:{address[1]}/"
    with httpx.Client() as client:
        for _ in range(3):
            content = pieces() if chunked else b"x" * 8_000_000
            assert client.post(url, content=content).text == "8000000"


def test_requests_behind_each_other_on_one_connection_are_answered(address: tuple[str, int]) -> None:
    large = b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 300000\r\n\r\n" + b"x" * 300_000
    small = b"GET / HTTP/1.1\r\nhost: localhost\r\nlong: " + b"a" * 40_000 + b"\r\n\r\n"
    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall((large + small) * 3)
        answers = b""
        while answers.count(b"HTTP/1.1 200") < 6:
            received = connection.recv(65_536)
            assert received, answers
            answers += received


def test_many_or_long_headers_that_end_are_refused_too(proxy: RunningProxy) -> None:
    for headers in ({f"h{n}": "x" for n in range(MOST_HEADERS)}, {"h": "x" * MOST_HEAD_BYTES}):
        answer = httpx.get(proxy.url + "/v1/models", headers=headers)
        assert answer.status_code == 431 and answer.headers["x-cxai-verified"] == "no"
        assert answer.json()["error"]["code"] == "headers_too_large"
    assert (
        httpx.get(proxy.url + "/v1/models", headers={f"h{n}": "x" * 400 for n in range(80)}).status_code
        == 200
    )


def nested(depth: int, inner: str = '{"a":', end: str = "}") -> str:
    return inner * depth + "1" + end * depth


@pytest.mark.parametrize(
    "path", ["/v1/chat/completions", "/v1/responses", "/v1/completions", "/v1/guard/check"]
)
@pytest.mark.parametrize("signs", [("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")])
@pytest.mark.parametrize("depth", [MOST_DEPTH, 10_000, 1_000_000])
def test_json_that_nests_too_deep_is_a_request_that_is_wrong(
    proxy: RunningProxy, path: str, signs: tuple[str, str], depth: int
) -> None:
    content = f'{{"model": "m", "messages": [], "metadata": {nested(depth, *signs)}}}'
    answer = httpx.post(proxy.url + path, content=content, timeout=30)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["code"] == "invalid_json" and "nested too deeply" in error["message"]
    assert httpx.get(proxy.url + "/healthz").status_code == 200


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/responses"])
def test_what_nests_as_deep_as_it_may_is_answered(proxy: RunningProxy, path: str) -> None:
    """Up to the limit nothing of ours recurses too far: the request is forwarded, and recorded."""
    deep = nested(MOST_DEPTH - 3)
    asked = {
        "/v1/chat/completions": f'"messages": [{{"role": "user", "content": "?"}}], "metadata": {deep}',
        "/v1/responses": f'"input": [{{"role": "user", "content": "?", "x": {nested(MOST_DEPTH - 4)}}}]',
    }
    content = f'{{"model": "m", {asked[path]}}}'
    answer = httpx.post(proxy.url + path, content=content, timeout=30)
    assert answer.status_code in (200, 502), answer.text  # the provider speaks only one of the two dialects
    assert answer.json().get("error", {}).get("code") in (None, "upstream_invalid_response")
