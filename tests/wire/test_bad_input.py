"""Whatever goes wrong, the client gets an OpenAI-shaped error, and nothing is called verified."""

from __future__ import annotations

import json
from typing import Any

import httpx
import openai
import pytest
from conftest import RunningProxy, StartProxy
from support.provider import Reply


def openai_error(response: httpx.Response) -> dict[str, Any]:
    error = response.json()["error"]
    assert {"message", "type", "param", "code"} <= error.keys()
    assert "Traceback" not in response.text
    assert response.headers.get("x-cxai-verified") != "yes"
    return dict(error)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"{not json", "not valid JSON"),
        (b"[1]", "must be a JSON object"),
        (b"\xff\xfe", "not valid JSON"),
        (b'{"model": "m", "messages": ' + b"[" * 100_000, "nested too deeply"),
        (b'{"messages": [{"role": "user", "content": "x"}]}', "model"),
        (b'{"model": "m"}', "messages"),
        (b'{"model": "m", "messages": []}', "messages"),
        (b'{"model": "m", "messages": [{"role": "user", "content": 5}]}', "messages"),
        (b'{"model": "m", "messages": [{"role": "user", "content": "x"}], "stream": "yes"}', "stream"),
        (b'{"model": "m", "messages": [{"role": "user", "content": "x"}], "n": 0}', "n"),
    ],
)
def test_a_broken_request_is_told_what_is_wrong(proxy: RunningProxy, body: bytes, says: str) -> None:
    response = httpx.post(proxy.url + "/v1/chat/completions", content=body)
    assert response.status_code == 400
    error = openai_error(response)
    assert says in error["message"] and error["type"] == "invalid_request_error"


def test_a_body_of_20_megabytes_is_refused(proxy: RunningProxy) -> None:
    response = httpx.post(proxy.url + "/v1/chat/completions", content=b"x" * 20_000_000, timeout=30)
    assert response.status_code == 413
    openai_error(response)


def test_a_policy_date_that_is_none_is_told_how_to_write_one(proxy: RunningProxy) -> None:
    response = proxy.ask("Hi", headers={"x-cxai-as-of": "last week"})
    assert response.status_code == 400
    assert "2026-03-01" in openai_error(response)["message"]


def test_unknown_paths_and_methods_are_openai_shaped(proxy: RunningProxy) -> None:
    assert openai_error(httpx.get(proxy.url + "/v1/nothing"))["type"] == "not_found_error"
    response = httpx.get(proxy.url + "/v1/chat/completions")
    assert response.status_code == 405
    openai_error(response)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503])
def test_the_providers_own_error_comes_through(proxy: RunningProxy, status: int, stream: bool) -> None:
    own = b'{"error": {"message": "own words", "type": "x", "param": null, "code": "theirs"}}'
    proxy.provider.replies = [Reply(status=status, body=own, headers={"retry-after": "7"})]
    response = proxy.ask("Hi", stream=stream)
    assert response.status_code == status
    assert response.headers["retry-after"] == "7"
    assert openai_error(response)["message"] == "own words"


@pytest.mark.parametrize("stream", [False, True])
def test_an_error_page_of_the_provider_becomes_openai_shaped(proxy: RunningProxy, stream: bool) -> None:
    proxy.provider.replies = [Reply(status=502, body=b"<html>bad gateway</html>")]
    response = proxy.ask("Hi", stream=stream)
    assert response.status_code == 502
    assert openai_error(response)["code"] == "upstream_rejected"


def test_an_error_of_the_providers_brings_nothing_with_it_and_lacks_nothing(proxy: RunningProxy) -> None:
    error = {"message": "Too long.", "code": 7, "param": ["unjudged"], "failed_generation": "unjudged"}
    told = {"error": error, "choices": [{"message": {"content": "unjudged"}}]}
    proxy.provider.replies = [Reply(status=400, body=json.dumps(told).encode())]
    response = proxy.ask("Hi")
    assert response.json() == {
        "error": {"message": "Too long.", "type": "upstream_error", "param": None, "code": 7}
    }


@pytest.mark.parametrize("error", [{}, {"message": ""}, {"message": {"a": 1}}, {"prompt_tokens": 3}, []])
def test_an_error_of_the_providers_that_says_nothing_is_told_in_our_words(
    proxy: RunningProxy, error: Any
) -> None:
    proxy.provider.replies = [Reply(status=429, body=json.dumps({"error": error}).encode())]
    response = proxy.ask("Hi")
    assert response.status_code == 429
    assert openai_error(response)["message"] == "The model provider answered with HTTP 429."


@pytest.mark.parametrize(
    "body",
    [
        b"not json",
        b"[]",
        b"{}",
        b'{"choices": 5}',
        b'{"choices": [{"message": {"content": 7}}]}',
        b'{"choices": [3]}',
    ],
)
def test_an_answer_that_is_no_completion_is_an_error(proxy: RunningProxy, body: bytes) -> None:
    proxy.provider.replies = [Reply(body=body)]
    response = proxy.ask("Hi")
    assert response.status_code == 502
    assert openai_error(response)["code"] == "upstream_invalid_response"


def test_a_provider_that_is_not_there_is_a_502(start_proxy: StartProxy) -> None:
    proxy = start_proxy(upstream="http://127.0.0.1:9/v1")
    response = proxy.ask("Hi")
    assert response.status_code == 502
    assert openai_error(response)["code"] == "upstream_unreachable"


@pytest.mark.parametrize("stream", [False, True])
def test_a_provider_that_hangs_is_a_504(start_proxy: StartProxy, stream: bool) -> None:
    proxy = start_proxy(read_timeout_s=0.3)
    proxy.provider.answers("Hello!", delay_s=2.0)
    response = proxy.ask("Hi", stream=stream)
    assert response.status_code == 504
    assert openai_error(response)["code"] == "upstream_timeout"


def test_a_connection_that_is_cut_is_a_502(proxy: RunningProxy) -> None:
    proxy.provider.answers("Hello!", cut_after=1)
    response = proxy.ask("Hi")
    assert response.status_code == 502
    assert openai_error(response)["code"] == "upstream_unreachable"


def test_the_official_client_raises_its_own_errors(proxy: RunningProxy) -> None:
    proxy.provider.replies = [
        Reply(status=401, body=b'{"error": {"message": "bad key", "type": "x", "code": "k"}}')
    ]
    with pytest.raises(openai.AuthenticationError, match="bad key"):
        proxy.client().chat.completions.create(model="m", messages=[{"role": "user", "content": "x"}])


def test_an_answer_that_is_too_large_is_an_error(start_proxy: StartProxy) -> None:
    proxy = start_proxy(max_answer_bytes=2000)
    proxy.provider.answers("word " * 1000)
    assert openai_error(proxy.ask("Hi"))["code"] == "upstream_invalid_response"
