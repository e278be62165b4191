"""Without keys a proxy serves programs of its own machine; neither a program before it nor a web page gets in."""

from __future__ import annotations

import socket

import httpx
import pytest
from conftest import RunningProxy, StartProxy

from proxy.access.nearness import is_from_here

CHAT = "/v1/chat/completions"
BODY = {"model": "m", "messages": [{"role": "user", "content": "When are refunds paid?"}]}

FROM_ELSEWHERE = [
    ("x-forwarded-for", "127.0.0.1"),
    ("x-forwarded-host", "localhost"),
    ("x-forwarded-proto", "https"),
    ("forwarded", "for=127.0.0.1"),
    ("via", "1.1 gateway"),
    ("x-real-ip", "203.0.113.7"),
    ("host", "proxy.example"),
    ("host", "127.0.0.1.evil.example:8080"),
    ("host", "203.0.113.7:8080"),
    ("host", "localhost@evil.example"),
    ("host", "[broken"),
    ("host", ""),
    ("origin", "https://evil.example"),
    ("origin", "http://localhost.evil.example"),
    ("origin", "null"),
]
FROM_HERE = [
    ("host", "localhost"),
    ("host", "LOCALHOST:8080"),
    ("host", "127.0.0.1:1"),
    ("host", "127.8.9.10:8080"),
    ("host", "[::1]:8080"),
    ("origin", "http://localhost:3000"),
    ("origin", "http://127.0.0.1"),
]


@pytest.mark.parametrize(("name", "value"), FROM_ELSEWHERE)
def test_what_comes_through_others_or_from_a_web_page_is_refused(
    proxy: RunningProxy, name: str, value: str
) -> None:
    before = len(proxy.provider.requests)
    refused = httpx.post(proxy.url + CHAT, json=BODY, headers={name: value})
    # An address that is refused too often is told to wait.
    assert refused.status_code in (401, 429)
    if refused.status_code == 401:
        error = refused.json()["error"]
        assert (error["code"], error["type"]) == ("invalid_api_key", "invalid_request_error")
        assert "cxai keys create" in error["message"] and "CXAI_REQUIRE_KEYS=false" in error["message"]
    assert len(proxy.provider.requests) == before


@pytest.mark.parametrize(("name", "value"), FROM_HERE)
def test_programs_of_this_machine_are_served(proxy: RunningProxy, name: str, value: str) -> None:
    assert httpx.post(proxy.url + CHAT, json=BODY, headers={name: value}, timeout=30).status_code == 200


@pytest.mark.parametrize(("name", "value"), FROM_ELSEWHERE)
def test_metrics_are_told_to_no_one_else_either(proxy: RunningProxy, name: str, value: str) -> None:
    assert httpx.get(proxy.url + "/metrics", headers={name: value}).status_code in (401, 429)
    assert httpx.get(proxy.url + "/metrics").status_code == 200


def test_a_health_check_from_elsewhere_learns_the_status_alone(proxy: RunningProxy) -> None:
    passed_on = {"host": "proxy.example", "x-forwarded-for": "203.0.113.7"}
    assert httpx.get(proxy.url + "/healthz", headers=passed_on).status_code == 200
    ready = httpx.get(proxy.url + "/readyz", headers=passed_on)
    assert ready.json() == {"status": "ready", "ledger": "ok"}


def test_of_two_hosts_both_count(proxy: RunningProxy) -> None:
    host, port = proxy.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(b"GET /metrics HTTP/1.1\r\nhost: localhost\r\nhost: evil.example\r\n\r\n")
        assert int(connection.recv(4096).split()[1]) in (400, 401, 429)


def test_who_needs_no_keys_by_choice_is_served_through_others(start_proxy: StartProxy) -> None:
    proxy = start_proxy(require_keys=False)
    headers = {"host": "proxy.example", "x-forwarded-for": "203.0.113.7"}
    assert httpx.post(proxy.url + CHAT, json=BODY, headers=headers, timeout=30).status_code == 200


def test_an_address_of_another_machine_is_not_here() -> None:
    local = [(b"host", b"localhost")]
    assert is_from_here(("127.0.0.1", 1), local) and is_from_here(("::1", 1), local)
    assert not is_from_here(("203.0.113.7", 1), local) and not is_from_here(None, local)
