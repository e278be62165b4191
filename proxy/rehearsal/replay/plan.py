"""How a suite is played: by which model, how fast, what happens to its conversations, and which are streamed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from proxy.rehearsal.operators.levels import Level
from proxy.rehearsal.operators.operator import Needs
from proxy.rehearsal.suite.model import Conversation


@dataclass(frozen=True, slots=True)
class Plan:
    """``speed`` is how many recorded seconds go by in one; None is as fast as possible, ``at_once`` conversations at a
    time in each process. ``arrivals`` come a minute, drawn; None is as recorded. ``streamed`` is the share of
    conversations that are asked for as streams; None is as recorded. ``live``: the provider of the settings answers.
    ``live_context``: the sources that the policies declare are asked.
    """

    suite: Path
    live: bool = False
    live_context: bool = False
    levels: tuple[Level, ...] = ()
    seed: int = 1
    speed: float | None = None
    arrivals: float | None = None
    at_once: int = 1
    streamed: float | None = None

    @property
    def is_side_by_side(self) -> bool:
        """Whether conversations of one process wait for one another, as those of customers do."""
        return self.speed is not None or self.at_once > 1

    def told(self) -> dict[str, Any]:
        """What results depend on, as their head says it."""
        return {
            "upstream": "live" if self.live else "recorded",
            "context": "live" if self.live_context else "then",
            "seed": self.seed,
            "operators": {one.operator: one.share for one in self.levels},
            "speed": self.speed,
            "arrivals": self.arrivals,
            "at_once": self.at_once,
            "streamed": self.streamed,
        }

    def streams(self, conversation: Conversation) -> list[bool]:
        """For each of the conversation's turns whether it is streamed."""
        if self.streamed is None:
            return [turn.streamed for turn in conversation.turns]
        drawn = Random(f"{self.seed}:streams:{conversation.id}").random() < self.streamed
        return [drawn] * len(conversation.turns)


def needs_met(*, live: bool, live_context: bool, speed: float | None) -> frozenset[Needs]:
    """What operators may need that a rehearsal of this kind has."""
    met = {Needs.RECORDED: not live, Needs.THEN: not live_context, Needs.SPEED: speed is not None}
    return frozenset(need for need, is_met in met.items() if is_met)
