"""Several providers on loopback, asked as one: who is asked, with what, and what follows where one fails."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from support.mirror import Mirror
from support.provider import Provider, Reply
from support.serving import served
from wire.upstreams.asking import BODY, Asking, answering, asking, not_accepting

from proxy.breaker import State
from proxy.wire.errors import (
    UnknownModel,
    UpstreamInvalid,
    UpstreamRejected,
    UpstreamsUnavailable,
    UpstreamTimeout,
    UpstreamUnreachable,
)

GONE = "http://127.0.0.1:9/v1"  # a port that refuses
GOOD = Reply(("Hello!",))


class Running(Provider):
    __slots__ = ("callers", "url")

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            self.callers.append(scope["client"])
        await super().__call__(scope, receive, send)


@pytest.fixture
def start() -> Iterator[Any]:
    """Starts a provider: ``start(*replies)``; it has a ``url``."""
    with ExitStack() as stack:

        def started(*replies: Reply) -> Running:
            provider = Running(replies=list(replies or (GOOD,)))
            provider.callers = []
            provider.url = stack.enter_context(served(provider)) + "/v1"
            return provider

        yield started


async def test_the_first_by_priority_is_asked_until_it_dies(start: Any) -> None:
    with ExitStack() as living:
        first, second = Provider(), start()
        url = living.enter_context(served(first)) + "/v1"
        async with asking({"url": second.url, "priority": 2}, {"url": url, "priority": 1}) as asked:
            assert [await asked.by() for _ in range(3)] == ["b"] * 3
            living.close()
            assert [await asked.by() for _ in range(3)] == ["a"] * 3
    assert (len(first.requests), len(second.requests)) == (3, 3)
    assert asked.sample("cxai_upstream_retries_total", upstream="b", reason="upstream_unreachable") == 3
    assert asked.sample("cxai_upstream_requests_total", upstream="a", status="200") == 3
    span = asked.last_span
    assert (span["cxai.upstream"], span["http.request.resend_count"]) == ("a", 1)
    assert f":{span['server.port']}/" in second.url


async def test_those_of_one_priority_take_turns(start: Any) -> None:
    first, second, third = start(), start(), start()
    async with asking({"url": first.url}, {"url": second.url}, {"url": third.url, "priority": 1}) as asked:
        assert [await asked.by() for _ in range(4)] == ["a", "b", "a", "b"]
    assert third.requests == []


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504, 529])
async def test_the_next_is_asked_at_once_whatever_retry_after_says(start: Any, status: int) -> None:
    failing, good = start(Reply(status=status, headers={"retry-after": "15"})), start()
    async with asking({"url": failing.url}, {"url": good.url, "priority": 1}) as asked:
        started = time.monotonic()
        assert await asked.by() == "b"
        assert time.monotonic() - started < 10
    assert (len(failing.requests), len(good.requests)) == (1, 1)


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 422])
async def test_what_another_would_say_too_is_told(start: Any, status: int) -> None:
    refusing, good = start(Reply(status=status, headers={"location": GONE})), start()
    async with asking({"url": refusing.url}, {"url": good.url, "priority": 1}) as asked:
        with pytest.raises(UpstreamRejected) as raised:
            await asked.whole()
    assert raised.value.provider_status == status and raised.value.headers["x-cxai-upstream"] == "a"
    assert good.requests == []


async def test_an_idempotency_key_and_the_body_are_the_same_each_time(start: Any) -> None:
    failing, good = start(Reply(status=503)), start()
    async with asking({"url": failing.url}, {"url": good.url, "priority": 1}) as asked:
        await asked.whole(headers={"idempotency-key": "once"})
        await asked.whole()
    for provider in (failing, good):
        assert [headers.get("idempotency-key") for headers in provider.headers] == ["once", None]
    assert failing.requests == good.requests


async def test_the_same_is_asked_again_after_what_it_said(start: Any) -> None:
    limited = start(Reply(status=429, headers={"retry-after-ms": "700"}), GOOD)
    async with asking({"url": limited.url, "retries": 1}) as asked:
        started = time.monotonic()
        assert await asked.by() == "a"
        assert time.monotonic() - started >= 0.7
    assert len(limited.requests) == 2


async def test_all_are_asked_once_before_one_is_asked_again(start: Any) -> None:
    soon = {"retry-after-ms": "50"}
    first, second = start(Reply(status=503, headers=soon), GOOD), start(Reply(status=503, headers=soon))
    async with asking({"url": first.url, "retries": 1}, {"url": second.url, "priority": 1}) as asked:
        assert await asked.by() == "a"
    assert (len(first.requests), len(second.requests)) == (2, 1)


async def test_retries_end(start: Any) -> None:
    limited = start(
        Reply(status=429, body=b'{"error": {"message": "slow"}}', headers={"retry-after-ms": "10"})
    )
    async with asking({"url": limited.url, "retries": 2}) as asked:
        with pytest.raises(UpstreamRejected) as raised:
            await asked.whole()
    assert (raised.value.status, len(limited.requests)) == (429, 3)
    assert asked.sample("cxai_upstream_retries_total", upstream="a", reason="upstream_rejected") == 2


@pytest.mark.parametrize("headers", [{"retry-after": "60"}, {"x-should-retry": "false"}])
async def test_who_does_not_want_to_be_asked_again_is_not(start: Any, headers: dict[str, str]) -> None:
    limited = start(Reply(status=429, headers=headers))
    async with asking({"url": limited.url, "retries": 2}) as asked:
        with pytest.raises(UpstreamRejected) as raised:
            await asked.whole()
    assert raised.value.headers.items() >= headers.items() and len(limited.requests) == 1


async def test_no_wait_goes_beyond_the_requests_time(start: Any) -> None:
    limited = start(Reply(status=429, headers={"retry-after": "15"}))
    async with asking({"url": limited.url, "retries": 2}) as asked:
        started = time.monotonic()
        with pytest.raises(UpstreamRejected):
            await asked.whole(timeout_s=12)
        assert time.monotonic() - started < 10 and len(limited.requests) == 1


async def test_where_all_fail_the_last_ones_error_is_told(start: Any) -> None:
    failing = start(Reply(status=503))
    async with asking({"url": failing.url}, {"url": GONE, "priority": 1}) as asked:
        with pytest.raises(UpstreamUnreachable) as raised:
            await asked.whole()
    assert raised.value.headers["x-cxai-upstream"] == "b"


# What the provider does with its connection


async def hangs_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    pass


async def says_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def begins(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 500\r\n\r\ndata: {}\n\n"
    )
    await writer.drain()


async def begins_and_hangs_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await begins(reader, writer)


async def begins_and_stalls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await begins(reader, writer)
    await reader.read()


async def drips(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await begins(reader, writer)
    while True:
        writer.write(b":")
        await writer.drain()
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("breaking", [hangs_up, begins_and_hangs_up])
async def test_a_whole_answer_that_breaks_off_is_asked_for_elsewhere(start: Any, breaking: Any) -> None:
    good = start()
    async with answering(breaking) as url, asking({"url": url}, {"url": good.url, "priority": 1}) as asked:
        assert await asked.by() == "b"


async def test_a_stream_that_breaks_off_before_it_begins_is_asked_for_elsewhere(start: Any) -> None:
    good = start()
    async with answering(hangs_up) as url, asking({"url": url}, {"url": good.url, "priority": 1}) as asked:
        stream = await asked.stream()
        events = [event async for event in stream.events()]
        await stream.close()
    assert stream.headers["x-cxai-upstream"] == "b" and events[-1] == "[DONE]"


@pytest.mark.parametrize("raw", [True, False])
async def test_a_stream_that_has_begun_is_never_asked_for_again(start: Any, raw: bool) -> None:
    good = start()
    async with (
        answering(begins_and_hangs_up) as url,
        asking({"url": url, "retries": 5}, {"url": good.url, "priority": 1}) as asked,
    ):
        stream = await asked.stream()
        got: list[Any] = []
        with pytest.raises(UpstreamUnreachable):
            async for piece in stream.raw() if raw else stream.events():
                got.append(piece)
        await stream.close()
    assert got == ([b"data: {}\n\n"] if raw else ["{}"]) and good.requests == []


PHASES = {"connect_timeout_s": 0.4, "read_timeout_s": 0.5}


async def test_connecting_that_takes_too_long_is_tried_elsewhere(start: Any) -> None:
    good = start()
    with not_accepting() as url:
        async with asking({"url": url, **PHASES}) as asked:
            with pytest.raises(UpstreamTimeout, match=r"connecting to .*\(connect_timeout_s\)"):
                await asked.whole()
        async with asking({"url": url, **PHASES}, {"url": good.url, "priority": 1}) as asked:
            assert await asked.by() == "b"


async def test_an_answer_that_does_not_begin_is_tried_elsewhere_where_its_limit_is_given(start: Any) -> None:
    good = start()
    limited = {**PHASES, "first_byte_timeout_s": 0.3, "read_timeout_s": 60}
    async with answering(says_nothing) as url:
        async with asking({"url": url, **limited}) as asked:
            with pytest.raises(UpstreamTimeout, match=r"begin its answer \(first_byte_timeout_s\)"):
                await asked.whole()
        async with asking({"url": url, **limited}, {"url": good.url, "priority": 1}) as asked:
            assert await asked.by() == "b"
        async with asking({"url": url, **PHASES}, {"url": good.url, "priority": 1}) as asked:
            with pytest.raises(UpstreamTimeout, match=r"\(read_timeout_s\)"):
                await asked.whole()
    assert len(good.requests) == 1


async def test_the_limit_for_the_first_byte_ends_with_it(start: Any) -> None:
    slow = start(Reply(("Hello!",), chunk_delay_s=0.5))
    async with asking({"url": slow.url, "first_byte_timeout_s": 0.4, "read_timeout_s": 30}) as asked:
        stream = await asked.stream()
        assert [event async for event in stream.events()][-1] == "[DONE]"
        await stream.close()


async def test_an_answer_that_does_not_go_on_is_not_asked_for_again(start: Any) -> None:
    good = start()
    limits = {"first_byte_timeout_s": 60, "read_timeout_s": 0.3, "retries": 3}
    async with (
        answering(begins_and_stalls) as url,
        asking({"url": url, **limits}, {"url": good.url, "priority": 1}) as asked,
    ):
        with pytest.raises(UpstreamTimeout, match=r"more of .*\(read_timeout_s\)"):
            await asked.whole()
        stream = await asked.stream()
        with pytest.raises(UpstreamTimeout, match=r"\(read_timeout_s\)"):
            _ = [event async for event in stream.events()]
        await stream.close()
    assert good.requests == []


async def test_the_whole_takes_no_longer_than_the_request_may(start: Any) -> None:
    async with answering(drips) as url, asking({"url": url, **PHASES, "retries": 5}) as asked:
        for ask in (asked.whole, asked.stream):
            with pytest.raises(UpstreamTimeout, match=r"in time \(total_timeout_s\)"):
                answer = await ask(timeout_s=1.0)
                _ = [event async for event in answer.events()]  # type: ignore[union-attr]


async def test_an_answer_that_is_too_large_is_not_asked_for_again(start: Any) -> None:
    large, good = start(Reply(("x" * 5_000,))), start()
    async with asking({"url": large.url}, {"url": good.url, "priority": 1}, max_answer_bytes=2_000) as asked:
        with pytest.raises(UpstreamInvalid):
            await asked.whole()
    assert good.requests == []


# The breaker


async def test_who_fails_again_and_again_is_left_alone_until_one_call_succeeds(start: Any) -> None:
    shaky, good = start(*[Reply(status=500)] * 3, GOOD), start()
    first = {"url": shaky.url, "breaker_failures": 3, "breaker_open_s": 1.0}
    async with asking(first, {"url": good.url, "priority": 1}) as asked:
        assert asked.sample("cxai_upstream_breaker_state", upstream="a") == State.CLOSED
        assert [await asked.by() for _ in range(3)] == ["b"] * 3
        assert asked.sample("cxai_upstream_breaker_state", upstream="a") == State.OPEN
        assert await asked.by() == "b" and len(shaky.requests) == 3
        await asyncio.sleep(1.1)
        assert [await asked.by() for _ in range(2)] == ["a", "a"]
        assert asked.sample("cxai_upstream_breaker_state", upstream="a") == State.CLOSED


async def test_one_call_alone_tries_it(start: Any) -> None:
    shaky, good = start(Reply(status=500), Reply(("Hello!",), delay_s=0.5)), start()
    first = {"url": shaky.url, "breaker_failures": 1, "breaker_open_s": 0.3}
    async with asking(first, {"url": good.url, "priority": 1}) as asked:
        await asked.whole()
        await asyncio.sleep(0.4)
        assert sorted(await asyncio.gather(*(asked.by() for _ in range(6)))) == ["a", *["b"] * 5]
    assert len(shaky.requests) == 2


async def test_a_client_that_leaves_closes_nobody(start: Any) -> None:
    slow = start(Reply(status=500), Reply(("Hello!",), delay_s=5), GOOD)
    async with asking({"url": slow.url, "breaker_failures": 1, "breaker_open_s": 0.2}) as asked:
        with pytest.raises(UpstreamRejected):
            await asked.whole()
        await asyncio.sleep(0.3)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await asked.whole()
        assert await asked.by() == "a"


async def test_where_all_are_left_alone_it_is_said_at_once_and_when_to_come_back(start: Any) -> None:
    dead = start(Reply(status=503))
    first = {"url": dead.url, "breaker_failures": 1, "breaker_open_s": 60}
    async with asking(
        first, {"url": GONE, "breaker_failures": 1, "breaker_open_s": 30, "priority": 1}
    ) as asked:
        with pytest.raises(UpstreamUnreachable):
            await asked.whole()
        with pytest.raises(UpstreamsUnavailable) as raised:
            await asked.whole()
        with pytest.raises(UpstreamsUnavailable):
            await asked.upstreams.forward("GET", "/models", {}, None)
    assert (raised.value.status, len(dead.requests)) == (503, 1)
    assert 20 <= int(raised.value.headers["retry-after"]) <= 30
    assert b'"code":"upstream_unavailable"' in raised.value.body()


@pytest.mark.parametrize("status", [400, 401, 429])
async def test_what_a_client_brings_upon_itself_closes_nobody(start: Any, status: int) -> None:
    strict = start(Reply(status=status))
    async with asking({"url": strict.url, "breaker_failures": 2}) as asked:
        for _ in range(4):
            with pytest.raises(UpstreamRejected):
                await asked.whole()
    assert len(strict.requests) == 4


# Keys and models


async def test_each_upstream_gets_its_own_key_and_nobody_elses(
    start: Any, tmp_path: Any, monkeypatch: Any
) -> None:
    monkeypatch.setenv("KEY_OF_A", "sk-a")
    (tmp_path / "key").write_text("sk-b")
    a, b, c, d = (start(Reply(status=503)) for _ in range(4))
    several = [
        {"url": a.url, "api_key": {"env": "KEY_OF_A"}},
        {"url": b.url, "api_key": {"file": tmp_path / "key"}, "auth": "api-key", "priority": 1},
        {"url": c.url, "priority": 2},
        {"url": d.url, "api_key": "client", "priority": 3},
    ]
    clients = {
        "authorization": "Bearer sk-client",
        "openai-organization": "org",
        "x-api-key": "k",
        "x-other": "o",
    }
    async with asking(*several) as asked:
        with pytest.raises(UpstreamRejected):
            await asked.whole(headers=clients)
        with pytest.raises(UpstreamRejected):
            await asked.whole(headers={"api-key": "sk-client"})
    names = ("authorization", "api-key", "openai-organization", "x-api-key", "x-other")
    got = [[provider.headers[0].get(name) for name in names] for provider in (a, b, c, d)]
    assert got == [
        ["Bearer sk-a", None, None, None, "o"],
        [None, "sk-b", None, None, "o"],
        [None, None, None, None, "o"],
        ["Bearer sk-client", None, "org", "k", "o"],
    ]
    again = [[provider.headers[1].get(name) for name in names[:2]] for provider in (a, b, c, d)]
    assert again == [["Bearer sk-a", None], [None, "sk-b"], [None, None], ["Bearer sk-client", None]]


async def test_the_provider_gets_its_own_name_of_the_model_and_every_other_byte() -> None:
    with served(mirror := Mirror(status=503)) as url:
        mapped = {"url": url + "/mapped", "models": {"m": "their-m"}}
        async with asking(mapped, {"url": url + "/as-it-is", "priority": 1}) as asked:
            with pytest.raises(UpstreamRejected):
                await asked.whole()
    assert [(seen["path"], seen["body"]) for seen in mirror.seen] == [
        ("/mapped/chat/completions", BODY.replace(b'"m"', b'"their-m"')),
        ("/as-it-is/chat/completions", BODY),
    ]


async def test_the_answer_says_what_the_provider_says(start: Any) -> None:
    provider = start()
    async with asking({"url": provider.url, "models": {"m": "their-m"}}) as asked:
        assert b'"model": "their-m"' in (await asked.whole()).content


async def test_azures_deployment_is_mapped_too(start: Any) -> None:
    provider = start()
    azure = provider.url.removesuffix("/v1") + "/openai"
    async with asking({"url": azure, "models": {"m": "our m"}}) as asked:
        await asked.whole(path="/deployments/m/chat/completions?api-version=1")
    assert provider.paths == ["/openai/deployments/our m/chat/completions?api-version=1"]


async def test_a_model_goes_only_to_those_who_take_it(start: Any) -> None:
    small, large = start(), start(Reply(status=503))
    several = [
        {"url": large.url, "models": ["large"]},
        {"url": small.url, "models": ["small"], "priority": 1},
    ]
    async with asking(*several) as asked:
        assert await asked.by(model="small") == "b"
        with pytest.raises(UpstreamRejected):
            await asked.whole(model="large")
        with pytest.raises(UnknownModel, match="'medium'"):
            await asked.whole(model="medium")
    assert (len(small.requests), len(large.requests)) == (1, 1)


# What passes unchecked


async def forwarded(asked: Asking, content: bytes | None = None) -> tuple[str, int]:
    async def pieces() -> Any:
        yield content

    by, response = await asked.upstreams.forward("POST", "/files", {}, pieces() if content else None)
    await response.aclose()
    return by, response.status_code


async def test_what_passes_goes_to_the_first_that_can_be_reached(start: Any) -> None:
    good = start()
    async with asking({"url": GONE, "breaker_failures": 2}, {"url": good.url, "priority": 1}) as asked:
        assert [await forwarded(asked, b'{"a": 1}') for _ in range(4)] == [("b", 200)] * 4
        assert asked.sample("cxai_upstream_breaker_state", upstream="a") == State.OPEN
    assert good.requests == [{"a": 1}] * 4


async def test_what_was_sent_is_not_sent_to_another(start: Any) -> None:
    good, failing = start(), start(Reply(status=500, body=b"{}"))
    async with answering(hangs_up) as url, asking({"url": url}, {"url": good.url, "priority": 1}) as asked:
        with pytest.raises(UpstreamUnreachable):
            await forwarded(asked, b"{}")
    first = {"url": failing.url, "breaker_failures": 2}
    async with asking(first, {"url": good.url, "priority": 1}) as asked:
        assert [await forwarded(asked) for _ in range(3)] == [("a", 500), ("a", 500), ("b", 200)]
    assert len(good.requests) == 1


async def test_redirects_are_not_followed(start: Any) -> None:
    elsewhere = start()
    moved = start(Reply(status=307, headers={"location": elsewhere.url + "/chat/completions"}))
    async with asking({"url": moved.url}) as asked:
        with pytest.raises(UpstreamRejected) as raised:
            await asked.whole()
        with pytest.raises(UpstreamRejected):
            await forwarded(asked)
    assert (raised.value.status, elsewhere.requests) == (502, [])


async def test_no_request_goes_over_a_connection_that_a_provider_is_about_to_close(start: Any) -> None:
    """uvicorn and Node.js close one on which nothing came for five seconds."""
    provider = start()
    async with asking({"url": provider.url}) as asked:
        for pause_s in (0.1, 4.3, 0.0):
            await asked.by()
            await asyncio.sleep(pause_s)
    first, second, third = provider.callers
    assert first == second != third


async def test_a_cookie_of_a_provider_goes_with_no_other_request(start: Any) -> None:
    """It may stand for the customer whose answer set it."""
    provider = start(Reply(("Hello.",), headers={"set-cookie": "who=alice; path=/"}))
    async with asking({"url": provider.url}) as asked:
        await asked.whole()
        await asked.whole()
    assert len(provider.headers) == 2 and all("cookie" not in headers for headers in provider.headers)
