"""A guarded stream under way: what is judged while it arrives, who waits for whom, and who is let go."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urlsplit

import openai
import pytest
from conftest import RunningProxy, StartProxy
from support import responses
from support.judged import StartJudged, Stubborn, cxai_of, said
from support.raw_answers import ROLE, STOP, chunk, streaming
from support.serving import served

TRUE = "You must apply before you travel."
SENTENCES = " ".join(f"Rule {number} says that you must apply before you travel." for number in range(8))


def body(**fields: Any) -> dict[str, Any]:
    return {
        "model": "m",
        "messages": [{"role": "user", "content": "Bereavement?"}],
        "stream": True,
        **fields,
    }


def test_sentences_are_judged_while_those_before_them_are(start_judged: StartJudged) -> None:
    """Eight that take 0.3 seconds each leave in less than the sum, in their order."""
    judged = start_judged(Stubborn(lambda _: time.sleep(0.3)), judge_threads=4)
    judged.proxy.provider.answers(SENTENCES, chunk_size=20)
    started = time.monotonic()
    response = judged.proxy.ask("Bereavement?", stream=True)
    took = time.monotonic() - started
    assert said(response) == SENTENCES and cxai_of(response)["verified"]
    assert took < 0.75 * 8 * 0.3


def test_what_follows_a_handover_is_not_judged(start_judged: StartJudged) -> None:
    verifier = Stubborn(lambda _: None)
    judged = start_judged(verifier, route="    account_unsupported: escalate\n")
    action = "I have refunded $450 to your credit card."
    judged.proxy.provider.answers(f"{action} {SENTENCES}", chunk_size=200, chunk_delay_s=0.3)
    response = judged.proxy.ask("Where is my money?", stream=True)
    assert "Your reference is" in said(response) and "Rule" not in said(response)
    assert len(verifier.asked) < 8


def test_what_follows_the_end_of_a_choice_is_not_judged(start_judged: StartJudged) -> None:
    verifier = Stubborn(lambda _: None)
    proxy = start_judged(verifier).proxy
    after = [chunk({"content": f" {one}. And so on"}) for one in SENTENCES.split(". ")[:2]]
    proxy.provider.replies = [streaming(ROLE, chunk({"content": TRUE}), STOP, *after)]
    assert len(cxai_of(proxy.ask("Bereavement?", stream=True))["claims"]) == 1
    assert verifier.asked == [TRUE]


def test_a_held_sentence_is_bridged_by_comments(start_judged: StartJudged) -> None:
    judged = start_judged(Stubborn(lambda _: time.sleep(0.5)), keep_alive_s=0.1)
    judged.proxy.provider.answers(TRUE)
    response = judged.proxy.ask("Bereavement?", stream=True)
    assert response.text.count(": keep-alive\n\n") >= 3
    assert said(response) == TRUE and cxai_of(response)["verified"]


def test_the_official_client_reads_past_comments(start_judged: StartJudged) -> None:
    judged = start_judged(Stubborn(lambda _: time.sleep(0.3)), keep_alive_s=0.05)
    judged.proxy.provider.answers(TRUE)
    client = openai.OpenAI(base_url=f"{judged.proxy.url}/v1", api_key="k", max_retries=0)
    asking = [{"role": "user", "content": "Bereavement?"}]
    chunks = list(client.chat.completions.create(model="m", messages=asking, stream=True))  # type: ignore[call-overload]
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == TRUE


def test_the_official_client_reads_past_comments_at_the_other_doors(start_judged: StartJudged) -> None:
    judged = start_judged(Stubborn(lambda _: time.sleep(0.3)), keep_alive_s=0.05)
    proxy = judged.proxy
    with openai.OpenAI(base_url=f"{proxy.url}/v1", api_key="k", max_retries=0) as client:
        proxy.provider.replies = [responses.streamed(responses.message(TRUE))]
        events = list(client.responses.create(model="m", input="Bereavement?", stream=True))
        assert "".join(one.delta for one in events if one.type == "response.output_text.delta") == TRUE
        told = {"id": "c", "object": "text_completion", "created": 1, "model": "m"}
        ends = {**told, "choices": [{"index": 0, "text": TRUE, "finish_reason": "stop"}]}
        proxy.provider.replies = [streaming(ends)]
        chunks = list(client.completions.create(model="m", prompt="Bereavement?", stream=True))
        assert "".join(chunk.choices[0].text for chunk in chunks) == TRUE
    streamed = proxy.post("/v1/completions", {"model": "m", "prompt": "Bereavement?", "stream": True})
    assert ": keep-alive\n\n" in streamed.text


def test_a_stream_without_pauses_has_no_comments(start_proxy: StartProxy) -> None:
    proxy = start_proxy()
    proxy.provider.answers(TRUE)
    assert "keep-alive" not in proxy.ask("Bereavement?", stream=True).text


class Endless:
    """A provider that never stops: it counts the events it could send, and notes when the proxy let go."""

    def __init__(self, pause_s: float, size: int) -> None:
        self.pause_s, self.size = pause_s, size
        self.sent = 0
        self.left_at: float | None = None

    async def __call__(
        self, scope: dict[str, Any], receive: Callable[[], Any], send: Callable[[Any], Any]
    ) -> None:
        if scope["type"] != "http":
            return
        while (await receive()).get("more_body"):
            pass
        leaving = asyncio.ensure_future(receive())
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        while not leaving.done():
            delta = {"content": f"{TRUE} ".ljust(self.size)}
            data = {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
            await send(
                {
                    "type": "http.response.body",
                    "body": f"data: {json.dumps(data)}\n\n".encode(),
                    "more_body": True,
                }
            )
            self.sent += 1
            await asyncio.wait({leaving}, timeout=self.pause_s)
        self.left_at = time.monotonic()


@contextmanager
def asked(proxy_url: str) -> Iterator[socket.socket]:
    """A client on a bare socket, which reads no more than it is told to."""
    place = urlsplit(proxy_url)
    content = json.dumps(body()).encode()
    with socket.create_connection((str(place.hostname), place.port or 80), timeout=10) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        lines = ("POST /v1/chat/completions HTTP/1.1", "host: localhost", "content-type: application/json")
        head = "\r\n".join([*lines, f"content-length: {len(content)}", "", ""])
        connection.sendall(head.encode() + content)
        yield connection


def read_until(connection: socket.socket, text: bytes) -> None:
    received = b""
    while text not in received:
        received += connection.recv(1024)


def until(condition: Callable[[], bool], limit_s: float = 15) -> None:
    deadline = time.monotonic() + limit_s
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.005)
    assert condition()


@pytest.fixture
def endless(start_proxy: StartProxy) -> Iterator[Callable[..., tuple[RunningProxy, Endless]]]:
    with ExitStack() as stack:

        def start(*, pause_s: float, size: int) -> tuple[RunningProxy, Endless]:
            provider = Endless(pause_s, size)
            upstream = stack.enter_context(served(provider))
            return start_proxy(upstream=f"{upstream}/v1", max_answer_bytes=10**9), provider

        yield start


def test_a_client_that_leaves_cancels_the_provider_at_once(
    endless: Callable[..., tuple[RunningProxy, Endless]],
) -> None:
    took = []
    for _ in range(5):
        proxy, provider = endless(pause_s=0.005, size=0)
        with asked(proxy.url) as client:
            read_until(client, TRUE.encode())
        left = time.monotonic()
        until(lambda one=provider: one.left_at is not None)  # type: ignore[misc]
        took.append((provider.left_at or 0) - left)
    print(f"the provider was let go {sorted(took)[2] * 1000:.0f} ms after the client (n=5)")
    assert min(took) < 0.1
