"""The policies as they are now: a changed file is live within seconds, in one step and without a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import structlog
from watchfiles import awatch

from proxy.rules.policies import Policies
from proxy.rules.problems import PoliciesError, PolicyProblem
from proxy.rules.reading import policies_from, policy_texts
from proxy.threads import in_thread

log = structlog.get_logger(__name__)
# Takes the policies that are in force, and their files' texts; False where it wants to be told again.
Note = Callable[[Policies, Mapping[str, str]], bool]

DEBOUNCE_MS = 300
# Not every file system reports changes, and none reports those from before the watch began.
RELOAD_ANYWAY_MS = 5000


class LivePolicies:
    """``current`` is a whole set of policies, swapped in one step; take it once for each request.

    A file that breaks later leaves ``current`` as it was, and ``problems`` says why. Policies that are broken
    at the start raise PoliciesError: serving by other rules than the written ones is worse than not serving.
    ``warnings`` are no mistakes: rules that have expired, names of tools that are never called. ``note`` is told of
    each version that comes into force while ``run`` runs, and at its beginning.
    """

    def __init__(self, folder: Path | None, note: Note | None = None) -> None:
        self.folder = folder
        self._note, self._noted, self._not_noted = note, "", ""
        self._texts = policy_texts(folder)
        self._tried: dict[str, str] | None = self._texts
        self.current: Policies = policies_from(self._texts)
        self.problems: tuple[PolicyProblem, ...] = ()
        self.warnings: tuple[str, ...] = ()
        self._warn()

    def reload(self) -> None:
        """Read the folder again, now; what was tried before is not tried again."""
        texts = None
        try:
            texts = policy_texts(self.folder)
            if texts != self._tried:
                self._take(policies_from(texts), texts)
        except PoliciesError as error:
            if error.problems != self.problems:
                log.error("policies broken, the last good ones stay", problems=list(map(str, error.problems)))
            self.problems = error.problems
        self._tried = texts
        self._warn()

    def _take(self, policies: Policies, texts: dict[str, str]) -> None:
        changed, repaired = policies.version != self.current.version, bool(self.problems)
        policies.rules.tools.take_over(self.current.rules.tools)
        self.current, self.problems, self._texts = policies, (), texts
        if changed:
            log.info(
                "policies live",
                version=policies.version,
                routes=[route.name for route in policies.routes],
                rules=[rule.name for rule in policies.rules.every],
            )
        elif repaired:
            log.info("policies in order again, nothing has changed", version=policies.version)

    def _warn(self) -> None:
        """Log each warning once, when it comes up."""
        warnings = tuple(self.current.rules.warnings(datetime.now(UTC)))
        for warning in warnings:
            if warning not in self.warnings:
                log.warning("a rule should be looked at", warning=warning)
        self.warnings = warnings

    def _tell(self) -> None:
        """Have what is in force noted, where it is not yet; that it cannot be is logged once, and stops nothing."""
        version = self.current.version
        if self._note is None or self._noted == version:
            return
        try:
            if self._note(self.current, self._texts):
                self._noted = version
        except Exception as error:
            if self._not_noted != version:
                log.error("a change of policies could not be noted yet", version=version, error=str(error))
            self._not_noted = version

    def _look(self) -> None:
        self.reload()
        self._tell()

    async def run(self) -> None:
        """Watch the folder until cancelled. A folder that is moved away is looked for until it is back."""
        await asyncio.gather(in_thread(self._tell), self._watch())

    async def _watch(self) -> None:
        while self.folder is not None:
            with suppress(FileNotFoundError):
                async for _ in awatch(
                    self.folder, debounce=DEBOUNCE_MS, rust_timeout=RELOAD_ANYWAY_MS, yield_on_timeout=True
                ):
                    await in_thread(self._look)
            await in_thread(self._look)
            await asyncio.sleep(1)
