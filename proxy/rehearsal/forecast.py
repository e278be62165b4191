"""What production will show, predicted from a pilot weighted as live traffic is, and from what production does to it.

Poststratification (Holt and Smith, JRSS A 142, 1979) with everything that is counted drawn anew: the share of each
stratum from a beta posterior, the live mix from a Dirichlet one. Before its own cases are seen, a stratum has the
weight of one case, half of it like the pilot as a whole (empirical Bayes: Efron and Morris, JASA 70, 1975) and half of
it a toss: were it all like the pilot, rare faults would be foretold too surely. What production does is seen where the
pilot is played under its operators: then each stratum's share is that one. Added is the chance of the ``n`` production
cases themselves, because it is they that the forecast is held against. Strata without a pilot case are not guessed:
the interval reaches from all of them bad to all of them good.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from proxy.rehearsal.counted import Counted

Floats = NDArray[np.float64]
DRAWS = 20_000
_JEFFREYS = 0.5


@dataclass(frozen=True, slots=True)
class Stratum:
    """One part of traffic: the pilot's cases of it, and how many of the sampled live ones are of it.

    ``under`` is the same pilot played as production is; None where it was not. ``live`` need not be whole: cases that
    come together count as what they are worth.
    """

    name: str
    pilot: Counted
    live: float
    under: Counted | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """The predicted share, with its 95% interval, up to and including what ``words`` say."""

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

    pilot: Counted
    steps: tuple[Step, ...]
    unseen: tuple[str, ...]
    unseen_share: float

    @property
    def prediction(self) -> Step:
        return self.steps[-1]

    @property
    def unseen_text(self) -> str:
        if not self.unseen:
            return "every part of live traffic has pilot cases"
        return (
            f"{self.unseen_share:.1%} of live traffic has no pilot case ({', '.join(self.unseen)}); the interval"
            " reaches from all of it bad to all of it good"
        )


def forecast(strata: Sequence[Stratum], n: int, *, seed: int = 0, draws: int = DRAWS) -> Forecast:
    """The share among ``n`` production cases, which are as alike within conversations as the pilot's.

    Raises:
        ValueError: no live case was sampled, there is no pilot case, or n is below 1.
    """
    live = np.array([each.live for each in strata], dtype=np.float64)
    pilot = _together([each.pilot for each in strata])
    if not live.sum() or not pilot.n or n < 1:
        raise ValueError(
            "a forecast needs a live sample, pilot cases, and at least one production case to predict"
        )
    random = np.random.default_rng(seed)
    mix = random.dirichlet(live + _JEFFREYS, size=draws)
    seen = np.array([each.pilot.n > 0 for each in strata])
    unknown = (mix * ~seen).sum(axis=1)
    known = _known([each.pilot for each in strata], mix, random)
    steps = [_step("weighted as live traffic is", known, unknown)]
    if any(each.under for each in strata):
        known = _known([each.under or each.pilot for each in strata], mix, random)
        steps.append(_step("under what production does", known, unknown))
    worth = max(1, round(n / pilot.n_for_each_worth))
    low, high = (_of_cases(share, worth, random) for share in (known, known + unknown))
    steps.append(_bounds(f"in {n:,} production cases", steps[-1].value, low, high))
    lacking = tuple(each.name for each, there in zip(strata, seen, strict=True) if not there)
    return Forecast(pilot, tuple(steps), lacking, float(live[~seen].sum() / live.sum()))


def _together(pilots: Sequence[Counted]) -> Counted:
    return Counted(
        sum(each.hits for each in pilots), sum(each.n for each in pilots), sum(each.worth for each in pilots)
    )


def _known(pilots: Sequence[Counted], mix: Floats, random: np.random.Generator) -> Floats:
    """Draws (b,) of what the strata with pilot cases add to the share."""
    every = _together(pilots)
    usual = (every.share * every.worth + _JEFFREYS) / (every.worth + 2 * _JEFFREYS) / 2 + 0.25
    good = np.array([each.share * each.worth for each in pilots]) + usual
    bad = np.array([(1 - each.share) * each.worth for each in pilots]) + 1 - usual
    seen = np.array([each.n > 0 for each in pilots])
    added: Floats = (mix * random.beta(good, bad, size=mix.shape) * seen).sum(axis=1)
    return added


def _of_cases(share: Floats, n: int, random: np.random.Generator) -> Floats:
    return random.binomial(n, np.clip(share, 0, 1)) / n


def _step(words: str, known: Floats, unknown: Floats) -> Step:
    """With as many of what is not known good as of what is."""
    value = float(np.clip((known / np.maximum(1 - unknown, 1e-12)).mean(), 0, 1))
    return _bounds(words, value, known, known + unknown)


def _bounds(words: str, value: float, low: Floats, high: Floats) -> Step:
    ends = np.clip([np.quantile(low, 0.025), np.quantile(high, 0.975)], 0, 1)
    return Step(words, value, float(ends[0]), float(ends[1]))
