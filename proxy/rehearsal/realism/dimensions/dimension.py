"""What a dimension is: how its messages are placed, and into which kinds they fall. Each one is a file beside this."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np

from proxy.rehearsal.realism.traffic import Bools, Floats, Ints, Message, Traffic


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """Messages of one kind. ``words`` go on "9% of live messages ..."; ``suite`` and ``live`` say which those are."""

    words: str
    suite: Bools
    live: Bools


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """One dimension of two samples.

    ``suite`` (n, d) and ``live`` (m, d) are points whose distance says how unlike messages are, NaN where not known.
    ``kinds`` are what gaps are told in. Groups are what comes and goes together: conversations unless given.
    """

    suite: Floats
    live: Floats
    kinds: Sequence[Kind]
    groups: tuple[Ints, Ints] | None = None

    @property
    def known(self) -> Bools:
        """Whether it is known of each message of both, (n + m,)."""
        known: Bools = ~np.isnan(np.concatenate([self.suite, self.live])).any(axis=1)
        return known


class Dimension(Protocol):
    name: str
    words: str

    def place(self, suite: Traffic, live: Traffic) -> Placed | None:
        """None where one of the two has nothing to tell it by."""
        ...


class Categories:
    """A dimension whose messages are each of one category: two categories are as unlike as any two."""

    def __init__(
        self, name: str, words: str, of: Callable[[Message], str | None], phrase: Callable[[str], str]
    ) -> None:
        self.name, self.words, self._of, self._phrase = name, words, of, phrase

    def place(self, suite: Traffic, live: Traffic) -> Placed | None:
        ours, theirs = ([self._of(each) for each in traffic.messages] for traffic in (suite, live))
        values = sorted({each for each in (*ours, *theirs) if each is not None})
        if not any(each is not None for each in ours) or not any(each is not None for each in theirs):
            return None
        kinds = [Kind(self._phrase(value), equal(ours, value), equal(theirs, value)) for value in values]
        return Placed(_corners(ours, values), _corners(theirs, values), kinds)


class Amounts:
    """A dimension of amounts, compared by ratio (logarithms); kinds are the tails and quarters of live traffic."""

    def __init__(
        self,
        name: str,
        words: str,
        of: Callable[[Message], float | None],
        phrase: Callable[[float, float], str],
    ) -> None:
        self.name, self.words, self._of, self._phrase = name, words, of, phrase

    def place(self, suite: Traffic, live: Traffic) -> Placed | None:
        ours, theirs = (
            np.array([_number(self._of(each)) for each in traffic.messages]) for traffic in (suite, live)
        )
        return place_amounts(ours, theirs, self._phrase)


def place_amounts(suite: Floats, live: Floats, phrase: Callable[[float, float], str]) -> Placed | None:
    """Amounts of 0 and more, (n,) and (m,), NaN where not known. ``phrase`` says "from low to below high".

    Amounts within 1% are one point, so that distances between all of much traffic can be taken.
    """
    known = live[~np.isnan(live)]
    if not len(known) or np.isnan(suite).all():
        return None
    bounds = [0.0, *np.unique(np.quantile(known, [0.1, 0.5, 0.9])), np.inf]
    kinds = [
        Kind(phrase(low, high), (suite >= low) & (suite < high), (live >= low) & (live < high))
        for low, high in pairwise(bounds)
        if low < high
    ]
    return Placed(_ratios(suite), _ratios(live), kinds)


def _ratios(amounts: Floats) -> Floats:
    return np.log1p(amounts).round(2)[:, None]


def equal(values: Sequence[str | None], value: str) -> Bools:
    return np.array([each == value for each in values], dtype=np.bool_)


def _corners(values: Sequence[str | None], known: Sequence[str]) -> Floats:
    """Each category a corner of a simplex, (n, k); NaN where not known."""
    place = {value: number for number, value in enumerate(known)}
    corners = np.zeros((len(values), len(known)))
    for row, value in enumerate(values):
        if value is None:
            corners[row] = np.nan
        else:
            corners[row, place[value]] = 1.0
    return corners


def _number(value: float | None) -> float:
    return float("nan") if value is None else value
