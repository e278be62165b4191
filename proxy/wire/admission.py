"""How many requests are worked on at once, and who is sent away when they are too many: the greediest caller first.

A request has its place from before its body is read until the last byte of its answer has left, or its client has. One
that gets none waits a little, and is then sent away with 429 before anything was asked of the provider.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter, deque
from dataclasses import dataclass, field

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from proxy.telemetry.metrics import Metrics
from proxy.wire import doorkeeper
from proxy.wire.errors import Overloaded
from proxy.wire.refusing import refuse

NEVER_SENT_AWAY = frozenset({*doorkeeper.OPEN, doorkeeper.METRICS})
# Callers that were sent away together shall not come back together.
RETRY_AFTER_S = (1, 5)
TIMES_THE_FREE = 7


@dataclass(slots=True)
class Shares:
    """``places`` among callers, none of whom can take them all.

    A caller may hold seven times as many as are free: alone seven eighths of all, and the more callers there are, the
    less each. So some stay free for whoever comes next, without anybody's count having to be set beforehand. (Dynamic
    thresholds: Choudhury and Hahne, IEEE/ACM Transactions on Networking 6(2), 1998.)
    """

    places: int
    held: Counter[str] = field(default_factory=Counter)
    taken: int = 0

    def has_room(self, caller: str) -> bool:
        return self.held[caller] < TIMES_THE_FREE * (self.places - self.taken)

    def take(self, caller: str) -> None:
        self.held[caller] += 1
        self.taken += 1

    def give_back(self, caller: str) -> None:
        self.taken -= 1
        self.held[caller] -= 1
        if not self.held[caller]:
            del self.held[caller]  # callers are many in the long run


class Places:
    """Places to be worked on, and as many to wait for one; of those who wait, who holds least comes first."""

    def __init__(self, places: int) -> None:
        self._working = Shares(places)
        self._waiting = Shares(places)
        self._line: dict[str, deque[asyncio.Future[None]]] = {}

    @property
    def taken(self) -> int:
        return self._working.taken

    async def take(self, caller: str, wait_s: float) -> bool:
        """Whether the caller has a place now, which it gives back; it waits for one at most ``wait_s``."""
        if caller not in self._line and self._working.has_room(caller):
            self._working.take(caller)
            return True
        if not self._waiting.has_room(caller):
            return False
        return await self._wait(caller, wait_s)

    def give_back(self, caller: str) -> None:
        self._working.give_back(caller)
        while caller_next := self._next():
            self._working.take(caller_next)
            called = self._line[caller_next][0]
            self._leave_line(caller_next, called)
            called.set_result(None)

    async def _wait(self, caller: str, wait_s: float) -> bool:
        called = asyncio.get_running_loop().create_future()
        self._waiting.take(caller)
        self._line.setdefault(caller, deque()).append(called)
        try:
            await asyncio.wait([called], timeout=wait_s)
        except asyncio.CancelledError:
            if called.done():
                self.give_back(caller)
            else:
                self._leave_line(caller, called)
            raise
        if not called.done():
            self._leave_line(caller, called)
        return called.done()

    def _next(self) -> str | None:
        """Who waits, may have a place and holds least; of several the one who waits longest."""
        waiting = [caller for caller in self._line if self._working.has_room(caller)]
        return min(waiting, key=self._working.held.__getitem__, default=None)

    def _leave_line(self, caller: str, called: asyncio.Future[None]) -> None:
        self._waiting.give_back(caller)
        line = self._line[caller]
        line.remove(called)
        del self._line[caller]
        if line:  # at the end: callers who hold equally many take turns
            self._line[caller] = line


def caller_of(scope: Scope) -> str:
    """Whose share of the places a request takes: its key's, or where none was needed the address that it comes from.

    Not what a client says of itself, such as a provider's key: it could be somebody else in each request.
    """
    key, client = doorkeeper.caller_of(scope).key, scope.get("client")
    if key is not None:
        return key.prefix
    return client[0] if client else ""


class Admission:
    """Lets requests through to ``app`` while there are places; operations' doors are always open."""

    def __init__(self, app: ASGIApp, metrics: Metrics, *, places: int, wait_s: float) -> None:
        self._app = app
        self._metrics = metrics
        self._places = Places(places)
        self._wait_s = wait_s
        metrics.in_flight(lambda: self._places.taken)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or _is_never_sent_away(scope["path"]):
            await self._app(scope, receive, send)
            return
        caller = caller_of(scope)
        if not await self._places.take(caller, self._wait_s):
            self._metrics.shed()
            await refuse(scope, send, _overloaded())
            return
        try:
            await self._app(scope, receive, send)
        finally:
            self._places.give_back(caller)


def _is_never_sent_away(path: str) -> bool:
    """A page of the console that stays open is no request in hand, and people are few."""
    return path in NEVER_SENT_AWAY or doorkeeper.is_console(path)


def _overloaded() -> Overloaded:
    message = "The proxy has as many requests as it can work on; try again in a moment."
    return Overloaded(message, retry_after_s=random.randint(*RETRY_AFTER_S))
