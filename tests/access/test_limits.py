"""Limits: how many a minute, how many at once, and how often an address may fail."""

from __future__ import annotations

import json
import socket
import time
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.house import House
from support.provider import Reply

from proxy.access import limits
from proxy.access.keys import new_key
from proxy.access.limits import Bucket, FailedAttempts, KeyLimits, LimitReached


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@given(
    size=st.integers(1, 50),
    per_minute=st.integers(1, 600),
    pauses=st.lists(st.floats(0, 120, allow_nan=False), min_size=1, max_size=80),
)
def test_never_more_than_the_size_and_the_rate_allow(size: int, per_minute: int, pauses: list[float]) -> None:
    bucket, now, taken = Bucket(size, per_minute, 0.0), 0.0, 0
    for pause in pauses:
        now += pause
        wait_s = bucket.take(now)
        taken += wait_s == 0
        assert taken <= size + now * per_minute / 60 + 1e-6
        if wait_s:
            assert wait_s <= 60 / per_minute + 1e-6


def test_after_the_wait_there_is_room() -> None:
    bucket = Bucket(1, 6, 0.0)
    assert bucket.take(0.0) == 0
    wait_s = bucket.take(1.0)
    assert wait_s == pytest.approx(9.0)
    assert bucket.take(1.0 + wait_s + 1e-6) == 0


def test_each_key_has_its_own_room() -> None:
    clock = Clock()
    kept, (_, one), (_, two) = (
        KeyLimits(clock),
        new_key("1", requests_per_minute=2),
        new_key("2", concurrency=1),
    )
    for _ in range(2):
        kept.enter(one)
        kept.leave(one)
    with pytest.raises(LimitReached, match="2 requests a minute") as reached:
        kept.enter(one)
    assert reached.value.retry_after_s == pytest.approx(30)
    kept.enter(two)
    with pytest.raises(LimitReached, match="1 at the same time"):
        kept.enter(two)
    kept.leave(two)
    kept.enter(two)
    clock.now += 30
    kept.enter(one)


def test_addresses_are_forgotten_before_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_ADDRESSES", 100)
    clock = Clock()
    attempts = FailedAttempts(clock)
    for number in range(1000):
        assert attempts.failed(f"10.0.{number // 250}.{number % 250}") == 0
    assert len(attempts._buckets) == 100


def test_one_network_of_ipv6_counts_as_one_address() -> None:
    attempts = FailedAttempts(Clock())
    waits = [attempts.failed(f"2001:db8::{number:x}") for number in range(limits.FAILURES_AT_ONCE + 1)]
    assert not any(waits[:-1]) and waits[-1] > 0
    assert attempts.failed("2001:db8:0:1::1") == 0 and attempts.failed("nobody knows") == 0


def test_too_many_a_minute_are_told_when_to_come_back(house: House) -> None:
    house.add_key("slow", requests_per_minute=3)
    answers = [house.chat(house.bearer("slow")) for _ in range(4)]
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.json()["error"] == {
        "message": "This API key is limited to 3 requests a minute; try again later.",
        "type": "rate_limit_error", "param": None, "code": "rate_limit_exceeded",
    }  # fmt: skip
    assert 1 <= int(refused.headers["retry-after"]) <= 20
    assert house.chat(house.bearer("usual")).status_code == 200
    assert house.refused("limit") >= 1


@pytest.fixture
def slow_provider(house: House) -> Any:
    provider = house.providers["default"]
    provider.replies = [Reply(("Hello! " * 60,), chunk_size=2, chunk_delay_s=0.1)]
    yield provider
    provider.answers("Hello!")


def test_a_slot_is_free_again_when_the_client_hangs_up(house: House, slow_provider: Any) -> None:
    which = "single"
    house.add_key(which, concurrency=1)
    for _ in range(3):  # so that a slot that leaks is missed
        with streaming(house, which) as connection:
            assert b"200 OK" in connection.recv(1000)
            refused = house.chat(house.bearer(which), stream=True)
            assert refused.status_code == 429 and refused.headers["retry-after"] == "1"
            assert "limited to 1 at the same time" in refused.json()["error"]["message"]
        assert free_again(house, which)


def streaming(house: House, which: str) -> socket.socket:
    """A stream that has begun; closing the socket is how a client hangs up."""
    host, port = house.url.removeprefix("http://").split(":")
    asked = json.dumps({"model": "m", "stream": True, "messages": [{"role": "user", "content": "?"}]})
    connection = socket.create_connection((host, int(port)), timeout=20)
    connection.sendall(
        f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {house.keys[which]}\r\n"
        f"content-length: {len(asked)}\r\n\r\n{asked}".encode()
    )
    return connection


def free_again(house: House, which: str) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        status = httpx.get(f"{house.url}/v1/responses/none", headers=house.bearer(which)).status_code
        if status == 404:
            return True
        assert status == 429
        time.sleep(0.05)
    return False


def test_a_refused_request_takes_no_slot(house: House) -> None:
    house.add_key("checks", concurrency=1, scopes=["check"])
    for _ in range(3):
        assert house.chat(house.bearer("checks")).status_code == 403
    body = {"answer": "Hello."}
    answer = httpx.post(f"{house.url}/v1/guard/check", json=body, headers=house.bearer("checks"), timeout=30)
    assert answer.status_code == 200
