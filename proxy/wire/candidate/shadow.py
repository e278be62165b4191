"""Copies of live requests that a candidate is asked; no customer gets its answers, and none waits for them.

Live answers come first. A copy begins once its own answer is recorded, and is dropped where too many wait. Its claims
are judged in threads of its own, each only while no claim of a live answer is; what runs out of time so is dropped.
Nothing of a customer's is touched: no case is made, nothing is promised, nobody is told, no source is asked.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

from proxy.actions.inquiry import Arm, Inquiry
from proxy.guard import AnswerGuard
from proxy.ledger.rehearsal.canaries import conversation_digest
from proxy.ledger.rehearsal.shadows import ShadowAnswer, Side
from proxy.rehearsal.canary.assignment import place_of
from proxy.rules.candidate_options import CandidateOptions, ShadowOptions
from proxy.telemetry.candidate_metrics import Copied
from proxy.telemetry.uncounted import Uncounted
from proxy.verifiers.pool import YieldingPool
from proxy.wire.candidate.comparing import conversation_of, has_unsupported
from proxy.wire.candidate.known import KnownNow
from proxy.wire.errors import ClientLeft, ProxyError

if TYPE_CHECKING:
    from proxy.wire.exchange import Exchange
    from proxy.wire.services import Services

log = structlog.get_logger(__name__)
# Why a claim is not judged where the machine has no time, which says nothing of the candidate.
NO_TIME = ("timeout", "retrieval_timeout", "context_timeout", "busy")
NO_ANSWER = Side("error", verified=False, confidence=None, unsupported=False, ms=0.0)


@dataclass(frozen=True, slots=True)
class Copy:
    """A request whose customer has their answer, and what that came to."""

    exchange: Exchange
    live: Side


class Shadow:
    """The copies that one worker makes for one candidate. For one event loop.

    ``services`` are the candidate's, ``live`` what answers customers.
    """

    def __init__(
        self, options: CandidateOptions, chosen: ShadowOptions, services: Services, live: Services
    ) -> None:
        self._options, self._chosen, self._live = options, chosen, live
        self._judges = YieldingPool(live.guard.judges, threads=chosen.at_once)
        uncounted = Uncounted()
        guard = replace(services.guard, ledger=None, judges=self._judges, metrics=uncounted)
        ahead = replace(services.ahead, metrics=uncounted)
        self._services = replace(services, guard=guard, ahead=ahead, metrics=uncounted)
        self._waiting: asyncio.Queue[Copy] = asyncio.Queue(chosen.waiting)
        self._playing = [asyncio.create_task(self._play_on()) for _ in range(chosen.at_once)]

    def offer(self, exchange: Exchange, answer: AnswerGuard) -> None:
        """Take a copy of a request that was just answered, where the lot falls on it; returns at once."""
        if not self._wants(exchange.inquiry, answer):
            return
        took = datetime.now(UTC) - exchange.inquiry.received_at
        try:
            self._waiting.put_nowait(Copy(exchange, _side(answer, took.total_seconds())))
        except asyncio.QueueFull:
            self._tell("dropped")

    async def close(self) -> None:
        for task in self._playing:
            task.cancel()
        await asyncio.gather(*self._playing, return_exceptions=True)
        await asyncio.to_thread(self._judges.close)

    def _wants(self, inquiry: Inquiry, answer: AnswerGuard) -> bool:
        """Whether a model was asked, all of its answer came, and the lot falls on it."""
        if inquiry.stopping is not None or inquiry.only_told:
            return False
        if answer.outcome.unverified_reason == ClientLeft.code:
            return False
        return place_of(self._options.name, inquiry.response_id) < self._chosen.share

    async def _play_on(self) -> None:
        while True:
            copy = await self._waiting.get()
            try:
                self._tell(await self._play(copy))
            except Exception:
                log.exception("a copy could not be compared", candidate=self._options.name)
                self._tell("failed")

    async def _play(self, copy: Copy) -> Copied:
        """Ask the candidate, and keep what it came to beside what the customer got."""
        began, answer = time.perf_counter(), None
        outcome: Copied = "answered"
        try:
            async with asyncio.timeout(self._chosen.within.total_seconds()):
                answer = await self._answered(copy.exchange)
        except TimeoutError:
            outcome = "late"
        except ProxyError:
            outcome = "failed"
        if answer is not None and answer.outcome.unverified_reason in NO_TIME:
            return "dropped"
        took_s = time.perf_counter() - began
        given = _side(answer, took_s) if answer else replace(NO_ANSWER, ms=_ms(took_s))
        pair = self._pair(copy, given, _delivered(answer) if answer else None)
        await asyncio.to_thread(self._live.ledger.shadows.add, pair)
        return outcome

    async def _answered(self, live: Exchange) -> AnswerGuard:
        """What the candidate makes of it, judged as an answer that leaves unchanged is. Raises ProxyError."""
        services = self._services
        trace = services.telemetry.shadow(live.trace)
        given = replace(live, trace=trace).by(services, self._options.changes.system_prompt)
        inquiry = replace(
            given.inquiry,
            route=given.route.model_copy(update={"mode": "observe"}),
            dry_run=True,
            arm=Arm(self._options.name, "shadow"),
        )
        ahead = replace(services.ahead, reader=KnownNow(live.inquiry.context))
        await self._judges.turn()
        seen = await ahead.looked_at(inquiry, given.declared, given.headers, trace)
        given = replace(given, inquiry=seen)
        answer = given.guard()
        try:
            if seen.stopping is not None or seen.only_told:
                await answer.unasked(())
            else:
                _, whole = await given.ask()
                await given.settle(answer, whole.places)
            await answer.record()
        finally:
            trace.end(200)
        return answer

    def _pair(self, copy: Copy, given: Side, text: str | None) -> ShadowAnswer:
        inquiry, name = copy.exchange.inquiry, self._options.name
        return ShadowAnswer(
            response_id=inquiry.response_id,
            name=name,
            changes=self._options.changes_version,
            at=inquiry.received_at,
            conversation=conversation_digest(inquiry.tenant, name, conversation_of(inquiry)),
            live=copy.live,
            candidate=given,
            text=text,
            tenant=inquiry.tenant,
        )

    def _tell(self, outcome: Copied) -> None:
        self._live.metrics.candidate.copied(self._live.tenant, self._options.name, outcome)


def _side(answer: AnswerGuard, took_s: float) -> Side:
    return Side(
        decision=answer.outcome.action.word,
        verified=answer.outcome.verified,
        confidence=answer.confidence(),
        unsupported=has_unsupported(answer),
        ms=_ms(took_s),
    )


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


def _delivered(answer: AnswerGuard) -> str:
    return "\n\n".join(gate.delivered for _, gate in sorted(answer.gates.items()))
