"""How often and how many at once: the limits of a key, and of failed attempts by address. In memory, by worker."""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from proxy.ledger.records import ApiKey

FAILURES_AT_ONCE = 20
FAILURES_PER_MINUTE = 20
MOST_ADDRESSES = 10_000  # the least recently seen are forgotten


class LimitReached(Exception):
    """One request more than ``allowed`` ("60 requests a minute"), and after how many seconds to try again."""

    def __init__(self, allowed: str, retry_after_s: float) -> None:
        super().__init__(allowed)
        self.allowed = allowed
        self.retry_after_s = retry_after_s


@dataclass(slots=True)
class Bucket:
    """A token bucket: at most ``size`` at once, and ``per_minute`` in the long run. ``at`` is a clock's seconds."""

    size: float
    per_minute: float
    at: float
    tokens: float = -1.0

    def __post_init__(self) -> None:
        self.tokens = self.size

    def take(self, now: float) -> float:
        """Take one; how many seconds to wait where there is none, else 0."""
        self.tokens = min(self.size, self.tokens + (now - self.at) * self.per_minute / 60)
        self.at = now
        if self.tokens >= 1:
            self.tokens -= 1
            return 0.0
        return (1 - self.tokens) * 60 / self.per_minute


class KeyLimits:
    """``requests_per_minute`` and ``concurrency`` of each key."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: dict[str, Bucket] = {}
        self._running: dict[str, int] = {}

    def enter(self, key: ApiKey) -> None:
        """A request of this key begins; call ``leave`` once its answer has ended. Raises LimitReached."""
        running = self._running.get(key.prefix, 0)
        if key.concurrency is not None and running >= key.concurrency:
            raise LimitReached(f"{key.concurrency} at the same time", 1.0)
        self._take(key)
        self._running[key.prefix] = running + 1

    def leave(self, key: ApiKey) -> None:
        self._running[key.prefix] -= 1

    def _take(self, key: ApiKey) -> None:
        rate = key.requests_per_minute
        if rate is None:
            return
        now = self._clock()
        bucket = self._buckets.setdefault(key.prefix, Bucket(rate, rate, now))
        if wait_s := bucket.take(now):
            raise LimitReached(f"{rate} requests a minute", wait_s)


class FailedAttempts:
    """Addresses that keep failing are told to wait. A right key is let in from any of them.

    So that nobody is locked out by a neighbour behind the same address. Addresses of IPv6 count by their /64, which is
    what one household or server has.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def failed(self, address: str) -> float:
        """Count one; how many seconds to wait where there were too many, else 0."""
        now, network = self._clock(), _network(address)
        bucket = self._buckets.pop(network, None) or Bucket(FAILURES_AT_ONCE, FAILURES_PER_MINUTE, now)
        self._buckets[network] = bucket
        if len(self._buckets) > MOST_ADDRESSES:
            self._buckets.popitem(last=False)
        return bucket.take(now)

    def forgive(self, address: str) -> None:
        """Count one less: what was counted beforehand was no failure."""
        if bucket := self._buckets.get(_network(address)):
            bucket.tokens = min(bucket.size, bucket.tokens + 1)


def _network(address: str) -> str:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((ip, 64), strict=False)) if ip.version == 6 else address
