"""Slow work in a process of its own: what ``cxai ... --json`` can find out, pages show."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import structlog

from proxy.console.problem import Problem
from proxy.console.warm import WarmProcess
from proxy.niced import Ran, run_niced

JsonRows = list[dict[str, Any]]
MOST_S = 600.0  # that one command may take
# Commands whose libraries take seconds to be read: a process of their own is kept.
_KEPT = {
    "recovery": (
        "statsmodels.duration.survfunc",
        "proxy.commands.recovery_given",
        "proxy.recovery.measures.lead",
        "proxy.review.error_rate",
        "proxy.rules.reading",
        "proxy.settings_sources",
    )
}
_TOLD = 2000  # characters of what went wrong
log = structlog.get_logger(__name__)


class Children:
    """Runs two commands at a time; further ones wait."""

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url
        self._places = asyncio.Semaphore(2)
        self._kept = {command: WarmProcess(database_url, *libraries) for command, libraries in _KEPT.items()}

    def begin(self) -> None:
        """Let the processes that are kept read their libraries before somebody asks."""
        for kept in self._kept.values():
            kept.begin()

    def end(self) -> None:
        for kept in self._kept.values():
            kept.end()

    async def rows(self, *arguments: str) -> JsonRows:
        """The command's JSON lines, whether or not it found something (exit status 0 or 1). Raises Problem."""
        try:
            return _rows(arguments, await self._ran(arguments))
        except TimeoutError:
            told = f"It was ended after {MOST_S / 60:.0f} minutes."
            raise Problem("That took too long", told, 503) from None

    async def _ran(self, arguments: tuple[str, ...]) -> Ran:
        if (kept := self._kept.get(arguments[0])) is not None:
            return await kept.run(arguments, MOST_S)
        async with self._places:
            return await run_niced(arguments, self._database_url, MOST_S)


def _rows(arguments: Sequence[str], ran: Ran) -> JsonRows:
    if ran.status not in (0, 1) or (ran.status == 1 and not ran.out.strip()):
        told = ran.err.strip()[-_TOLD:]
        log.warning("a command of the console's failed", command=arguments[:2], status=ran.status, error=told)
        raise Problem("That could not be done", told or "The log says why.", 422)
    return [json.loads(line) for line in ran.out.splitlines() if line.strip()]
