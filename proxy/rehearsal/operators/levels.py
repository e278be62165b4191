"""Operators applied at their levels: which conversations are hit, and how, follows from the seed alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from proxy.rehearsal.operators.operator import Scene
from proxy.rehearsal.operators.registry import OPERATORS
from proxy.rehearsal.suite.model import Conversation

EVERY = "all"


class LevelError(Exception):
    """A level that cannot be read; the text says why, and what there is."""


class TruthChanged(Exception):
    """An operator has changed what an operator must not: it is a mistake in that operator."""


@dataclass(frozen=True, slots=True)
class Level:
    """An operator by its name, and the share of conversations that it hits."""

    operator: str
    share: float


def levels_of(told: Sequence[str]) -> tuple[Level, ...]:
    """``typos=0.3`` or ``typos`` for each, or ``all`` of them at the shares that are assumed. Raises LevelError."""
    return tuple(level for one in told for level in _levels(one))


def applied(conversation: Conversation, levels: Sequence[Level], seed: int) -> tuple[Scene, tuple[str, ...]]:
    """The conversation as it is played, and the operators that hit it. Raises TruthChanged."""
    scene, hit = Scene(conversation), []
    for level in levels:
        random = Random(f"{seed}:{level.operator}:{conversation.id}")
        if random.random() < level.share:
            scene = OPERATORS[level.operator].apply(scene, random)
            hit.append(level.operator)
            if truth_of(scene.conversation) != truth_of(conversation):
                raise TruthChanged(f'the operator "{level.operator}" has changed more than what comes in')
    return scene, tuple(hit)


def truth_of(conversation: Conversation) -> list[tuple[Any, ...]]:
    """What labels rest on: answers, what tools returned, when it was asked, and the labels themselves."""
    return [
        (
            turn.answer,
            turn.labels,
            turn.needs_person,
            turn.at,
            turn.continues,
            [one for one in turn.messages if one.get("role") != "user"],
        )
        for turn in conversation.turns
    ]


def _levels(told: str) -> list[Level]:
    name, given, share = told.partition("=")
    if name == EVERY and not given:
        return [Level(one, operator.share) for one, operator in OPERATORS.items()]
    if name not in OPERATORS:
        raise LevelError(f'there is no operator "{name}"; there are {EVERY}, {", ".join(OPERATORS)}')
    if not given:
        return [Level(name, OPERATORS[name].share)]
    try:
        number = float(share)
    except ValueError:
        number = -1.0
    if not 0.0 <= number <= 1.0:
        raise LevelError(f'"{told}": the share is a number from 0 to 1, such as {name}=0.3')
    return [Level(name, number)]
