"""Judging ahead: a stream's sentences are judged side by side while those before them are still on their way out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from proxy.actions.decide import Judged
from proxy.actions.gate import LONG_TEXT, said_until
from proxy.grounding.text.segments import Segment, Segmenter

Judge = Callable[[int, Segment, str], Awaitable[Judged]]


@dataclass(slots=True)
class _Coming:
    """A choice's text that has arrived, and where its sentences end."""

    segmenter: Segmenter = field(default_factory=Segmenter)
    text: str = ""


class Lookahead:
    """Begins to judge sentences as soon as they have arrived; ``judge`` takes choice, sentence and the text so far.

    What is judged does not depend on it: a gate that asks for a sentence gets the judgement that is under way, or has
    it judged then.
    """

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._coming: dict[int, _Coming | None] = {}
        self._judging: dict[tuple[int, Segment], asyncio.Future[Judged]] = {}

    def expect(self, choice: int, text: str) -> None:
        """Text of a choice, as it arrived; a gate is fed the same text in the same order later."""
        coming = self._coming.setdefault(choice, _Coming())
        if coming is None:
            return
        if len(text) >= LONG_TEXT:  # finding its sentences would keep other answers waiting
            self._coming[choice] = None
            return
        coming.text += text
        for piece in coming.segmenter.feed(text):
            work = self._judge(choice, piece, said_until(piece, coming.text))
            self._judging[choice, piece] = asyncio.ensure_future(work)

    def judged(self, choice: int, piece: Segment) -> asyncio.Future[Judged] | None:
        """The judgement under way; given out once."""
        return self._judging.pop((choice, piece), None)

    def stop(self) -> None:
        """Nobody will ask for what is still under way."""
        for judging in self._judging.values():
            judging.cancel()
        self._judging.clear()
