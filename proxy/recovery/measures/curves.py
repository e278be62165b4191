"""How long things take where not all of them have happened yet: Aalen-Johansen, by statsmodels.

Open cases are censored: they tell that it took at least until now. What can keep it from ever happening (the customer
gave up, cannot be reached) competes with it; left out, or taken for censored, it would make the times look shorter.
Aalen and Johansen, "An empirical transition matrix for non-homogeneous Markov chains based on censored observations",
Scandinavian Journal of Statistics 5, 1978. Of the maintained libraries we take statsmodels, whose
``CumIncidenceRight`` counts cases of the same instant together, as the estimator has it; the ``AalenJohansenFitter`` of
lifelines moves tied times by chance, so that the same cases give another figure each time. Serving does not use this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from proxy.intervals import Z95
from proxy.ledger.failures.columns import Floats


class At(NamedTuple):
    """A value with its 95% interval; None where it is not reached."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Curve:
    """The share to which something has happened by each of ``times`` (seconds), with its interval.

    ``n`` cases, of which it has happened to ``events``; ``open_for`` are the ages of those that are still open, sorted.
    """

    times: Floats
    share: Floats
    low: Floats
    high: Floats
    n: int
    events: int
    open_for: Floats

    def by(self, seconds: float) -> At:
        """The share by a time.

        Before the first event only an upper bound is known: 3 over the cases looked at for so long (the rule of three:
        Hanley and Lippman-Hand, JAMA 249, 1983).
        """
        place = int(np.searchsorted(self.times, seconds, side="right")) - 1
        if place < 0 or self.share[place] == 0:
            looked_at = self.n - int(np.searchsorted(self.open_for, seconds))
            return At(0.0, 0.0, min(1.0, 3 / looked_at) if looked_at else 1.0)
        return At(float(self.share[place]), float(self.low[place]), float(self.high[place]))

    def quantile(self, p: float) -> At:
        """The first time by which a share ``p`` is reached.

        Its interval holds the times at which the curve's own interval has ``p`` in it (Brookmeyer and Crowley,
        Biometrics 38, 1982).
        """
        return At(*(self._first(values, p) for values in (self.share, self.high, self.low)))

    def _first(self, values: Floats, p: float) -> float | None:
        # Sums of many small steps: a half is reached at 0.49999999999.
        reached = np.flatnonzero(values >= p - 1e-9)
        return float(self.times[reached[0]]) if len(reached) else None


def curves(seconds: Floats, outcome: Floats, causes: int) -> list[Curve]:
    """A curve for each of the causes 1 to ``causes``, which keep one another from happening, as further ones do.

    ``seconds`` until the case's ``outcome``: the number of what happened first, or 0 where it is open at that time.
    """
    n, open_for = len(seconds), np.sort(seconds[outcome == 0])
    if not n or not np.any(outcome > 0):
        return [_flat(n, open_for) for _ in range(causes)]
    with np.errstate(divide="ignore", invalid="ignore"):  # the last variance, see _curve
        found = _library()(np.asarray(seconds, dtype=float), np.asarray(outcome, dtype=int))
    told = len(found.cinc)  # of the causes after the last one that happened at all, nothing is told
    return [
        _curve(
            n,
            found.times,
            found.cinc[number],
            found.cinc_se[number],
            int(np.sum(outcome == number + 1)),
            open_for,
        )
        if number < told
        else _flat(n, open_for)
        for number in range(causes)
    ]


def _library() -> Any:
    from statsmodels.duration.survfunc import CumIncidenceRight

    return CumIncidenceRight


def _flat(n: int, open_for: Floats) -> Curve:
    none = np.empty(0)
    return Curve(none, none, none, none, n, 0, open_for)


def _curve(n: int, times: Floats, share: Floats, error: Floats, events: int, open_for: Floats) -> Curve:
    """With intervals on the scale of log(-log), which never leave 0 to 1.

    Where all who were left had it happen at the last instant, its variance has no value (0/0): from there the curve is
    said to lie between what was certain before and 1. The bounds rise as the curve does.
    """
    inside = (share > 0) & (share < 1) & np.isfinite(error)
    exponent = np.zeros_like(share)
    logs = np.log(share[inside])
    exponent[inside] = Z95 * error[inside] / (share[inside] * logs)  # below 0, since the logarithm is
    low, high = np.zeros_like(share), np.where(share > 0, 1.0, 0.0)
    low[inside] = share[inside] ** np.exp(-exponent[inside])
    high[inside] = share[inside] ** np.exp(exponent[inside])
    rising_low, rising_high = np.maximum.accumulate(low), np.maximum.accumulate(high)
    return Curve(times, share, rising_low, rising_high, n, events, open_for)


def lasting(until: Sequence[Floats], now: Floats) -> tuple[Floats, Floats]:
    """From the times of each cause (NaN: not), and that until which a case was looked at: its end, and what ended it.

    Of causes at the same instant the first one counts.
    """
    every = np.vstack([np.where(np.isnan(one) | (one > now), np.inf, one) for one in until])
    first = every.min(axis=0)
    happened = np.isfinite(first)
    return np.where(happened, first, now), np.where(happened, every.argmin(axis=0) + 1, 0)
