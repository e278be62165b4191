"""Two providers behind a running proxy: what a client sees where one fails, and that nobody else is ever asked."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
import structlog
from conftest import SHIPPED_CORPUS
from support.mirror import Mirror
from support.provider import Provider, Reply
from support.serving import served

from proxy.app import create_app
from proxy.settings import Settings

TRUE = "You must apply before you travel."
ROUTES = """
routes:
  - {name: watched, match: {model: observe}, mode: observe}
  - {name: free, match: {model: "off"}, mode: "off"}
"""
MODES = ["enforce", "observe", "off"]


@dataclass
class Proxy:
    """``first`` is asked before ``second``; ``mirror`` is on no list."""

    url: str
    first: Provider
    second: Provider
    mirror: Mirror
    mirror_url: str

    def ask(self, mode: str = "enforce", **more: Any) -> httpx.Response:
        body = {"model": mode, "messages": [{"role": "user", "content": "Bereavement?"}], **more}
        headers = {"authorization": "Bearer sk-clients"}
        return httpx.post(f"{self.url}/v1/chat/completions", json=body, headers=headers, timeout=30)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    folder: Path = tmp_path_factory.mktemp("proxy")
    (folder / "routes.yaml").write_text(ROUTES)
    (folder / "key").write_text("sk-of-second")
    first, second, mirror = Provider(), Provider(), Mirror()
    with served(first) as one, served(second) as two, served(mirror) as elsewhere:
        settings = Settings(
            upstreams=[
                {
                    "name": "first",
                    "url": f"{one}/v1",
                    "models": {mode: f"their-{mode}" for mode in MODES},
                    "breaker_failures": 3,
                    "breaker_open_s": 0.5,
                },
                {
                    "name": "second",
                    "url": f"{two}/v1",
                    "priority": 1,
                    "api_key": {"file": folder / "key"},
                    "breaker_failures": 3,
                    "breaker_open_s": 0.5,
                },
            ],
            corpus=SHIPPED_CORPUS,
            policies=folder,
            database_url=f"sqlite:///{folder / 'ledger.db'}",
            log_level="error",
        )
        with served(create_app(settings)) as url:
            yield Proxy(url, first, second, mirror, elsewhere)


@pytest.fixture
def proxy(running: Proxy) -> Iterator[Proxy]:
    """With both providers well again, and none left alone."""
    for provider in (running.first, running.second):
        provider.answers(TRUE)
        provider.requests.clear()
        provider.headers.clear()
    while running.ask().headers.get("x-cxai-upstream") != "first":
        pass
    running.first.requests.clear()
    running.mirror.seen.clear()
    yield running


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("mode", MODES)
def test_the_client_gets_the_other_ones_answer(proxy: Proxy, mode: str, stream: bool) -> None:
    proxy.first.replies = [Reply(status=503)]
    response = proxy.ask(mode, stream=stream)
    assert (response.status_code, response.headers["x-cxai-upstream"]) == (200, "second")
    assert TRUE in response.text or "".join(said(response)) == TRUE
    assert [request["model"] for request in proxy.first.requests] == [f"their-{mode}"]
    assert [request["model"] for request in proxy.second.requests] == [mode]
    assert proxy.second.headers[-1]["authorization"] == "Bearer sk-of-second"
    assert "authorization" not in proxy.first.headers[-1]


def said(response: httpx.Response) -> list[str]:
    data = [line[6:] for line in response.text.splitlines() if line.startswith("data: {")]
    choices = [choice for event in data for choice in json.loads(event)["choices"]]
    return [choice["delta"].get("content") or "" for choice in choices]


@pytest.mark.parametrize("mode", ["observe", "off"])
def test_no_byte_of_an_answer_changes_where_nothing_is_enforced(proxy: Proxy, mode: str) -> None:
    body = b'{"model":"gpt-4o-2024-08-06",  "choices": []}'
    proxy.first.replies, proxy.second.replies = [Reply(status=500)], [Reply(body=body)]
    assert proxy.ask(mode).content == body


@pytest.mark.parametrize("mode", MODES)
def test_of_a_stream_that_has_begun_the_rest_comes_from_nobody(proxy: Proxy, mode: str) -> None:
    proxy.first.replies = [Reply((f"{TRUE} And so on.",), chunk_size=40, cut_after=2)]
    body = {"model": mode, "stream": True, "messages": [{"role": "user", "content": "Bereavement?"}]}
    got = b""
    try:
        with httpx.stream("POST", f"{proxy.url}/v1/chat/completions", json=body, timeout=30) as response:
            for piece in response.iter_bytes():
                got += piece
    except httpx.RemoteProtocolError:
        assert mode != "enforce"
    delivered, _, _ = got.partition(b'"cxai"')
    assert delivered.count(TRUE.encode()) == 1 and b"[DONE]" not in got
    assert (mode != "enforce") or b'"upstream_unreachable"' in got
    assert (len(proxy.first.requests), proxy.second.requests) == (1, [])


def test_with_nobody_left_the_client_is_told_when_to_come_back(proxy: Proxy) -> None:
    proxy.first.replies = proxy.second.replies = [Reply(status=502)]
    answers = [proxy.ask() for _ in range(4)]
    assert [answer.status_code for answer in answers] == [502, 502, 502, 503]
    last = answers[-1]
    assert last.json()["error"]["code"] == last.headers["x-cxai-unverified-reason"] == "upstream_unavailable"
    assert (last.headers["retry-after"], last.headers["x-cxai-verified"]) == ("1", "no")
    assert "x-cxai-upstream" not in last.headers and answers[0].headers["x-cxai-upstream"] == "second"
    page = httpx.get(f"{proxy.url}/metrics").text
    assert 'cxai_upstream_breaker_state{upstream="first"} 2.0' in page
    assert 'cxai_upstream_requests_total{model="enforce",status="upstream_unavailable"' in page


def test_the_sdk_sees_one_provider(proxy: Proxy) -> None:
    client = openai.OpenAI(base_url=f"{proxy.url}/v1", api_key="sk-clients", max_retries=0)
    proxy.first.replies = [Reply(status=429, headers={"retry-after": "9"})]
    answer = client.chat.completions.create(model="enforce", messages=[{"role": "user", "content": "Hi"}])
    assert answer.choices[0].message.content == TRUE


def test_the_models_are_those_of_the_first(proxy: Proxy) -> None:
    assert httpx.get(f"{proxy.url}/v1/models").headers["x-cxai-upstream"] == "first"


def test_the_log_says_who_failed_and_no_key(proxy: Proxy) -> None:
    proxy.first.replies = proxy.second.replies = [Reply(status=503)]
    with structlog.testing.capture_logs() as lines:
        assert proxy.ask().status_code == 503
    (retried,) = [line for line in lines if line["event"].startswith("a provider failed")]
    assert (retried["upstream"], retried["next"], retried["status"]) == ("first", "second", 503)
    assert "sk-" not in repr(lines)


@pytest.mark.parametrize(
    "target",
    [
        "{elsewhere}/v1/chat/completions",
        "//{host}/v1/chat/completions",
        "/v1/chat/completions@{host}",
        "/v1/{elsewhere}/v1/chat/completions",
        "/v1/../../chat/completions",
        "/v1/%2e%2e/{host}/chat/completions",
        "/v1/files/../../{host}/x",
        "/v1/files/%2f%2f{host}/x",
        "/v1/models/@{host}",
        "/openai/deployments/@{host}/chat/completions",
    ],
)
def test_nobody_is_asked_who_is_not_on_the_list(proxy: Proxy, target: str) -> None:
    host = proxy.mirror_url.removeprefix("http://")
    path = target.format(elsewhere=proxy.mirror_url, host=host)
    connection = HTTPConnection(proxy.url.removeprefix("http://"), timeout=20)
    body = json.dumps({"model": "off", "messages": [{"role": "user", "content": "Hi"}]})
    for method in ("POST", "GET"):
        connection.request(
            method, path, body=body, headers={"host": host, "content-type": "application/json"}
        )
        assert connection.getresponse().read() is not None
    connection.close()
    assert proxy.mirror.seen == []
    asked = {path.partition("?")[0] for path in [*proxy.first.paths, *proxy.second.paths]}
    assert all(path.startswith("/v1/") and ".." not in path for path in asked)


def test_a_client_that_wants_a_tunnel_gets_none(proxy: Proxy) -> None:
    """Absolute addresses and CONNECT are how forward proxies are asked; this is none."""
    host, port = proxy.url.removeprefix("http://").split(":")
    target = proxy.mirror_url.removeprefix("http://")
    with socket.create_connection((host, int(port)), timeout=10) as client:
        client.sendall(f"CONNECT {target} HTTP/1.1\r\nhost: {target}\r\n\r\n".encode())
        assert not client.recv(1_000).startswith(b"HTTP/1.1 200")
    assert proxy.mirror.seen == []
