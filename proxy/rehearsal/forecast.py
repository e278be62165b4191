"""What production will show, predicted from a pilot weighted as live traffic is, and from what the operators do.

Poststratification (Holt and Smith, JRSS A 142, 1979) with everything that is counted drawn anew: the share of each
stratum from its Jeffreys posterior, the live mix from a Dirichlet one, the effect of each operator from its pairs.
Added is the chance of the ``n`` production cases themselves, because it is they that the forecast is held against.
Strata without a pilot case are not guessed: the interval reaches from all of them bad to all of them good.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from proxy.intervals import Rate

Floats = NDArray[np.float64]
_DRAWS = 20_000
_JEFFREYS = 0.5


@dataclass(frozen=True, slots=True)
class Stratum:
    """One part of traffic: good cases of the pilot, and how many of ``Mix.n`` sampled live cases are of it."""

    name: str
    pilot: Rate
    live: int


@dataclass(frozen=True, slots=True)
class OperatorEffect:
    """The same cases without and with an operator: ``worse`` turned bad by it, ``better`` turned good, of ``n`` pairs.

    ``live`` is how many sampled live cases are under that condition; ``pilot`` how many of the pilot's already were.
    """

    name: str
    worse: int
    better: int
    n: int
    live: Rate
    pilot: Rate


@dataclass(frozen=True, slots=True)
class Step:
    """The predicted share of good cases, with its 95% interval, up to and including what ``words`` say."""

    words: str
    value: float
    low: float
    high: float

    @property
    def text(self) -> str:
        return f"{self.words}: {self.value:.1%} ({self.low:.1%} to {self.high:.1%})"


@dataclass(frozen=True, slots=True)
class Forecast:
    """``pilot`` is the pilot's own figure, ``steps`` lead from it to the prediction, which is the last one.

    ``unseen`` names the strata without a pilot case, ``unseen_share`` is the live traffic that they are.
    """

    pilot: Rate
    steps: tuple[Step, ...]
    unseen: tuple[str, ...]
    unseen_share: float

    @property
    def prediction(self) -> Step:
        return self.steps[-1]

    @property
    def unseen_text(self) -> str:
        if not self.unseen:
            return "every stratum of live traffic has pilot cases"
        return (
            f"{self.unseen_share:.1%} of live traffic has no pilot case ({', '.join(self.unseen)}); the interval"
            " reaches from all of it bad to all of it good"
        )


def forecast(
    strata: Sequence[Stratum],
    operators: Sequence[OperatorEffect],
    n: int,
    *,
    seed: int = 0,
    draws: int = _DRAWS,
) -> Forecast:
    """The share of good cases among ``n`` production cases. A case is a conversation, or whatever is independent.

    Effects of operators add up: that two of them at once do no more than both alone is an assumption.

    Raises:
        ValueError: no live case was sampled, there is no pilot case, or n is below 1.
    """
    live, pilot = _counts(strata)
    if not live.sum() or not sum(each.pilot.n for each in strata) or n < 1:
        raise ValueError(
            "a forecast needs a live sample, pilot cases, and at least one production case to predict"
        )
    random = np.random.default_rng(seed)
    seen = pilot[:, 1] > 0
    mix = random.dirichlet(live + _JEFFREYS, size=draws)
    shares = random.beta(
        pilot[:, 0] + _JEFFREYS, pilot[:, 1] - pilot[:, 0] + _JEFFREYS, size=(draws, len(strata))
    )
    known = (mix * shares * seen).sum(axis=1)
    unknown = (mix * ~seen).sum(axis=1)
    steps = [_step("weighted as live traffic is", known, unknown)]
    for each in operators:
        known = known + _effect(each, draws, random) * (1 - unknown)
        steps.append(_step(f"with {each.name}", known, unknown))
    low, high = (_of_cases(share, n, random) for share in (known, known + unknown))
    steps.append(_bounds(f"in {n:,} production cases", steps[-1].value, low, high))
    total = Rate(sum(each.pilot.hits for each in strata), sum(each.pilot.n for each in strata))
    lacking = tuple(each.name for each, there in zip(strata, seen, strict=True) if not there)
    return Forecast(total, tuple(steps), lacking, float(live[~seen].sum() / live.sum()))


def _counts(strata: Sequence[Stratum]) -> tuple[Floats, Floats]:
    live = np.array([each.live for each in strata], dtype=np.float64)
    return live, np.array([(each.pilot.hits, each.pilot.n) for each in strata], dtype=np.float64).reshape(
        -1, 2
    )


def _effect(each: OperatorEffect, draws: int, random: np.random.Generator) -> Floats:
    """What the operator adds to the share of good cases: its effect × how much more of it live traffic has."""
    same = each.n - each.worse - each.better
    worse, better, _ = random.dirichlet(np.array([each.worse, each.better, same]) + _JEFFREYS, size=draws).T
    more = _share(each.live, draws, random) - _share(each.pilot, draws, random)
    added: Floats = more * (better - worse)
    return added


def _share(rate: Rate, draws: int, random: np.random.Generator) -> Floats:
    return random.beta(rate.hits + _JEFFREYS, rate.n - rate.hits + _JEFFREYS, size=draws)


def _of_cases(share: Floats, n: int, random: np.random.Generator) -> Floats:
    return random.binomial(n, np.clip(share, 0, 1)) / n


def _step(words: str, known: Floats, unknown: Floats) -> Step:
    """With as many of what is not known good as of what is."""
    value = float(np.clip((known / np.maximum(1 - unknown, 1e-12)).mean(), 0, 1))
    return _bounds(words, value, known, known + unknown)


def _bounds(words: str, value: float, low: Floats, high: Floats) -> Step:
    ends = np.clip([np.quantile(low, 0.025), np.quantile(high, 0.975)], 0, 1)
    return Step(words, value, float(ends[0]), float(ends[1]))
