"""Requests spread over several clients: who has least in hand is asked, whatever becomes of each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.wire.upstreams.spread import SpreadClient

ASKED = httpx.Request("POST", "http://provider/v1/chat/completions")


async def body() -> AsyncIterator[bytes]:
    yield b"{}"


def spread(several: int, asked: list[int], fails: bool = False) -> SpreadClient:
    """Clients that note their number in ``asked``."""

    def client(number: int) -> httpx.AsyncClient:
        def answer(_: httpx.Request) -> httpx.Response:
            asked.append(number)
            if fails:
                raise httpx.ConnectError("no connection")
            return httpx.Response(200, content=body())

        return httpx.AsyncClient(transport=httpx.MockTransport(answer))

    return SpreadClient([client(number) for number in range(several)])


@given(st.lists(st.booleans(), max_size=40))
def test_each_request_goes_where_fewest_are_in_hand(begins: list[bool]) -> None:
    async def run() -> None:
        asked: list[int] = []
        client, in_hand = spread(3, asked), [0, 0, 0]
        running: list[tuple[int, Any]] = []
        for begin in begins:
            if begin:
                response = await client.send(ASKED)
                assert in_hand[asked[-1]] == min(in_hand)
                in_hand[asked[-1]] += 1
                running.append((asked[-1], response))
            elif running:
                which, response = running.pop(0)
                await response.aclose()
                in_hand[which] -= 1

    asyncio.run(run())


async def test_one_request_after_the_other_stays_on_warm_connections() -> None:
    asked: list[int] = []
    client = spread(3, asked)
    for _ in range(4):
        response = await client.send(ASKED)
        assert await response.aread() == b"{}"
        await response.aclose()
        await response.aclose()
    assert asked == [0, 0, 0, 0]


async def test_one_that_fails_is_no_longer_in_hand() -> None:
    asked: list[int] = []
    client = spread(2, asked, fails=True)
    for _ in range(3):
        with pytest.raises(httpx.ConnectError):
            await client.send(ASKED)
    assert asked == [0, 0, 0]
