"""The gate: one choice's text is held until it is judged, and leaves as it was, repaired, or not at all.

A sentence is judged and repaired seeing only the text before it. A streamed answer feeds the gate piece by piece, a
whole one feeds it once, and both come out the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from proxy.actions.decide import Action, Judged, Ruling
from proxy.actions.rewrite import rewritten
from proxy.grounding.text.language import CONTEXT
from proxy.grounding.text.segments import Segment, Segmenter, SegmentKind, segment
from proxy.rules.rules import Fired

CLOSED_MESSAGE = (
    "I can't check this against our official policy right now, so I'd rather not give you an answer."
)

LONG_TEXT = 2_000  # characters


class Desk(Protocol):
    """What a gate asks of the answer that it belongs to."""

    async def judge(self, choice: int, piece: Segment, text_so_far: str) -> Judged: ...

    def note(self, choice: int, judged: Judged) -> None:
        """That this is what becomes of the sentence."""
        ...

    async def hand_over(self, judged: Judged) -> tuple[Judged, str]:
        """As it turned out (a handover may fail), and what the customer is told."""
        ...

    def mark_unverified(self, reason: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Settled:
    """A judged segment and the part of the delivered text that stands for it: ``delivered[start:end]``."""

    judged: Judged
    start: int
    end: int


class Gate:
    """One choice. What ``feed`` and ``finish`` return may be read by the customer.

    ``closed`` says how the choice was cut short (escalated or refused): nothing after that leaves, calls of tools
    neither. The dialect notes in ``logprobs_dropped`` that it left them out because they spell another text than the
    delivered one. ``fired`` are the rules that have stopped its calls. Where ``takes_words`` is false, nothing of ours
    can stand behind the text.
    """

    takes_words = True

    def __init__(self, desk: Desk, choice: int) -> None:
        self.choice = choice
        self.model_text = ""
        self.delivered = ""
        self.refusal: str | None = None
        self.closed: Action | None = None
        self.logprobs_dropped = False
        self.settled: list[Settled] = []
        self.fired: tuple[Fired, ...] = ()
        self._desk = desk
        self._segmenter = Segmenter()
        self._position = 0
        self._ended = False
        self._foreseen: dict[Segment, Judged] = {}
        self._first = ""

    def begin_with(self, words: str) -> None:
        """Say something of ours before all else, once anything can be said here."""
        self._first = words if self.takes_words else ""

    @property
    def has_begun(self) -> bool:
        """Whether nothing is left to be said first."""
        return not self._first

    @property
    def settled_text(self) -> str:
        """The model's text as far as it was decided what becomes of it."""
        return self.model_text[: self.settled[-1].judged.segment.end] if self.settled else ""

    @property
    def changed(self) -> bool:
        return self.delivered != self.model_text or self.refusal is not None

    async def feed(self, text: str) -> str:
        """Take the next piece of the model's text; return what may leave now. After ``finish`` nothing is taken."""
        if self._ended:
            return ""
        self.model_text += text
        return await self._pass(await off_loop(self._segmenter.feed, text))

    async def finish(self) -> str:
        """The model has ended: return what was still held."""
        if self._ended:
            return ""
        self._ended = True
        out = await self._pass(self._segmenter.finish())
        if self.closed is None and (rest := self.model_text[self._position :]):
            out += self._say_first() + self._emit(rest)
        return out

    async def settle(self) -> None:
        """Wait until all that has left is judged; nothing leaves here before that."""

    async def foresee(self, text: str) -> Sequence[Judged]:
        """Judge a whole text without acting on it; a later ``feed`` of the same text does not judge again."""
        pieces = await off_loop(segment, text)
        judged = await asyncio.gather(*(self._judge(piece, text) for piece in pieces))
        self._foreseen = {one.segment: one for one in judged}
        return judged

    def rerule(self, ruled: Callable[[Judged], Judged]) -> None:
        """Rule anew on what was foreseen."""
        self._foreseen = {piece: ruled(one) for piece, one in self._foreseen.items()}

    def refuse(self, judged: Judged) -> None:
        """Close the choice before anything has left: the customer gets a refusal and no text."""
        self._desk.note(self.choice, judged)
        self.closed, self.refusal = judged.ruling.action, refusal_of(judged)
        self.settled.append(Settled(judged, 0, 0))

    def withhold(self, text: str, judged: Sequence[Judged], ruling: Ruling) -> None:
        """Keep a whole text from leaving, whatever was judged of it, for this reason."""
        self.model_text, self._ended = text, True
        for one in judged:
            withheld = one.ruled(ruling)
            self._desk.note(self.choice, withheld)
            self.settled.append(Settled(withheld, 0, 0))

    def cut_short(self, action: Action, words: str, *, as_refusal: bool) -> str:
        """Close the choice behind its text, for something beside it; return what of ``words`` is a part of the text."""
        self.closed = action
        if self.takes_words and not as_refusal:
            return self._say(words)
        self.refusal = words
        return ""

    def append(self, words: str) -> str:
        """Say something of ours behind what was delivered, where that can be."""
        return self._say(words) if self.takes_words else ""

    async def _pass(self, pieces: Sequence[Segment]) -> str:
        if self.closed is not None:
            return ""
        out = ""
        for judged in await asyncio.gather(*(self._judged(piece) for piece in pieces)):
            self._desk.note(self.choice, judged)
            out += await self._act(judged)
            if self.closed is not None:
                break
        return out

    async def _judged(self, piece: Segment) -> Judged:
        return self._foreseen.get(piece) or await self._judge(piece, self.model_text)

    def _judge(self, piece: Segment, text: str) -> Awaitable[Judged]:
        return self._desk.judge(self.choice, piece, said_until(piece, text))

    async def _act(self, judged: Judged) -> str:
        action = judged.ruling.action
        if action is Action.DELIVER:
            return self._settle(judged, judged.segment.text)
        if action is Action.REWRITE and judged.judgement is not None:
            words = rewritten(judged.judgement, self.delivered)
            if words is not None:
                return self._settle(judged, fit(words, judged.segment))
        if action is Action.REFUSE:
            self.refusal = refusal_of(judged)
            return self._close(judged, Action.REFUSE, "")
        judged, message = await self._desk.hand_over(judged)
        return self._close(judged, judged.ruling.action, message)

    def _settle(self, judged: Judged, text: str) -> str:
        gap = self.model_text[self._position : judged.segment.start]
        self._position = judged.segment.end
        before = self._say_first() + self._emit(gap) if text else ""
        start = len(self.delivered)
        out = before + self._emit(text)
        self.settled.append(Settled(judged, start, len(self.delivered)))
        return out

    def _close(self, judged: Judged, action: Action, message: str) -> str:
        self.closed = action
        out = self._say(message)
        end = len(self.delivered)
        self.settled.append(Settled(judged, end - len(message), end))
        return out

    def _say(self, words: str) -> str:
        """Words of ours behind what was delivered."""
        if words and (first := self._say_first()):
            return first + self._emit(words)
        separator = "\n\n" if "\n" in self.delivered else " "
        return self._emit((separator if words and self.delivered.strip() else "") + words)

    def tell_first(self) -> str:
        """Say what is to be said first, where nothing follows it."""
        self._first = self._first.rstrip()
        return self._say_first()

    def _say_first(self) -> str:
        first, self._first = self._first, ""
        return self._emit(first)

    def _emit(self, text: str) -> str:
        self.delivered += text
        return text


def refusal_of(judged: Judged) -> str:
    """What the customer reads in the place of a choice that this sentence closes."""
    return judged.ruling.refusal or CLOSED_MESSAGE


def said_until(piece: Segment, text: str) -> str:
    """The end of the text up to the piece: as much as can tell its language."""
    return text[max(0, piece.end - CONTEXT) : piece.end]


async def off_loop(split: Callable[[str], list[Segment]], text: str) -> list[Segment]:
    """A long text is split in a thread, so that other customers' answers go on meanwhile."""
    return split(text) if len(text) < LONG_TEXT else await asyncio.to_thread(split, text)


def fit(text: str, piece: Segment) -> str:
    """The replacement in the layout of what it replaces: a table's row stays a row."""
    if not text or piece.kind is not SegmentKind.TABLE_ROW:
        return text
    cell = text.replace("|", "\\|")
    return f"| {cell} |" if piece.text.startswith("|") else cell
