"""Slow work in a process of its own, with less right to the processor than answers have: ``cxai ... --json``.

What the command line can find out, pages show; nothing is computed twice, in two ways.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import structlog

from proxy.console.problem import Problem
from proxy.console.warm import WarmProcess

JsonRows = list[dict[str, Any]]
MOST_S = 600.0  # that one command may take
_NICE = "import os; os.nice(10); from proxy.cli import main; main()"
# Commands whose libraries take seconds to be read: a process of their own is kept.
_KEPT = {
    "recovery": (
        "statsmodels.duration.survfunc",
        "proxy.commands.recovery_given",
        "proxy.recovery.measures.lead",
    )
}
_TOLD = 2000  # characters of what went wrong
log = structlog.get_logger(__name__)


class Children:
    """Runs two commands at a time; further ones wait.

    ``database_url`` goes by the environment: it may hold a password.
    """

    def __init__(self, database_url: str) -> None:
        self._environment = {"CXAI_DATABASE_URL": database_url, "CXAI_LOG_LEVEL": "error"}
        self._places = asyncio.Semaphore(2)
        self._kept = {
            command: WarmProcess(self._environment, *libraries) for command, libraries in _KEPT.items()
        }

    def begin(self) -> None:
        """Let the processes that are kept read their libraries before somebody asks."""
        for kept in self._kept.values():
            kept.begin()

    def end(self) -> None:
        for kept in self._kept.values():
            kept.end()

    async def rows(self, *arguments: str) -> JsonRows:
        """The command's JSON lines, whether or not it found something (exit status 0 or 1). Raises Problem."""
        if (kept := self._kept.get(arguments[0])) is not None:
            ran = await kept.run(arguments, MOST_S)
            return _rows(arguments, ran.status, ran.out.encode(), ran.err.encode())
        async with self._places:
            child = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", _NICE, *arguments),
                env={**os.environ, **self._environment},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            try:
                out, err = await asyncio.wait_for(child.communicate(), MOST_S)
            except TimeoutError:
                raise Problem(
                    "That took too long", f"It was ended after {MOST_S / 60:.0f} minutes.", 503
                ) from None
            finally:
                with suppress(ProcessLookupError):
                    child.kill()
        return _rows(arguments, child.returncode, out, err)


def _rows(arguments: Sequence[str], status: int | None, out: bytes, err: bytes) -> JsonRows:
    if status not in (0, 1) or (status == 1 and not out.strip()):
        told = err.decode("utf-8", "replace").strip()[-_TOLD:]
        log.warning("a command of the console's failed", command=arguments[:2], status=status, error=told)
        raise Problem("That could not be done", told or "The log says why.", 422)
    return [json.loads(line) for line in out.splitlines() if line.strip()]
