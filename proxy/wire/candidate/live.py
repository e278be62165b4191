"""A tenant's candidate as the policies have it now, and where its canary stands, as the ledger says."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from proxy.actions.inquiry import Arm, Inquiry
from proxy.actions.rule_facts import request_facts
from proxy.ledger.rehearsal.canaries import Canary, CanaryState
from proxy.rehearsal.canary.assignment import CanaryShares, serves
from proxy.rehearsal.canary.weighing import Weighing
from proxy.rules.candidate_options import CandidateOptions
from proxy.threads import in_thread
from proxy.wire.candidate.shadow import Shadow

if TYPE_CHECKING:
    from proxy.guard import AnswerGuard
    from proxy.wire.exchange import Exchange
    from proxy.wire.services import Services

log = structlog.get_logger(__name__)
LOOK_EVERY_S = 2.0
TRY_AGAIN_S = 60.0  # what could not be opened: its folder may come later


class CandidateError(Exception):
    """A candidate cannot be opened as it is described; the text is for people."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A candidate that can answer: the tenant's services with what it changes. ``close`` waits for nobody."""

    options: CandidateOptions
    services: Services
    close: Callable[[], Awaitable[None]]


Open = Callable[["Services", CandidateOptions], Awaitable[Opened]]


class LiveCandidate:
    """For one event loop. What is not known to run answers nobody: not before the ledger was asked, nor while it
    cannot be."""

    def __init__(self, open_candidate: Open) -> None:
        self._open = open_candidate
        self._opened: Opened | None = None
        self._shadow: Shadow | None = None
        self._tried: str | None = None
        self._again_at = 0.0
        self._canary: Canary | None = None
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def opened(self) -> Opened | None:
        """What answers, or is to be tried on copies; None where there is no candidate, or it cannot be opened."""
        return self._opened

    def arm_of(self, inquiry: Inquiry) -> Arm | None:
        """The side of the canary that an answer belongs to; None where there is no canary for it.

        A customer who is not known is on no side, nor is who comes by a route that has no share.
        """
        opened, canary = self._opened, self._canary
        if opened is None or canary is None or not canary.answers_customers:
            return None
        options, customer = opened.options, inquiry.customer.id
        assert options.canary is not None
        shares = CanaryShares(options.name, options.canary.share, options.canary.by_route)
        route = inquiry.route.name
        if customer is None or not shares.of(route) or inquiry.route.mode == "off":
            return None
        if not options.match.fits_request(request_facts(inquiry)):
            return None
        stratum = route if route in shares.by_segment else ""
        return Arm(options.name, "candidate" if serves(shares, customer, route) else "control", stratum)

    def is_slow(self, took: timedelta) -> bool:
        """Whether an answer that took so long counts as slow in the canary."""
        canary = self._opened.options.canary if self._opened else None
        slow = canary.guards.slow if canary else None
        return slow is not None and took > slow.after

    def copy(self, exchange: Exchange, answer: AnswerGuard) -> None:
        """Offer an answer that has been given to the shadow, where there is one and it is meant for it."""
        if self._opened is None or self._shadow is None:
            return
        arm = exchange.inquiry.arm
        by_candidate = arm is not None and arm.side == "candidate"
        if not by_candidate and self._opened.options.match.fits_request(request_facts(exchange.inquiry)):
            self._shadow.offer(exchange, answer)

    async def run(self, services: Services) -> None:
        """Follow the policies and the ledger until cancelled."""
        try:
            while True:
                try:
                    await self._follow(services)
                    await self._look(services)
                except Exception as error:
                    self._canary = None
                    log.error(
                        "the candidate could not be looked at", tenant=services.tenant, error=str(error)
                    )
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            opened, self._opened = self._opened, None
            if opened is not None:
                await self._close(opened, self._shadow)
            for task in self._closing:
                task.cancel()
            await asyncio.gather(*self._closing, return_exceptions=True)

    async def _follow(self, services: Services) -> None:
        """Open what the policies name now; what was opened before goes on with the answers that it has begun."""
        wanted = services.policies.current.candidate
        version, now = wanted.version if wanted else None, asyncio.get_running_loop().time()
        failed = wanted is not None and self._opened is None
        if version == self._tried and not (failed and now >= self._again_at):
            return
        before, self._opened, self._canary, self._tried = self._opened, None, None, version
        shadow, self._shadow = self._shadow, None
        if before is not None:
            services.metrics.candidate.rolled_back(services.tenant, before.options.name, False)
            self._close_later(before, shadow, services.total_timeout_s)
        self._again_at = now + TRY_AGAIN_S
        if wanted is None:
            return
        try:
            self._opened = await self._open(services, wanted)
            if (chosen := wanted.shadow) is not None:
                self._shadow = Shadow(wanted, chosen, self._opened.services, services)
            log.info("candidate opened", tenant=services.tenant, candidate=wanted.name)
        except CandidateError as error:
            log.error(
                "the candidate cannot be opened, nobody is answered by it",
                tenant=services.tenant,
                candidate=wanted.name,
                error=str(error),
            )

    def _close_later(self, opened: Opened, shadow: Shadow | None, after_s: float) -> None:
        async def close() -> None:
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(after_s)
            await self._close(opened, shadow)

        task = asyncio.create_task(close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def _close(self, opened: Opened, shadow: Shadow | None) -> None:
        if shadow is not None:
            await shadow.close()
        await opened.close()

    async def _look(self, services: Services) -> None:
        """Count what has ended, and heed where the canary stands then."""
        if self._opened is None or (canary := self._opened.options.canary) is None:
            return
        options, now, table = self._opened.options, datetime.now(UTC), services.ledger.canaries
        stands = await in_thread(table.begun, services.tenant, options.name, options.changes_version, now)
        if stands.answers_customers:
            weigh = Weighing.of(canary)
            stands = await in_thread(table.count, stands, now - canary.quiet, weigh, now)
        before, self._canary = self._canary, stands
        is_rolled_back = stands.state == CanaryState.ROLLED_BACK
        services.metrics.candidate.rolled_back(services.tenant, options.name, is_rolled_back)
        if is_rolled_back and (before is None or before.state != stands.state):
            log.error(
                "candidate rolled back", tenant=services.tenant, candidate=options.name, reason=stands.reason
            )
