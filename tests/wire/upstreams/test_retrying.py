"""Which failures are worth another call, and how long it waits."""

from __future__ import annotations

from email.utils import formatdate

import pytest

from proxy.wire.errors import (
    InvalidRequest,
    ProxyError,
    UpstreamInvalid,
    UpstreamRejected,
    UpstreamTimeout,
    UpstreamUnreachable,
)
from proxy.wire.upstreams.retrying import MOST_BACKOFF_S, backoff_s, may_be_retried, said_wait_s

NOW = 1_800_000_000.0


def rejected(status: int, **headers: str) -> UpstreamRejected:
    return UpstreamRejected(status, b"", {name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize(
    ("error", "worth"),
    [
        (rejected(408), True),
        (rejected(409), True),
        (rejected(429), True),
        (rejected(500), True),
        (rejected(503), True),
        (rejected(529), True),
        (rejected(302), False),
        (rejected(400), False),
        (rejected(400, x_should_retry="true"), True),
        (rejected(401), False),
        (rejected(404), False),
        (UpstreamUnreachable("cut"), True),
        (UpstreamTimeout("connect_timeout_s"), True),
        (UpstreamTimeout("first_byte_timeout_s"), True),
        (UpstreamTimeout("read_timeout_s"), False),
        (UpstreamTimeout("total_timeout_s"), False),
        (UpstreamInvalid("too large"), False),
        (InvalidRequest("no"), False),
    ],
)
def test_what_is_worth_another_call(error: ProxyError, worth: bool) -> None:
    assert may_be_retried(error) is worth


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({"retry-after": formatdate(NOW + 30, usegmt=True)}, 30.0),
        ({"retry-after": formatdate(NOW - 30, usegmt=True)}, 0.0),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": ""}, None),
        ({}, None),
    ],
)
def test_how_long_the_provider_says_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert said_wait_s(headers, now=lambda: NOW) == seconds


def test_the_wait_doubles_and_is_bounded_and_never_the_same() -> None:
    for times, most in [(1, 0.5), (2, 1.0), (3, 2.0), (9, MOST_BACKOFF_S), (60, MOST_BACKOFF_S)]:
        waits = {backoff_s(times) for _ in range(50)}
        assert len(waits) > 1 and max(waits) <= most and min(waits) >= most * 0.75
