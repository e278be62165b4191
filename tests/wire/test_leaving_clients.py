"""Whoever hangs up lets the provider go at once, whatever is going on, and the record says what had left until then."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpcore
import pytest
from conftest import RunningProxy, StartProxy
from support.judged import StartJudged, Stubborn
from support.raw_answers import ROLE, JsonObject, chunk
from support.socket_provider import SEND_BUFFER, SocketProvider, asking, read_until, socket_provider

from proxy.ledger.records import DecisionRecord

TRUE = "You must apply before you travel."
CLAIM = "You can claim the fare within 90 days."
SAID = b"apply before you travel"
BODY = json.dumps(
    {"model": "m", "messages": [{"role": "user", "content": "Bereavement?"}], "stream": True}
).encode()
MODE = "routes:\n  - name: all\n    mode: {mode}\n"
RECEIVE_BUFFER = 8_192  # bytes
PROXYS_RECEIVE_BUFFER = 262_144
LARGEST_ANSWER = 1_000_000_000


async def goes_silent() -> AsyncIterator[JsonObject]:
    for event in (ROLE, chunk({"content": f"{TRUE} You can cl"})):
        yield event
    await asyncio.sleep(60)


async def goes_on() -> AsyncIterator[JsonObject]:
    yield ROLE
    while True:
        yield chunk({"content": f"{TRUE} "})
        await asyncio.sleep(0.02)


async def makes_a_claim() -> AsyncIterator[JsonObject]:
    """Sentences that arrive in one piece leave together, so these do not."""
    for event in (
        ROLE,
        *(chunk({"content": text}) for text in (f"{TRUE} {CLAIM[:7]}", f"{CLAIM[7:]} And so on")),
    ):
        yield event
    await asyncio.sleep(60)


async def floods() -> AsyncIterator[JsonObject]:
    """Words without an end are cut into long segments, which are quickly judged."""
    yield ROLE
    yield chunk({"content": f"{TRUE} "})
    while True:
        yield chunk({"content": "word " * 200})


def hang_up(client: socket.socket, provider: SocketProvider) -> None:
    """What is asserted is that nobody waits for a timeout: a busy machine has its own times."""
    closed_at = time.perf_counter()
    client.close()
    assert provider.left.wait(10) and provider.left_at is not None, "the provider was never let go"
    seconds = provider.left_at - closed_at
    print(f"the provider was let go {seconds * 1000:.0f} ms after the client had left")
    assert seconds < 1.0


def the_record(proxy: RunningProxy, within_s: float = 10.0) -> DecisionRecord:
    deadline = time.monotonic() + within_s
    with proxy.ledger() as ledger:
        while not (records := ledger.answers()) and time.monotonic() < deadline:
            time.sleep(0.02)
        (record,) = records
        return ledger.answer(record.response_id) or record


@pytest.mark.parametrize("mode", ["enforce", "observe", "off"])
@pytest.mark.parametrize("events", [goes_silent, goes_on], ids=lambda events: events.__name__)
def test_while_the_provider_speaks_or_is_silent(start_proxy: StartProxy, events: Any, mode: str) -> None:
    with socket_provider(events) as provider:
        proxy = start_proxy(upstream=provider.url, policies=MODE.format(mode=mode))
        with asking(proxy.url, BODY) as client:
            read_until(client, SAID)
            hang_up(client, provider)
        if mode != "off":
            record = the_record(proxy)
            assert (record.verified, record.unverified_reason) == (False, "interrupted")
            left = record.choices[0]["delivered_text"]
            assert left.startswith(TRUE) and ("You can cl" not in left or mode == "observe")


@pytest.mark.parametrize("mode", ["enforce", "observe", "off"])
def test_before_the_provider_answers(start_proxy: StartProxy, mode: str) -> None:
    with socket_provider(goes_on, waits_s=60) as provider:
        proxy = start_proxy(upstream=provider.url, policies=MODE.format(mode=mode))
        with asking(proxy.url, BODY) as client:
            assert provider.asked.wait(10)
            hang_up(client, provider)
        if mode != "off":
            record = the_record(proxy)
            assert (record.unverified_reason, record.choices) == ("interrupted", [])


def test_while_a_sentence_is_judged(start_judged: StartJudged) -> None:
    has_left = threading.Event()
    verifier = Stubborn(lambda sentence: sentence == CLAIM and has_left.wait(10))
    with socket_provider(makes_a_claim) as provider:
        judged = start_judged(verifier, upstream=provider.url)
        with asking(judged.proxy.url, BODY) as client:
            read_until(client, SAID)
            deadline = time.monotonic() + 10
            while CLAIM not in verifier.asked and time.monotonic() < deadline:
                time.sleep(0.01)
            assert CLAIM in verifier.asked
            hang_up(client, provider)
            has_left.set()
        record = the_record(judged.proxy)
        assert (record.choices[0]["delivered_text"], record.unverified_reason) == (TRUE, "interrupted")


@pytest.fixture
def small_buffers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy's connections to its provider hold little: systems let a receive buffer grow to many megabytes."""
    open_pool = httpcore.AsyncConnectionPool
    buffer = (socket.SOL_SOCKET, socket.SO_RCVBUF, PROXYS_RECEIVE_BUFFER)
    monkeypatch.setattr(
        httpcore, "AsyncConnectionPool", lambda **given: open_pool(**{**given, "socket_options": [buffer]})
    )


@pytest.mark.parametrize("mode", ["enforce", "off"])
def test_while_the_client_does_not_read(start_proxy: StartProxy, mode: str, small_buffers: None) -> None:
    """Of an answer without end no more is taken than sockets hold, and a little more in the proxy."""
    with socket_provider(floods) as provider:
        proxy = start_proxy(
            upstream=provider.url, policies=MODE.format(mode=mode), max_answer_bytes=LARGEST_ANSWER
        )
        with asking(proxy.url, BODY, receive_buffer=RECEIVE_BUFFER) as client:
            taken = provider.stalls()
            print(f"{taken / 1024:.0f} KiB of an answer were taken that nobody reads (mode: {mode})")
            assert taken < held_by_sockets() + 1_000_000
            while provider.sent <= taken:
                assert client.recv(65_536), "the stream ended"
            hang_up(client, provider)


def test_a_client_that_reads_slowly_takes_none_of_the_models_time(
    start_proxy: StartProxy, small_buffers: None
) -> None:
    with socket_provider(floods) as provider:
        proxy = start_proxy(
            upstream=provider.url, policies="defaults: {model_s: 2}", max_answer_bytes=LARGEST_ANSWER
        )
        with asking(proxy.url, BODY, receive_buffer=RECEIVE_BUFFER) as client:
            provider.stalls()
            time.sleep(2.5)
            read = 0
            while read < 160_000:  # sockets and the proxy held less
                piece = client.recv(65_536)
                assert piece and b"upstream_timeout" not in piece
                read += len(piece)
            hang_up(client, provider)


def held_by_sockets() -> int:
    """Bytes that the system holds at most between provider, proxy and client: only the proxy's send buffer grows."""
    most = Path("/proc/sys/net/ipv4/tcp_wmem").read_text().split()[2]
    return int(most) + 2 * (SEND_BUFFER + RECEIVE_BUFFER + PROXYS_RECEIVE_BUFFER)
