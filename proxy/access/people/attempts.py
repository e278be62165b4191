"""Failed sign-ins make the next ones wait, by account and by address. In memory, by worker.

An account has a few free attempts; each failure after that doubles the wait, up to a minute, so that at most 70 are
tried in an hour (OWASP ASVS 2.2.1 asks for 100 or fewer). Unknown accounts count like known ones. Who waits is told
so, even with the right password: otherwise waiting would stop nobody. Whoever is signed in stays so.
"""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from proxy.access.limits import FailedAttempts

FREE = 5
LONGEST_WAIT_S = 60.0
FORGOTTEN_S = 3600.0
MOST_ACCOUNTS = 10_000


class TooManyAttempts(Exception):
    """How many seconds to wait before the next attempt."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"try again in {wait_s:.0f} s")
        self.wait_s = wait_s


@dataclass(slots=True)
class _Account:
    failures: int
    last: float
    free_at: float


class Attempts:
    """``begin`` before each attempt, ``succeeded`` after one that was right: many at once count like one by one."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._accounts: OrderedDict[str, _Account] = OrderedDict()
        self._addresses = FailedAttempts(clock)

    def begin_from(self, address: str) -> None:
        """Count an attempt that names no account; ``forgive`` it where it was right. Raises TooManyAttempts."""
        if wait_s := self._addresses.failed(address):
            raise TooManyAttempts(wait_s)

    def forgive(self, address: str) -> None:
        self._addresses.forgive(address)

    def begin(self, account: str, address: str) -> None:
        """Count an attempt as failed until it is known to be right. Raises TooManyAttempts."""
        self.begin_from(address)
        now, key = self._clock(), _key(account)
        known = self._accounts.pop(key, None)
        if known is None or now - known.last > FORGOTTEN_S:
            known = _Account(0, now, now)
        self._accounts[key] = known
        if len(self._accounts) > MOST_ACCOUNTS:
            self._accounts.popitem(last=False)
        if now < known.free_at:
            raise TooManyAttempts(known.free_at - now)
        known.failures += 1
        known.last = now
        known.free_at = now + _wait_s(known.failures)

    def succeeded(self, account: str, address: str) -> None:
        self._accounts.pop(_key(account), None)
        self._addresses.forgive(address)


def _wait_s(failures: int) -> float:
    if failures < FREE:
        return 0.0
    return float(min(LONGEST_WAIT_S, 2 ** (failures - FREE)))


def _key(account: str) -> str:
    """What is typed may be long, or a password in the wrong field: it is not kept."""
    return hashlib.sha256(account.encode("utf-8", "replace")).hexdigest()
