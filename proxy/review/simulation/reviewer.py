"""A simulated reviewer: how long they look at an answer, and whether they see what is wrong with it.

Four things decide whether an error is seen, each taken from a published measurement; they add up in the log-odds of a
miss, which keeps each what it is where the others are mild:

- **How rare errors are.** Misses were 7% where half of the trials had a target, 16% at a tenth, 30% at a hundredth
  (Wolfe, Horowitz & Kenner, Nature 435, 2005): ``logit(miss) = logit(0.07) - 0.379 * logit(prevalence)`` gives
  7%, 15%, 30%. It is the prevalence lately seen that counts: an error that was missed is not seen, unless feedback
  tells of it (Wolfe et al., J. Exp. Psychol. General 136, 2007).
- **How long one has been at it.** Detection fell from 84% to 74% within the first half hour, and little afterwards
  (Mackworth, Q. J. Exp. Psychol. 1, 1948): 0.61 in the log-odds, with a time constant of 15 minutes; half of it is
  gone after a break of 10 minutes.
- **How little time one takes.** Accuracy rises with time as ``1 - exp(-time / constant)`` (Wickelgren, Acta
  Psychologica 41, 1977). The constant is a third of what honest reading takes: who takes all of it loses 5%.
- **Whether the machine's verdict is there first.** Advice that is wrong is followed 1.26 times as often (Goddard,
  Roudsari & Wyatt, JAMIA 19, 2012).

A true answer is stopped in vain in 3% of cases, whatever the pressure: our assumption.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from random import Random

MISS_AT_HALF = 0.07
PREVALENCE_SLOPE = 0.379
REMEMBERED = 40  # answers, over which one has a feeling for how frequent errors are
LEAST_PREVALENCE = 0.01  # nothing was measured below
TIRED = 0.61
TIRES_WITHIN_S = 900.0
RESTED_WITHIN_S = 866.0  # half is gone after 10 minutes: 600 / ln 2
READING_CONSTANT = 1 / 3
FOLLOWS_ADVICE = math.log(1.26)
FALSE_ALARMS = 0.03
SPREAD = 0.35  # of the log-normal time that an answer takes


@dataclass(slots=True)
class SimulatedReviewer:
    """One person. ``skill`` shifts the log-odds of a miss; ``seen`` is what they lately noticed, True for an error."""

    name: str
    random: Random
    skill: float = 0.0
    sees_advice: bool = False
    seen: deque[bool] = field(default_factory=lambda: deque([True, False] * 2, maxlen=REMEMBERED))
    tiredness: float = 0.0  # 0 to 1
    _at_s: float | None = None

    def takes_s(self, honest_s: float, pressure: float = 0.0) -> float:
        """Seconds for an answer that takes ``honest_s`` on average; ``pressure`` 1 halves them."""
        around = math.exp(self.random.gauss(-SPREAD * SPREAD / 2, SPREAD))
        return honest_s * around / (1 + pressure)

    def works_until(self, now_s: float, took_s: float) -> None:
        """Time goes by: at work one tires, in between one rests."""
        began = now_s - took_s
        if self._at_s is not None and began > self._at_s:
            self.tiredness *= math.exp(-(began - self._at_s) / RESTED_WITHIN_S)
        self.tiredness = 1 - (1 - self.tiredness) * math.exp(-took_s / TIRES_WITHIN_S)
        self._at_s = now_s

    def misses(self, read_share: float) -> float:
        """The probability of missing an error, having taken this share of the honest time."""
        odds = _logit(MISS_AT_HALF) - PREVALENCE_SLOPE * _logit(self.prevalence) + TIRED * self.tiredness
        odds += FOLLOWS_ADVICE * self.sees_advice + self.skill
        seen = 1 - math.exp(-read_share / READING_CONSTANT)
        return 1 - seen * (1 - _sigmoid(odds))

    def approves(self, wrong: bool, read_share: float) -> bool:
        """Whether they let an answer pass; what they notice stays in mind."""
        passed = self.random.random() < (self.misses(read_share) if wrong else 1 - FALSE_ALARMS)
        self.seen.append(not passed)
        return passed

    def told(self, missed: int) -> None:
        """Feedback: the errors that were missed are now known to have been there."""
        for _ in range(missed):
            self.seen.append(True)

    @property
    def prevalence(self) -> float:
        return max(LEAST_PREVALENCE, sum(self.seen) / len(self.seen))


def _logit(share: float) -> float:
    return math.log(share / (1 - share)) if share < 1 else 20.0


def _sigmoid(odds: float) -> float:
    return 1 / (1 + math.exp(-odds))
