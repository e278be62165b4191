"""Recalls that were begun from a page: ``cxai recall`` in a process of its own, one at a time for each tenant.

How far a recall is stands in the ledger, so that every replica's pages tell it; one whose process ended can be gone on
with.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog

from proxy.console.problem import Problem
from proxy.niced import Ran, run_niced
from proxy.wire.services import Services

log = structlog.get_logger(__name__)
_TOLD = 1000  # characters of what went wrong
_ENDED_WELL = (0, 1)  # nothing was found, or something
# Hours after which one that does not end is ended, so that it stands in nobody's way: 100,000 answers are judged within
# a day, and what was judged by then is kept.
_LONGEST_H = {"check": 48, "find": 2, "draft": 2}


@dataclass(slots=True)
class Jobs:
    """``running`` says, by tenant, what is being done; ``problems`` what went wrong with the last one.

    ``longest_h`` are the hours that each command may take.
    """

    database_url: str
    running: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    longest_h: Mapping[str, float] = field(default_factory=lambda: _LONGEST_H)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def begin(self, services: Services, what: str, *arguments: str) -> None:
        """Begin ``cxai recall ARGUMENTS``. Raises Problem where another one runs."""
        tenant = services.tenant
        if tenant in self.running:
            raise Problem(
                "Not now", f"One thing at a time; we are at it: {self.running[tenant]}. Try again then.", 409
            )
        self.running[tenant] = what
        self.problems.pop(tenant, None)
        task = asyncio.create_task(self._run(tenant, ("recall", *arguments)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, tenant: str, arguments: tuple[str, ...]) -> None:
        hours = self.longest_h[arguments[1]]
        try:
            ran = await run_niced(arguments, self.database_url, hours * 3600)
        except TimeoutError:
            ran = Ran(-1, "", f"it was not done after {hours:.2g} hours, and was ended")
        except OSError as error:
            ran = Ran(-1, "", str(error))
        finally:
            what = self.running.pop(tenant)
        if ran.status not in _ENDED_WELL:
            told = ran.err.strip()[-_TOLD:]
            self.problems[tenant] = f"{what}: {told}"
            log.warning("a recall could not be done", tenant=tenant, what=what, error=told)
