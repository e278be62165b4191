"""Loops that may go on for long without ever waiting: others have their turn meanwhile."""

from __future__ import annotations

import asyncio

TURN_S = 0.005


class Pauses:
    """``await pauses.due()`` in each round lets the event loop do other work whenever ``TURN_S`` have passed."""

    def __init__(self) -> None:
        self._clock = asyncio.get_running_loop().time
        self._turn_ends = self._clock() + TURN_S

    async def due(self) -> None:
        if self._clock() > self._turn_ends:
            await asyncio.sleep(0)
            self._turn_ends = self._clock() + TURN_S
