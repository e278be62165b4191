"""A gate that stands open: text leaves as it comes, and the gate that it would go through judges it alongside.

For routes with ``delivery: immediate``. Nothing is held and nothing is changed. What was found is told when all has
left, and what a person should have had becomes a case to follow up. It is no guard: an answer of which anything left
that is not supported counts as unverified.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

import structlog

from proxy.actions.decide import Action, Judged, Ruling
from proxy.actions.gate import Desk, Gate
from proxy.grounding.text.segments import Segment
from proxy.grounding.types import Label

log = structlog.get_logger(__name__)

NOT_SUPPORTED = "not_supported"


class ImmediateGate(Gate):
    """``judging`` makes the gate that judges; what its desk rules is noted, and not done."""

    def __init__(self, desk: Desk, choice: int, judging: Callable[[Desk, int], Gate]) -> None:
        super().__init__(desk, choice)
        self._judging = judging(_OnlyNoting(desk), choice)
        self.takes_words = self._judging.takes_words
        self._waiting = ""
        self._work: asyncio.Task[None] | None = None
        self._failed = False

    @property
    def settled_text(self) -> str:
        return self.model_text

    async def feed(self, text: str) -> str:
        if self._ended:
            return ""
        self.model_text += text
        self._waiting += text
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._judge_waiting())
        return self._say_first() + self._emit(text)

    async def finish(self) -> str:
        self._ended = True
        return ""

    async def foresee(self, text: str) -> Sequence[Judged]:
        return await self._judging.foresee(text)

    async def settle(self) -> None:
        """Wait until all that has left is judged, and follow up what should not have."""
        self._ended = True
        if self._work is not None:
            await self._work
        await self._try(self._judging.finish)
        self.settled = self._judging.settled
        for judged in (one.judged for one in self.settled):
            if not _is_supported(judged):
                self._desk.mark_unverified(NOT_SUPPORTED)
            if judged.ruling.called_for is Action.ESCALATE:
                reason = f"the customer has read it: {judged.ruling.reason}"
                await self._desk.hand_over(judged.ruled(Ruling(Action.ESCALATE, reason)))

    async def _judge_waiting(self) -> None:
        """Text that arrives meanwhile is judged in the next round, its sentences side by side."""
        while self._waiting:
            text, self._waiting = self._waiting, ""
            await self._try(partial(self._judging.feed, text))

    async def _try(self, judging: Callable[[], Awaitable[str]]) -> None:
        """Where judging itself fails, what has left stays unverified; of what follows nobody knows the place."""
        if self._failed:
            return
        try:
            await judging()
        except Exception:
            log.exception("judging failed", choice=self.choice)
            self._failed = True
            self._desk.mark_unverified("error")


@dataclass(frozen=True, slots=True)
class _OnlyNoting:
    """The desk of a gate that decides nothing: each sentence leaves, with what its verdict called for."""

    desk: Desk

    async def judge(self, choice: int, piece: Segment, text_so_far: str) -> Judged:
        judged = await self.desk.judge(choice, piece, text_so_far)
        return judged.ruled(judged.ruling.not_followed())

    def note(self, choice: int, judged: Judged) -> None:
        self.desk.note(choice, judged)

    async def hand_over(self, judged: Judged) -> tuple[Judged, str]:
        return await self.desk.hand_over(judged)

    def mark_unverified(self, reason: str) -> None:
        self.desk.mark_unverified(reason)


def _is_supported(judged: Judged) -> bool:
    """Whether the sentence would have left as it is, and not because the route lets all pass."""
    label = judged.judgement.verdict.label if judged.judgement else None
    return judged.ruling.wanted is Action.DELIVER and label in (Label.SUPPORTED, Label.NOT_CHECKABLE)
