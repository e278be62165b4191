"""Requests that want to confuse: each gets an honest, OpenAI-shaped answer, and none stops the others."""

from __future__ import annotations

import gzip
import json
import socket
import time
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from conftest import RunningProxy, StartProxy
from support.provider import Reply

TRUE = "You must apply before you travel."
FALSE = "You can claim the bereavement fare within 90 days after your trip."
BODY = {"model": "m", "messages": [{"role": "user", "content": "Bereavement?"}]}


def raw(proxy: RunningProxy, head: str, body: bytes = b"", *, wait_s: float = 10.0) -> bytes:
    """What the proxy answers to these very bytes."""
    address = urlsplit(proxy.url)
    with socket.create_connection((address.hostname, address.port), timeout=wait_s) as connection:
        connection.sendall(head.replace("\n", "\r\n").encode("latin-1") + b"\r\n" + body)
        answer = b""
        try:
            while part := connection.recv(65536):
                answer += part
        except (TimeoutError, ConnectionResetError):
            pass
        return answer


def post_head(*headers: str, length: int | None = None, path: str = "/v1/chat/completions") -> str:
    lines = [
        f"POST {path} HTTP/1.1",
        "host: localhost",
        "content-type: application/json",
        "connection: close",
        *headers,
    ]
    lines += [] if length is None else [f"content-length: {length}"]
    return "\n".join(lines) + "\n"


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


@pytest.mark.parametrize(
    "path", ["/v1/nothing", "/v1/chat/completions", "/v1/guard/check", "/v1/" + "x" * 3000]
)
def test_every_error_names_its_trace(proxy: RunningProxy, path: str) -> None:
    for response in (httpx.get(proxy.url + path), httpx.post(proxy.url + path, content=b"{")):
        assert response.status_code in (400, 404, 405)
        assert len(response.headers["x-cxai-trace-id"]) == 32
        assert response.json()["error"]["message"]


def test_paths_and_methods_that_nobody_serves_make_no_new_metrics(start_proxy: StartProxy) -> None:
    proxy = start_proxy()
    proxy.provider.answers(TRUE)
    for number in range(60):
        httpx.get(f"{proxy.url}/v1/probe-{number}")
    raw(proxy, post_head(length=0).replace("POST", "BREW"))
    proxy.ask("Bereavement?")
    text = httpx.get(proxy.url + "/metrics").text
    assert "probe-" not in text and "BREW" not in text
    assert 'endpoint="POST /v1/chat/completions"' in text and 'endpoint="GET /v1/*"' in text


@pytest.mark.parametrize(
    "path",
    ["/v1/chat/completions/", "/v1//chat/completions", "//v1/chat/completions", "/v1/%63hat/completions"],
)
def test_another_spelling_of_the_path_is_no_way_around(proxy: RunningProxy, path: str) -> None:
    proxy.provider.answers(FALSE)
    body = json.dumps(BODY).encode()
    answer = raw(proxy, post_head(length=len(body), path=path), body)
    assert status_of(answer) in (200, 404) and b"within 90 days" not in answer
    assert b"x-cxai-trace-id" in answer.lower()


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "DELETE"])
def test_other_methods_ask_no_model(proxy: RunningProxy, method: str) -> None:
    before = len(proxy.provider.requests)
    response = httpx.request(method, proxy.url + "/v1/chat/completions")
    assert response.status_code in (204, 405)
    assert "POST" in response.headers["allow"]
    if response.status_code == 405:
        assert response.headers["x-cxai-unverified-reason"] == "method_not_allowed"
    assert not [name for name in response.headers if name.startswith("access-control-")]
    assert len(proxy.provider.requests) == before


@pytest.mark.parametrize(
    "name", ["x-cxai-customer-id", "x-cxai-conversation-id", "x-cxai-audience", "x-cxai-channel"]
)
def test_a_header_of_ours_that_is_too_long_or_comes_twice_is_refused(proxy: RunningProxy, name: str) -> None:
    long = proxy.ask("Hi", headers={name: "x" * 10_000})
    assert long.status_code == 400 and long.json()["error"]["param"] == name
    twice = httpx.post(proxy.url + "/v1/chat/completions", json=BODY, headers=[(name, "a"), (name, "staff")])
    assert twice.status_code == 400 and twice.json()["error"]["param"] == name


def test_ids_with_odd_characters_are_kept_and_split_no_header(proxy: RunningProxy) -> None:
    proxy.provider.answers(TRUE)
    body = json.dumps({**BODY, "user": "a\r\nx-injected: 1\u0000 é"}).encode()
    for header in ("x-cxai-conversation-id: k\xe9\xffse", "x-cxai-channel: a,b;c"):
        answer = raw(proxy, post_head(header, length=len(body)), body)
        assert status_of(answer) == 200 and b"\r\nx-injected" not in answer
    folded = raw(
        proxy, post_head("x-cxai-conversation-id: a\n x-cxai-audience: staff", length=len(body)), body
    )
    assert status_of(folded) in (200, 400)


@pytest.mark.parametrize("stream", [False, True])
def test_a_header_with_odd_characters_goes_to_the_provider_as_it_came(
    proxy: RunningProxy, stream: bool
) -> None:
    proxy.provider.answers(TRUE)
    body = json.dumps({**BODY, "stream": stream}).encode()
    answer = raw(proxy, post_head("x-trace-note: caf\xe9 \x80", length=len(body)), body)
    assert status_of(answer) == 200 and b"You must apply" in answer
    assert proxy.provider.headers[-1]["x-trace-note"] == "caf\xe9 \x80"


