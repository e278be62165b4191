"""Operators applied at their levels: which conversations are hit, and how, follows from the seed alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from types import MappingProxyType

from proxy.intervals import Rate
from proxy.rehearsal.operators.operator import Needs, Operator, Scene
from proxy.rehearsal.operators.registry import OPERATORS
from proxy.rehearsal.operators.truth import check_truth
from proxy.rehearsal.suite.model import Conversation

EVERY = "all"


class LevelError(Exception):
    """A level that cannot be read; the text says why, and what there is."""


@dataclass(frozen=True, slots=True)
class Level:
    """An operator by its name, and the share of conversations that it hits."""

    operator: str
    share: float


def levels_of(
    told: Sequence[str],
    met: Collection[Needs] = tuple(Needs),
    fitted: Mapping[str, Rate] = MappingProxyType({}),
) -> tuple[Level, ...]:
    """``typos=0.3`` or ``typos`` for each, or ``all`` that can be done, at the shares that are fitted, else assumed.

    ``met`` is what operators may need. Raises LevelError.
    """
    shares = {
        name: operator.share if name not in fitted else fitted[name].share or 0.0
        for name, operator in OPERATORS.items()
    }
    return tuple(level for one in told for level in _levels(one, met, shares))


def applied(
    conversation: Conversation, levels: Sequence[Level], seed: int, starts_s: float = 0.0
) -> tuple[Scene, tuple[str, ...]]:
    """The conversation as it is played, and the operators that hit it. Raises TruthChanged."""
    scene, hit = Scene(conversation, starts_s=starts_s), []
    for level in levels:
        operator = OPERATORS[level.operator]
        random = Random(f"{seed}:{level.operator}:{operator.group(scene)}")
        if random.random() < level.share:
            before, scene = scene, operator.apply(scene, random)
            check_truth(level.operator, operator, before.conversation, scene.conversation)
            hit.append(level.operator)
    return scene, tuple(hit)


def _levels(told: str, met: Collection[Needs], shares: Mapping[str, float]) -> list[Level]:
    name, given, share = told.partition("=")
    if name == EVERY and not given:
        return [Level(one, shares[one]) for one, operator in OPERATORS.items() if _can_be_done(operator, met)]
    if name not in OPERATORS:
        raise LevelError(f'there is no operator "{name}"; there are {EVERY}, {", ".join(OPERATORS)}')
    if not _can_be_done(OPERATORS[name], met):
        raise LevelError(f'"{name}" needs {OPERATORS[name].needs}')
    if not given:
        return [Level(name, shares[name])]
    try:
        number = float(share)
    except ValueError:
        number = -1.0
    if not 0.0 <= number <= 1.0:
        raise LevelError(f'"{told}": the share is a number from 0 to 1, such as {name}=0.3')
    return [Level(name, number)]


def _can_be_done(operator: Operator, met: Collection[Needs]) -> bool:
    return operator.needs is None or operator.needs in met
