"""Too many requests: who waits, who is sent away, and that nobody can take all the places."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from conftest import RunningProxy, StartProxy
from hypothesis import given, settings
from hypothesis import strategies as st
from support.provider import Provider, Reply
from support.raw_answers import ROLE, JsonObject, chunk
from support.serving import served
from support.socket_provider import asking, read_until, socket_provider

from proxy.wire.admission import Places, Shares

TRUE = "You must apply before you travel."
BODY = json.dumps(
    {"model": "m", "messages": [{"role": "user", "content": "Bereavement?"}], "stream": True}
).encode()
DOORS = ["/v1/chat/completions", "/v1/responses", "/v1/completions", "/v1/guard/check", "/v1/models"]


async def goes_silent() -> AsyncIterator[JsonObject]:
    for event in (ROLE, chunk({"content": f"{TRUE} You can cl"})):
        yield event
    await asyncio.sleep(60)


@given(st.integers(1, 300), st.lists(st.sampled_from("abcdefgh"), max_size=600))
def test_no_more_than_all_places_are_taken_and_a_newcomer_finds_one(places: int, asking: list[str]) -> None:
    shares = Shares(places)
    for caller in asking:
        if shares.has_room(caller):
            shares.take(caller)
    assert shares.taken == sum(shares.held.values()) <= places
    greedy = max(shares.held.values(), default=0)
    if places >= 8 * max(1, len(shares.held)):
        assert shares.has_room("newcomer")
        assert greedy <= 7 * places / 8 + 1


@pytest.mark.parametrize(("callers", "each"), [(1, 70), (2, 37), (4, 19)])
def test_the_more_callers_there_are_the_less_each_gets(callers: int, each: int) -> None:
    shares = Shares(80)
    for _ in range(80):
        for caller in map(str, range(callers)):
            if shares.has_room(caller):
                shares.take(caller)
    assert all(abs(held - each) <= 1 for held in shares.held.values())


async def test_of_those_who_wait_the_one_who_holds_least_comes_first() -> None:
    places, came = Places(8), []
    for _ in range(7):
        assert await places.take("greedy", 0)

    async def asking(caller: str) -> None:
        if await places.take(caller, 5):
            came.append(caller)

    assert await places.take("early", 0)
    waiting = [asyncio.create_task(asking(caller)) for caller in ("greedy", "greedy", "newcomer")]
    await asyncio.sleep(0)
    places.give_back("greedy")
    await asyncio.sleep(0.01)
    assert came == ["newcomer"]
    for _ in range(6):
        places.give_back("greedy")
    await asyncio.gather(*waiting)
    assert Counter(came) == {"newcomer": 1, "greedy": 2} and places.taken == 4


async def test_a_wait_ends_in_time_and_leaves_nothing_behind() -> None:
    places = Places(1)
    assert await places.take("one", 0)
    assert not await places.take("two", 0.01)
    leaving = asyncio.create_task(places.take("two", 60))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    places.give_back("one")
    assert places.taken == 0 and await places.take("two", 0)


async def test_who_is_called_in_the_moment_in_which_it_leaves_gives_its_place_on() -> None:
    places = Places(2)
    assert await places.take("one", 0) and await places.take("one", 0)
    leaving, waiting = (asyncio.create_task(places.take(caller, 60)) for caller in ("two", "three"))
    await asyncio.sleep(0)
    places.give_back("one")
    leaving.cancel()
    assert await waiting and places.taken == 2
    assert leaving.cancelled() or isinstance(leaving.exception(), asyncio.CancelledError)


@settings(max_examples=50, deadline=None)
@given(
    st.integers(1, 6),
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from([0, 0.001, 0.004]), st.booleans()), max_size=40
    ),
)
def test_every_place_comes_back(count: int, asked: list[tuple[str, float, bool]]) -> None:
    async def all_of_them() -> Places:
        places = Places(count)

        async def one(caller: str, work_s: float) -> None:
            if await places.take(caller, 0.002):
                assert places.taken <= count
                try:
                    await asyncio.sleep(work_s)
                finally:
                    places.give_back(caller)

        tasks = []
        for caller, work_s, leaves in asked:
            task = asyncio.create_task(one(caller, work_s))
            tasks.append(task)
            await asyncio.sleep(0)
            if leaves:
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return places

    places = asyncio.run(all_of_them())
    assert places.taken == 0 and not places._line and places._waiting.taken == 0


@dataclass(slots=True)
class Holding(Provider):
    """Answers once it is told to."""

    let_go: threading.Event = field(default_factory=threading.Event)

    async def _reply(self, reply: Reply, request: JsonObject, send: Any) -> None:
        while not self.let_go.is_set():
            await asyncio.sleep(0.01)
        await Provider._reply(self, reply, request, send)


@contextmanager
def held(
    start_proxy: StartProxy, **settings: Any
) -> Iterator[tuple[RunningProxy, Holding, Future[httpx.Response]]]:
    """A proxy with one place, and the request that holds it until the provider is told to answer."""
    provider = Holding()
    provider.answers(TRUE)
    with served(provider) as upstream, ThreadPoolExecutor() as pool:
        proxy = start_proxy(upstream=f"{upstream}/v1", max_requests=1, **settings)
        first = pool.submit(proxy.ask, "Bereavement?")
        try:
            deadline = time.monotonic() + 20
            while not provider.requests:
                assert time.monotonic() < deadline, "the provider was never asked"
                time.sleep(0.01)
            yield proxy, provider, first
        finally:
            provider.let_go.set()


def test_one_too_many_is_sent_away_before_the_provider_hears_of_it(start_proxy: StartProxy) -> None:
    with held(start_proxy, max_wait_s=0.1) as (proxy, provider, first):
        for door in DOORS:
            sent_away = httpx.request("GET" if door == "/v1/models" else "POST", proxy.url + door, json={})
            assert sent_away.status_code == 429
            error = sent_away.json()["error"]
            assert (error["type"], error["code"]) == ("rate_limit_error", "server_overloaded")
            assert 1 <= int(sent_away.headers["retry-after"]) <= 5
            assert sent_away.headers["x-cxai-verified"] == "no"
            assert sent_away.headers["x-cxai-unverified-reason"] == "server_overloaded"
            assert sent_away.headers["x-cxai-trace-id"]
        assert [httpx.get(proxy.url + path).status_code for path in ("/healthz", "/readyz")] == [200, 200]
        page = httpx.get(proxy.url + "/metrics").text
        assert "cxai_requests_in_flight 1.0" in page and f"cxai_requests_shed_total {len(DOORS)}.0" in page
        provider.let_go.set()
        assert first.result().status_code == 200
        assert len(provider.requests) == 1
        assert "cxai_requests_in_flight 0.0" in httpx.get(proxy.url + "/metrics").text


def test_a_large_body_need_not_be_read_to_be_sent_away(start_proxy: StartProxy) -> None:
    with (
        held(start_proxy, max_wait_s=0.0) as (proxy, _, _),
        httpx.Client(base_url=proxy.url) as client,  # on one connection: it can be used again
    ):
        assert client.post("/v1/chat/completions", content=b"x" * 5_000_000).status_code == 429
        assert client.get("/healthz").status_code == 200


def test_a_place_is_waited_for(start_proxy: StartProxy) -> None:
    with held(start_proxy, max_wait_s=30.0) as (proxy, provider, first), ThreadPoolExecutor() as pool:
        second = pool.submit(proxy.ask, "Bereavement?")
        time.sleep(0.3)
        assert len(provider.requests) == 1
        provider.let_go.set()
        assert (first.result().status_code, second.result().status_code) == (200, 200)
        assert len(provider.requests) == 2


def test_a_place_is_held_until_the_stream_has_ended_and_let_go_with_its_client(
    start_proxy: StartProxy,
) -> None:
    with socket_provider(goes_silent) as provider:
        proxy = start_proxy(upstream=provider.url, max_requests=1, max_wait_s=0.0)
        with asking(proxy.url, BODY) as client:
            read_until(client, b"apply before you travel")
            assert proxy.ask("Bereavement?").status_code == 429
        deadline = time.monotonic() + 10
        while "cxai_requests_in_flight 0.0" not in httpx.get(proxy.url + "/metrics").text:
            assert time.monotonic() < deadline, "the place was never let go"
            time.sleep(0.05)
