"""What tells open pages that a case has changed, whichever worker changed it.

Each worker asks the ledger for the number of the newest change, once for all its pages and only while there are any.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from proxy.ledger.ledger import LedgerError

ASKED_EVERY_S = 0.3  # a page in another browser shows a change within a second
WAKES_S = 5.0  # a page that was closed is noticed by then
NOT_ASKED = -1
MOST_PAGES = 20  # of one person that are told of changes, by worker
LONGEST_S = 600.0  # then the browser connects anew, and is asked again who it is


@dataclass(slots=True)
class _Watched:
    """What is asked for one tenant. ``pages`` are the events of those who wait."""

    newest: int = NOT_ASKED
    pages: set[asyncio.Event] = field(default_factory=set)
    asking: asyncio.Task[None] | None = None


class ChangeFeed:
    """``newest`` gives the number of a tenant's newest change; it blocks, and may raise LedgerError."""

    def __init__(self, newest: Callable[[str], int], *, every_s: float = ASKED_EVERY_S) -> None:
        self._newest = newest
        self._every_s = every_s
        self._tenants: dict[str, _Watched] = {}
        self._open: Counter[str] = Counter()

    def has_room(self, person: str) -> bool:
        """Whether this person may have one more page open."""
        return self._open[person] < MOST_PAGES

    async def changes(
        self, tenant: str, known: int, *, person: str = "", ended: Callable[[], bool] = lambda: False
    ) -> AsyncIterator[int | None]:
        """The number of the newest change whenever it is not the one ``known``; None from time to time in between.

        ``person`` is whose page it is.

        It ends after ten minutes, or once ``ended`` says so.
        """
        watched, changed = self._tenants.setdefault(tenant, _Watched()), asyncio.Event()
        watched.pages.add(changed)
        self._open[person] += 1
        if watched.asking is None:
            watched.asking = asyncio.create_task(self._ask(tenant, watched))
        clock = asyncio.get_running_loop().time
        until = clock() + LONGEST_S
        try:
            while clock() < until and not ended():
                changed.clear()
                if watched.newest not in (NOT_ASKED, known):
                    known = watched.newest
                    yield known
                    continue
                with suppress(TimeoutError):
                    await asyncio.wait_for(changed.wait(), timeout=WAKES_S)
                    continue
                yield None
        finally:
            self._open[person] -= 1
            if not self._open[person]:
                del self._open[person]
            self._leave(tenant, watched, changed)

    @property
    def watched(self) -> int:
        """For how many tenants the ledger is asked."""
        return len(self._tenants)

    def _leave(self, tenant: str, watched: _Watched, page: asyncio.Event) -> None:
        watched.pages.discard(page)
        if not watched.pages and watched.asking is not None:
            watched.asking.cancel()
            watched.asking = None
            self._tenants.pop(tenant, None)

    async def _ask(self, tenant: str, watched: _Watched) -> None:
        ask = partial(self._newest, tenant)
        while True:
            with suppress(
                LedgerError
            ):  # the page says nothing of an outage that its next reading will tell of
                newest = await asyncio.to_thread(ask)
                if newest != watched.newest:
                    watched.newest = newest
                    for page in watched.pages:
                        page.set()
            await asyncio.sleep(self._every_s)
