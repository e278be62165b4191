"""Observe changes no byte and records what would have been done; off only forwards."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import httpx
import pytest
from conftest import RunningProxy, StartProxy, running_proxy
from support import responses
from support.provider import USAGE, Provider, Reply, completion
from support.raw_answers import ROLE, STOP, choice, chunk, streaming, whole
from support.serving import served

TRUE = "You must apply before you travel."
FALSE = "You can claim the bereavement fare within 90 days after your trip."


def mode(name: str) -> str:
    return f"routes:\n  - name: all\n    mode: {name}\n"


@pytest.fixture(scope="module")
def in_mode(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], RunningProxy]]:
    """The one proxy of the module in each mode."""
    with ExitStack() as stack:
        yield cache(
            lambda name: stack.enter_context(running_proxy(tmp_path_factory.mktemp(name), rules=mode(name)))
        )


@pytest.mark.parametrize("name", ["observe", "off"])
def test_not_a_byte_of_the_answer_changes(in_mode: Callable[[str], RunningProxy], name: str) -> None:
    proxy = in_mode(name)
    proxy.provider.answers(FALSE)
    response = proxy.ask("Bereavement?")
    assert response.content == json.dumps(completion(Reply((FALSE,)), {"model": "test-model"})).encode()
    assert response.headers["x-cxai-decision"] == "deliver"
    assert response.headers["x-cxai-verified"] == "no"
    assert response.headers["x-cxai-unverified-reason"] == name


@pytest.mark.parametrize("stream", [False, True])
def test_observing_records_what_would_have_been_done(start_proxy: StartProxy, stream: bool) -> None:
    proxy = start_proxy(policies=mode("observe"))
    proxy.provider.answers(FALSE)
    response = proxy.ask("Bereavement?", stream=stream)
    if stream:
        assert response.text.endswith("data: [DONE]\n\n") and "cxai" not in response.text
    record = proxy.awaited_record(response.headers["x-cxai-response-id"])
    assert (record.mode, record.decision) == ("observe", "rewrite")
    assert record.choices[0]["delivered_text"] == FALSE
    seen = proxy.ledger().observe_report(since=datetime.now(UTC) - timedelta(hours=1), limit=10)
    assert len(seen) == 1


def test_off_leaves_no_record(start_proxy: StartProxy) -> None:
    proxy = start_proxy(policies=mode("off"))
    proxy.provider.answers(FALSE)
    response = proxy.ask("Bereavement?")
    time.sleep(0.3)
    assert proxy.ledger().answer(response.headers["x-cxai-response-id"]) is None


def test_a_model_is_asked_again_with_the_evidence(start_proxy: StartProxy) -> None:
    proxy = start_proxy(policies="routes:\n  - name: whole\n    delivery: whole\n")
    proxy.provider.replies = [Reply((FALSE,)), Reply(("You must apply before you travel.",))]
    body = proxy.ask("Bereavement?").json()
    assert body["choices"][0]["message"]["content"] == "You must apply before you travel."
    assert body["cxai"]["decision"] == "deliver"
    again = proxy.provider.requests[1]["messages"]
    assert FALSE in again[-2]["content"] and "after travel has been completed" in again[-1]["content"]
    assert body["usage"]["total_tokens"] == 2 * USAGE["total_tokens"]
    assert body["cxai"]["reask"] == {"times": 1, "usage": USAGE}


def test_what_is_still_unsupported_after_asking_again_is_not_delivered(start_proxy: StartProxy) -> None:
    proxy = start_proxy(policies="routes:\n  - name: whole\n    delivery: whole\n")
    proxy.provider.answers(FALSE)
    body = proxy.ask("Bereavement?").json()
    assert len(proxy.provider.requests) == 2
    assert "90 days" not in body["choices"][0]["message"]["content"]


def test_a_route_that_refuses_sends_a_refusal(start_proxy: StartProxy) -> None:
    rules = "\n".join(
        [
            "routes:",
            "  - name: whole",
            "    delivery: whole",
            "    contradicted: refuse",
            "    unsupported: refuse",
            "    reask: {times: 0}",
        ]
    )
    proxy = start_proxy(policies=rules)
    proxy.provider.answers(f"You must apply before you travel. {FALSE}")
    body = proxy.ask("Bereavement?").json()
    assert body["choices"][0]["message"]["content"] is None
    assert body["choices"][0]["message"]["refusal"]
    assert body["cxai"]["decision"] == "refuse"


@pytest.mark.parametrize("name", ["observe", "off"])
@pytest.mark.parametrize("stream", [False, True])
def test_what_is_no_good_answer_passes_too(
    in_mode: Callable[[str], RunningProxy], name: str, stream: bool
) -> None:
    proxy = in_mode(name)
    odd = [
        whole(choice(FALSE, reasoning_content="hm"), search_results=[{"snippet": "x"}]),
        streaming(ROLE, chunk({"content": FALSE, "reasoning": "hm"}), "data: {broken\n\n"),
        Reply(body=b"not json", headers={"content-type": "text/plain"}),
        Reply(body=b""),
    ]
    for reply in odd:
        proxy.provider.replies = [reply]
        response = proxy.ask("Bereavement?", stream=stream)
        assert response.status_code == 200 and response.content == reply.body
        assert response.headers["x-cxai-verified"] == "no"
        if name == "observe":
            record = proxy.awaited_record(response.headers["x-cxai-response-id"])
            unread = not stream and "event-stream" in response.headers["content-type"]
            judged = FALSE in response.text and not unread
            assert record.decision == ("rewrite" if judged else "deliver")
            assert judged or record.unverified_reason == "no_text"


def received(url: str) -> tuple[bytes, type[Exception] | None]:
    """What a client reads of a stream, and how the connection ends where it ends badly."""
    body = {"model": "m", "messages": [{"role": "user", "content": "Bereavement?"}], "stream": True}
    read = b""
    with httpx.stream("POST", f"{url}/chat/completions", json=body, timeout=30) as response:
        try:
            for piece in response.iter_raw():
                read += piece
        except httpx.HTTPError as error:
            return read, type(error)
    return read, None


@pytest.mark.parametrize("name", ["observe", "off"])
@pytest.mark.parametrize("cut_after", [None, 0, 4])
def test_a_stream_that_breaks_off_breaks_off_for_the_client(
    start_proxy: StartProxy, name: str, cut_after: int | None, caplog: pytest.LogCaptureFixture
) -> None:
    provider = Provider()
    provider.answers(FALSE, cut_after=cut_after)
    with served(provider) as url:
        proxy = start_proxy(upstream=f"{url}/v1", policies=mode(name))
        seen = received(f"{url}/v1")
        assert seen[1] == (None if cut_after is None else httpx.RemoteProtocolError)
        caplog.clear()
        assert received(f"{proxy.url}/v1") == seen
    theirs = [record for record in caplog.records if "script says" in str(record.exc_info)]
    assert [record for record in caplog.records if record.exc_info and record not in theirs] == []


@pytest.mark.parametrize(("cut_after", "reason"), [(9, "upstream_unreachable"), (None, "interrupted")])
def test_what_was_observed_of_a_part_is_unverified(
    start_proxy: StartProxy, cut_after: int | None, reason: str
) -> None:
    proxy = start_proxy(policies=mode("observe"))
    proxy.provider.answers(FALSE, cut_after=cut_after, chunk_delay_s=0.0 if cut_after else 0.2)
    body = {"model": "m", "messages": [{"role": "user", "content": "Bereavement?"}], "stream": True}
    with httpx.stream("POST", f"{proxy.url}/v1/chat/completions", json=body, timeout=30) as response:
        pieces = response.iter_raw()
        next(pieces)
        if cut_after is not None:
            with pytest.raises(httpx.RemoteProtocolError):
                list(pieces)
    record = proxy.awaited_record(response.headers["x-cxai-response-id"])
    assert (record.verified, record.unverified_reason) == (False, reason)


def cut(reply: Reply, *more: str) -> Reply:
    """The same stream without its last event, which ends it, but with ``more`` events."""
    events = (reply.body or b"").decode().split("\n\n")[:-2]
    return replace(reply, body="".join(f"{event}\n\n" for event in [*events, *more]).encode())


CHAT = streaming(ROLE, chunk({"content": TRUE}), STOP, done=False)
RESPONSE = responses.streamed(responses.message(TRUE))
FAILED = 'data: {"type": "error", "error": {"message": "overloaded"}}'


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (CHAT, None),
        (cut(CHAT), "upstream_unreachable"),
        (cut(CHAT, FAILED), "upstream_error"),
        (cut(CHAT, "data: {broken"), "upstream_invalid_response"),
        (RESPONSE, None),
        (cut(RESPONSE), "upstream_unreachable"),
        (cut(RESPONSE, FAILED), "upstream_error"),
        (cut(RESPONSE, "data: {broken"), "upstream_invalid_response"),
    ],
)
def test_an_observed_stream_is_unverified_where_an_enforced_one_ends_in_an_error(
    in_mode: Callable[[str], RunningProxy], reply: Reply, reason: str | None
) -> None:
    path = "responses" if b"response.created" in (reply.body or b"") else "chat/completions"
    body = {"model": "m", "input": "B?", "messages": [{"role": "user", "content": "B?"}], "stream": True}
    for name in ("enforce", "observe"):
        proxy = in_mode(name)
        proxy.provider.replies = [reply]
        response = proxy.post(f"/v1/{path}", body)
        record = proxy.awaited_record(response.headers["x-cxai-response-id"])
        assert (record.mode, record.verified, record.unverified_reason) == (name, reason is None, reason)


def test_what_is_too_long_to_be_observed_to_its_end_is_unverified(start_proxy: StartProxy) -> None:
    proxy = start_proxy(policies=mode("observe"), max_answer_bytes=3_000)
    proxy.provider.answers(f"{TRUE} {'Thank you. ' * 10} {FALSE}", chunk_delay_s=0.01)
    response = proxy.ask("Bereavement?", stream=True)
    assert len(response.content) > 3_000
    record = proxy.awaited_record(response.headers["x-cxai-response-id"])
    assert (record.verified, record.unverified_reason) == (False, "upstream_invalid_response")


def test_usage_that_is_no_number_stops_nothing(start_proxy: StartProxy) -> None:
    proxy = start_proxy(policies="routes:\n  - name: whole\n    delivery: whole\n")
    odd: dict[str, Any] = {"prompt_tokens": None, "completion_tokens": "5", "total_tokens": [1]}
    proxy.provider.replies = [
        whole(choice(FALSE), usage=odd),
        whole(choice("You must apply before you travel."), usage=dict(USAGE)),
    ]
    assert proxy.ask("Bereavement?").status_code == 200
    proxy.provider.replies = [whole(choice(FALSE), usage=[1])]
    assert proxy.ask("Bereavement?").status_code == 200
