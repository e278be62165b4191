"""Failed sign-ins make the next ones wait: by account for all workers together, by address in each worker's memory.

An account has a few free attempts; each failure after that doubles the wait, up to a minute, so that at most 70 are
tried in an hour (OWASP ASVS 2.2.1 asks for 100 or fewer). Unknown accounts count like known ones. Who waits is told
so, even with the right password: otherwise waiting would stop nobody. Whoever is signed in stays so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

from proxy.access.limits import FailedAttempts
from proxy.access.people.sessions import now_utc
from proxy.ledger.staff.sign_in_failures import SignInFailures

FREE = 5
LONGEST_WAIT_S = 60


class TooManyAttempts(Exception):
    """How many seconds to wait before the next attempt."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"try again in {wait_s:.0f} s")
        self.wait_s = wait_s


class Attempts:
    """``begin`` before each attempt, ``succeeded`` after one that was right: many at once count like one by one.

    Both wait for the database and raise LedgerError.
    """

    def __init__(self, failures: SignInFailures, clock: Callable[[], datetime] = now_utc) -> None:
        self._failures = failures
        self._clock = clock
        self._addresses = FailedAttempts(lambda: clock().timestamp())

    def begin_from(self, address: str) -> None:
        """Count an attempt that names no account; ``forgive`` it where it was right. Raises TooManyAttempts."""
        if wait_s := self._addresses.failed(address):
            raise TooManyAttempts(wait_s)

    def forgive(self, address: str) -> None:
        self._addresses.forgive(address)

    def begin(self, account: str, address: str) -> None:
        """Count an attempt as failed until it is known to be right. Raises TooManyAttempts."""
        self.begin_from(address)
        if wait := self._failures.count(_key(account), self._clock(), _wait_after):
            raise TooManyAttempts(wait.total_seconds())

    def succeeded(self, account: str, address: str) -> None:
        self._failures.forget(_key(account))
        self._addresses.forgive(address)


def _wait_after(failures: int) -> timedelta:
    if failures < FREE:
        return timedelta()
    return timedelta(seconds=min(LONGEST_WAIT_S, 2 ** min(failures - FREE, 10)))


def _key(account: str) -> str:
    """What is typed may be long, or a password in the wrong field: it is not kept."""
    return hashlib.sha256(account.encode("utf-8", "replace")).hexdigest()
