"""Whether a candidate is worse than what runs beside it, by a test that may be looked at after every answer.

An ordinary test that is repeated until it says "worse" says so of a good candidate sooner or later. Here evidence is
money: a gambler starts with 1 and bets, block by block, that the candidate does worse than the control by more than
``margin``. Where that is not so, the bets are fair or better for the house, and the chance that the gambler *ever*
holds ``1 / false_alarm`` is at most ``false_alarm`` (Ville 1939), however often one looks and whenever one stops. See
Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting", JRSS B 86, 2024, section 4. The
stakes are a fixed grid and the money is their mean, so nothing is tuned on what is seen.

Candidate and control are compared in the same block, that is at the same time: an hour in which everything is worse
moves no money. What is observed must be one figure from 0 (well) to 1 (bad) a conversation; answers of one conversation
go wrong together, and would be counted as more evidence than they are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
FALSE_ALARM = 0.05
# Shares of the highest stake that cannot ruin the gambler: small ones find small differences, large ones large ones.
_STAKES = np.array([0.02, 0.05, 0.1, 0.2, 0.4, 0.7])


@dataclass(frozen=True, slots=True)
class Observed:
    """What was observed on one side: the sum of ``n`` figures from 0 (well) to 1 (bad)."""

    bad: float = 0.0
    n: int = 0

    def plus(self, figure: float) -> Self:
        return replace(self, bad=self.bad + figure, n=self.n + 1)

    @property
    def mean(self) -> float:
        return self.bad / self.n

    @property
    def text(self) -> str:
        return f"{self.bad:g} of {self.n:,}" + (f" ({self.mean:.1%})" if self.n else "")


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a canary has to keep of one guard metric; small, so that it can be stored with each step.

    ``candidate`` and ``control`` are totals; ``open_candidate`` and ``open_control`` are of the block that waits for
    its other side. ``logs`` is the logarithm of the money behind each stake, ``most`` of the most money there ever was.
    """

    metric: str
    margin: float
    false_alarm: float = FALSE_ALARM
    candidate: Observed = Observed()
    control: Observed = Observed()
    open_candidate: Observed = Observed()
    open_control: Observed = Observed()
    logs: tuple[float, ...] = (0.0,) * len(_STAKES)
    most: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.margin < 1:
            raise ValueError(f"the margin of {self.metric} must be from 0 to below 1, not {self.margin}")
        if not 0 < self.false_alarm < 1:
            raise ValueError(f"the false alarm rate must be between 0 and 1, not {self.false_alarm}")

    def with_candidate(self, figure: float) -> Self:
        """With one more conversation that the candidate had. Raises ValueError for a figure outside 0 to 1."""
        _check(figure)
        return replace(
            self, candidate=self.candidate.plus(figure), open_candidate=self.open_candidate.plus(figure)
        )._closed()

    def with_control(self, figure: float) -> Self:
        """With one more conversation that went on as before. Raises ValueError for a figure outside 0 to 1."""
        _check(figure)
        return replace(
            self, control=self.control.plus(figure), open_control=self.open_control.plus(figure)
        )._closed()

    @property
    def against(self) -> float:
        """How much the gambler has at most had, having begun with 1."""
        return math.exp(min(self.most, 700.0))

    @property
    def p_value(self) -> float:
        """Valid at any time: the chance of ever seeing this of a candidate that is not worse."""
        return min(1.0, math.exp(-self.most))

    @property
    def breached(self) -> bool:
        """Whether to roll back. It stays so: what comes later does not undo it."""
        return self.most >= -math.log(self.false_alarm)

    @property
    def reason(self) -> str:
        """For the record of a roll-back, or of why there is none."""
        verdict = "worse than allowed" if self.breached else "not shown to be worse than allowed"
        return (
            f"{self.metric}: {verdict}. Candidate {self.candidate.text}, control {self.control.text}, allowed"
            f" {100 * self.margin:g} points more. Evidence {self.against:,.1f} to 1 where {1 / self.false_alarm:g} to 1"
            " rolls back."
        )

    def _closed(self) -> Self:
        """A block ends as soon as both sides have something in it, whatever that is."""
        if not (self.open_candidate.n and self.open_control.n):
            return self
        won = np.array(self.logs) + winnings(
            np.array(self.open_candidate.mean - self.open_control.mean), self.margin
        )
        return replace(
            self,
            open_candidate=Observed(),
            open_control=Observed(),
            logs=tuple(won.tolist()),
            most=max(self.most, float(money(won))),
        )


def winnings(difference: Floats, margin: float) -> Floats:
    """The logarithm of what each stake multiplies its money by: (...,) differences, -1 to 1, give (..., stakes)."""
    bet: Floats = np.log1p(_STAKES / (1 + margin) * (difference[..., None] - margin))
    return bet


def money(logs: Floats) -> Floats:
    """The logarithm of the mean money over the stakes: (..., stakes) give (...,)."""
    total: Floats = np.logaddexp.reduce(logs, axis=-1) - np.log(len(_STAKES))
    return total


def _check(figure: float) -> None:
    if not 0 <= figure <= 1:
        raise ValueError(f"a guard metric is observed as a figure from 0 (well) to 1 (bad), not {figure}")
