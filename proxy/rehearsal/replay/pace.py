"""When customers come, and when they ask again: as it was recorded, or drawn where nobody recorded it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from random import Random

from proxy.rehearsal.suite.model import Conversation, Turn
from proxy.rehearsal.suite.reading import Suite

THINK_S = 20.0
"""How long a customer takes on average to read and write, where no times were recorded: an assumption."""


class NoTimes(Exception):
    """The suite does not say when its conversations began; the text says what to do."""


def starts_s(
    suite: Suite, numbers: Sequence[int], per_minute: float | None, seed: int
) -> Mapping[int, float]:
    """When these conversations begin, in seconds after the first of them.

    With ``per_minute`` so many come on average, each independent of the others (a Poisson process drawn by the seed);
    without it they come as they did when they were recorded. Raises NoTimes.
    """
    if per_minute is not None:
        return dict(_drawn(numbers, per_minute, seed))
    begins = {number: at for number in numbers if (at := suite.begins[number]) is not None}
    if untold := len(numbers) - len(begins):
        raise NoTimes(
            f"{untold} of {len(numbers)} conversations do not say when they began; say how many come a minute "
            "(--arrivals 6), or record a suite from a source that has times"
        )
    first = min(begins.values())
    return {number: (at - first).total_seconds() for number, at in begins.items()}


def waits_s(conversation: Conversation, seed: int) -> list[float]:
    """For each turn, how many seconds after the one before it is asked; 0 for the first.

    Where no times were recorded, a customer takes THINK_S on average, by an exponential distribution; what tools return
    comes at once.
    """
    random = Random(f"{seed}:thinks:{conversation.id}")
    later = (_wait_s(before, turn, random) for before, turn in pairwise(conversation.turns))
    return [0.0, *later]


def _wait_s(before: Turn, turn: Turn, random: Random) -> float:
    if before.at is not None and turn.at is not None:
        return max(0.0, (turn.at - before.at).total_seconds())
    is_customers = any(one.get("role") == "user" for one in turn.messages)
    return random.expovariate(1 / THINK_S) if is_customers else 0.0


def _drawn(numbers: Sequence[int], per_minute: float, seed: int) -> Iterator[tuple[int, float]]:
    random, at_s = Random(f"{seed}:arrivals"), 0.0
    for number in numbers:
        yield number, at_s
        at_s += random.expovariate(per_minute / 60)
