"""The simulation's time, and what happens at which moment of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappop, heappush
from itertools import count

Happening = Callable[[], Awaitable[None]]


@dataclass(slots=True, eq=False)
class SimulatedClock:
    """A clock that goes from one happening to the next; called, it says what time it is."""

    at: datetime
    _waiting: list[tuple[datetime, int, Happening]] = field(default_factory=list)
    _numbers: count[int] = field(default_factory=count)

    def __call__(self) -> datetime:
        return self.at

    def plan(self, at: datetime, happening: Happening) -> None:
        """Let it happen then, or now where that has passed; of the same instant in the order of planning."""
        heappush(self._waiting, (max(at, self.at), next(self._numbers), happening))

    async def run(self, until: datetime) -> None:
        """Let all happen that is planned before this instant, also what is only planned meanwhile."""
        while self._waiting and self._waiting[0][0] < until:
            self.at, _, happening = heappop(self._waiting)
            await happening()
        self.at = until