@pytest.mark.parametrize("status", [200, 429])
@pytest.mark.parametrize("stream", [False, True])
def test_a_header_with_odd_characters_comes_back_as_it_was(
    proxy: RunningProxy, stream: bool, status: int
) -> None:
    sent = "é 退"
    proxy.provider.replies = [Reply((TRUE,), status=status, headers={"x-request-id": sent})]
    response = proxy.ask("Bereavement?", stream=stream)
    assert response.status_code == status
    assert dict(response.headers.raw)[b"x-request-id"] == sent.encode()


def test_a_customer_id_in_the_body_that_is_too_long_is_none(proxy: RunningProxy) -> None:
    proxy.provider.answers(TRUE)
    response = proxy.ask("Bereavement?", user="x" * 10_000)
    record = proxy.ledger().answer(response.headers["x-cxai-response-id"])
    assert record is not None and record.customer_id is None


@pytest.mark.parametrize(
    "value",
    ["2026-13-01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "x" * 200, "20260101T00"],
)
def test_a_policy_date_that_is_none_is_refused(proxy: RunningProxy, value: str) -> None:
    response = proxy.ask("Hi", headers={"x-cxai-as-of": value})
    assert response.status_code in (200, 400)
    assert value == "20260101T00" or response.json()["error"]["code"] == "invalid_header"


@pytest.mark.parametrize(
    "body",
    [
        b'{"model": "m", "messages": [{"role": "user", "content": "x"}], "temperature": NaN}',
        b'{"model": "m", "messages": [{"role": "user", "content": "x"}], "temperature": 1e999}',
        b'{"model": "m", "messages": [{"role": "user", "content": "\\ud800"}]}',
        b'{"model": "m", "messages": [{"role": "user", "content": "x"}], "n": 1000000000000000000000000}',
        b'{"model": "m", "messages": [{"role": "user", "content": "x"}]}{}',
        b'{"model": "m", "messages": [{"role": "user", "content": "x"}], "a": '
        + b'{"a":' * 5000
        + b"1"
        + b"}" * 5001,
    ],
)
def test_json_that_is_none_is_refused(proxy: RunningProxy, body: bytes) -> None:
    response = httpx.post(proxy.url + "/v1/chat/completions", content=body, timeout=30)
    assert response.status_code == 400 and response.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize("stream", [False, True])
def test_unknown_fields_of_any_size_are_forwarded(start_proxy: StartProxy, stream: bool) -> None:
    proxy = start_proxy(policies="routes:\n  - name: whole\n    delivery: whole\n")
    proxy.provider.answers(TRUE)
    deep: Any = 1
    for _ in range(150):
        deep = {"a": [deep]}
    response = proxy.ask(
        "Bereavement?", stream=stream, seed=10**30, metadata={"deep": deep, "\u0000": "\u0000"}
    )
    assert response.status_code == 200
    assert proxy.provider.requests[-1]["seed"] == 10**30
    assert proxy.provider.requests[-1]["metadata"]["deep"] == deep


def test_of_two_keys_the_guard_and_the_provider_read_the_same(proxy: RunningProxy) -> None:
    proxy.provider.answers(TRUE)
    body = b'{"model": "m", "stream": true, "messages": [{"role": "user", "content": "a"}], "stream": false}'
    response = httpx.post(proxy.url + "/v1/chat/completions", content=body)
    assert response.json()["choices"][0]["message"]["content"] == TRUE


def test_a_compressed_body_is_told_so(proxy: RunningProxy) -> None:
    packed = gzip.compress(json.dumps(BODY).encode())
    response = httpx.post(
        proxy.url + "/v1/chat/completions", content=packed, headers={"content-encoding": "gzip"}
    )
    assert response.status_code == 415 and "Content-Encoding" in response.json()["error"]["message"]


def test_bodies_that_lie_about_their_length(start_proxy: StartProxy) -> None:
    proxy = start_proxy(max_body_bytes=5000)
    proxy.provider.answers(TRUE)
    part = b"x" * 3000
    chunked = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for _ in range(3)) + b"0\r\n\r\n"
    assert status_of(raw(proxy, post_head("transfer-encoding: chunked"), chunked)) == 413
    assert status_of(raw(proxy, post_head(length=10**9), b"{}")) == 413
    body = json.dumps(BODY).encode()
    assert status_of(raw(proxy, post_head(length=10), body)) == 400  # the rest is no part of it
    assert (
        raw(proxy, post_head(length=len(body) + 10), body, wait_s=0.5) == b""
    )  # waits for the rest, no more
    both = post_head("transfer-encoding: chunked", length=len(body))
    assert b"HTTP/1.1 200" not in raw(proxy, both, body, wait_s=1)
    assert proxy.ask("Bereavement?").status_code == 200


def test_a_question_of_9_megabytes_is_answered_and_stops_nobody(proxy: RunningProxy) -> None:
    proxy.provider.answers(f"{TRUE} I have refunded $450 to your card. Your booking ZFA04Y is confirmed.")
    began = time.monotonic()
    response = proxy.ask("bereavement $450 ZFA04Y 12 days " * 280_000)
    assert response.status_code == 200 and response.json()["cxai"]["unverified_reason"] is None
    assert time.monotonic() - began < 5
