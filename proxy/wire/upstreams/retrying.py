"""Whether a failed call is worth another, and when: as OpenAI's SDKs have it, but over several upstreams.

    first each upstream that was not asked yet, at once
    then those that may be asked again (``retries``), after what their answer said, or longer and longer

A call of a model does nothing but cost: one whose answer never began may be sent again, by then perhaps paid twice.

https://github.com/openai/openai-python/blob/main/src/openai/_base_client.py
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

from proxy.wire.errors import ProxyError, UpstreamRejected, UpstreamTimeout, UpstreamUnreachable
from proxy.wire.upstreams.upstream import Upstream

BACKOFF_S, MOST_BACKOFF_S = 0.5, 8.0
MOST_SAID_S = 20.0  # who is to wait longer had better know: the error and its Retry-After go to the client
_RETRIED = frozenset({408, 409, 429})


def may_be_retried(error: ProxyError) -> bool:
    """Whether another call could end better than this one."""
    if isinstance(error, UpstreamRejected):
        status = error.provider_status
        return status in _RETRIED or status >= 500 or error.headers.get("x-should-retry") == "true"
    if isinstance(error, UpstreamTimeout):
        return error.phase in ("connect_timeout_s", "first_byte_timeout_s")
    return isinstance(error, UpstreamUnreachable)


def said_wait_s(headers: Mapping[str, str], now: Callable[[], float] = time.time) -> float | None:
    """What ``Retry-After`` (seconds or a date) or ``retry-after-ms`` says, in seconds; None where nothing usable."""
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    said = headers.get("retry-after", "")
    seconds = _number(said)
    if seconds is not None:
        return seconds
    try:
        return max(0.0, parsedate_to_datetime(said).timestamp() - now())
    except (ValueError, OverflowError):
        return None


def backoff_s(times: int) -> float:
    """How long to wait after so many failed calls; up to a quarter less, so that not all come back at once."""
    return min(BACKOFF_S * 2.0 ** (times - 1), MOST_BACKOFF_S) * (1 - random.random() / 4)


@dataclass(slots=True)
class Tries:
    """The calls that one request has cost so far. Times are the event loop's."""

    times: dict[str, int] = field(default_factory=dict)
    again_at: dict[str, float] = field(default_factory=dict)
    error: ProxyError | None = None

    @property
    def resends(self) -> int:
        return max(0, sum(self.times.values()) - 1)

    def begun(self, upstream: Upstream) -> None:
        self.times[upstream.name] = self.times.get(upstream.name, 0) + 1

    def failed(self, upstream: Upstream, error: ProxyError, now: float) -> None:
        self.error = error
        self.again_at[upstream.name] = now + self._wait_s(upstream, error)

    def may_ask(self, upstream: Upstream) -> bool:
        return self.times.get(upstream.name, 0) <= upstream.options.retries and self.at(upstream) < math.inf

    def at(self, upstream: Upstream) -> float:
        """When it may be asked."""
        return self.again_at.get(upstream.name, -math.inf)

    def _wait_s(self, upstream: Upstream, error: ProxyError) -> float:
        if error.headers.get("x-should-retry") == "false":
            return math.inf
        said_s = said_wait_s(error.headers)
        if said_s is None:
            return backoff_s(self.times[upstream.name])
        return said_s if said_s <= MOST_SAID_S else math.inf


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None
