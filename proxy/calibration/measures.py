"""How good probabilities are: Brier, log loss, slope and intercept, and calibration error beside its own noise.

An expected calibration error (ECE) is above zero for a perfect model too, because the labels in a bin are few. So
beside each stands what a perfectly calibrated model with the same probabilities would show at this n, by simulation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss

from proxy.calibration.sample import Bools, Floats, Ints
from proxy.verifiers.calibration_file import log_odds

BINS = 15
SIMULATIONS = 2_000
RESAMPLES = 1_000
INTERVAL = (2.5, 97.5)
SEED = 0
_NORMAL_95 = 1.96
_CELLS_AT_ONCE = 4_000_000  # of 8 bytes: bounds the memory of simulating and resampling
_NEAREST = 1e-12  # to 0 and 1, so that a wrong certainty has a log loss

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class CalibrationGap:
    """An ECE, what a perfectly calibrated model would show (mean and 95% interval), and the excess over its mean."""

    ece: float
    perfect: float
    perfect_interval: Interval
    excess: float
    excess_interval: Interval


@dataclass(frozen=True, slots=True)
class Figures:
    """Probabilities against n labels; intervals are 95%, by resampling groups."""

    n: int
    true: int
    brier: float
    brier_interval: Interval
    log_loss: float
    log_loss_interval: Interval
    slope: float
    intercept: float
    equal_width: CalibrationGap
    equal_mass: CalibrationGap


def figures(scores: Floats, true: Bools, groups: Ints) -> Figures:
    """Measure probabilities of shape (n,) that were not fitted on these labels. The same arguments, the same figures.

    ``slope`` and ``intercept`` are those of a logistic regression of the label on the log-odds (1 and 0 when perfect).
    """
    kept = np.clip(scores, _NEAREST, 1 - _NEAREST)
    weights = Resampling(groups)
    slope, intercept = slope_and_intercept(scores, true)
    losses = -np.where(true, np.log(kept), np.log(1 - kept))
    return Figures(
        n=len(scores),
        true=int(true.sum()),
        brier=float(brier_score_loss(true, scores)),
        brier_interval=weights.interval_of_mean((scores - true) ** 2),
        log_loss=float(log_loss(true, kept, labels=[False, True])),
        log_loss_interval=weights.interval_of_mean(losses),
        slope=slope,
        intercept=intercept,
        equal_width=calibration_gap(scores, true, equal_width_bins(scores), weights),
        equal_mass=calibration_gap(scores, true, equal_mass_bins(scores), weights),
    )


def slope_and_intercept(scores: Floats, true: Bools) -> tuple[float, float]:
    """Cox's calibration slope and intercept."""
    odds = np.array([log_odds(float(score)) for score in scores])
    model = LogisticRegression(C=np.inf).fit(odds[:, None], true)
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def equal_width_bins(scores: Floats) -> Ints:
    """The bin of each score, 0..BINS-1."""
    return np.minimum((scores * BINS).astype(np.int64), BINS - 1)


def equal_mass_bins(scores: Floats) -> Ints:
    """The bin of each score, as equal in number as ties allow; equal scores share a bin."""
    edges = np.quantile(scores, np.linspace(0, 1, BINS + 1)[1:-1])
    return np.searchsorted(edges, scores, side="right").astype(np.int64)


def expected_calibration_error(scores: Floats, true: Bools, bins: Ints) -> float:
    """The mean distance between probability and share of true ones, over bins, weighted by their number."""
    return float(_gaps((true - scores)[None, :], _membership(bins))[0] / len(scores))


def calibration_gap(scores: Floats, true: Bools, bins: Ints, weights: Resampling) -> CalibrationGap:
    """An ECE beside that of a perfectly calibrated model, with the excess.

    The excess's interval is the excess ± 1.96 bootstrap standard errors: the percentiles of a resampled ECE lie too
    high, since resampling adds the very noise that the perfect model's figure already counts.
    """
    members = _membership(bins)
    found = expected_calibration_error(scores, true, bins)
    perfect = np.concatenate(list(_simulated(scores, members)))
    resampled = weights.each(lambda rows: _gaps(rows * (true - scores), members) / rows.sum(axis=1))
    excess, error = found - float(perfect.mean()), _NORMAL_95 * float(resampled.std(ddof=1))
    return CalibrationGap(
        found, float(perfect.mean()), _percentiles(perfect), excess, (excess - error, excess + error)
    )


def _simulated(scores: Floats, members: Floats) -> Iterator[Floats]:
    """ECEs of the scores against labels drawn from them."""
    random = np.random.default_rng(SEED)
    at_once = max(1, _CELLS_AT_ONCE // len(scores))
    for start in range(0, SIMULATIONS, at_once):
        count = min(at_once, SIMULATIONS - start)
        drawn = random.random((count, len(scores))) < scores
        yield _gaps(drawn - scores, members) / len(scores)


def _membership(bins: Ints) -> Floats:
    """(n, bins), 1 where a row is in a bin."""
    return np.eye(BINS)[bins]


def _gaps(differences: Floats, members: Floats) -> Floats:
    """(k, n) differences between label and score to (k,) sums over bins of what does not cancel within a bin."""
    return np.asarray(np.abs(differences @ members).sum(axis=1), dtype=np.float64)


class Resampling:
    """Bootstrap by group: how often each row counts when as many groups as there are are drawn with replacement."""

    def __init__(self, groups: Ints) -> None:
        self._groups = np.unique(groups, return_inverse=True)[1]
        self._count = int(self._groups.max()) + 1

    def each(self, statistic: Callable[[Floats], Floats]) -> Floats:
        """``statistic`` maps (k, n) row weights to (k,) values; all RESAMPLES values come back."""
        random = np.random.default_rng(SEED)
        at_once = max(1, _CELLS_AT_ONCE // max(len(self._groups), self._count))
        found = []
        for start in range(0, RESAMPLES, at_once):
            size = (min(at_once, RESAMPLES - start), self._count)
            drawn = random.integers(self._count, size=size)
            times = np.apply_along_axis(np.bincount, 1, drawn, minlength=self._count)
            found.append(statistic(times[:, self._groups].astype(np.float64)))
        return np.concatenate(found)

    def interval_of_mean(self, values: Floats) -> Interval:
        """The 95% percentile interval of a mean over rows."""
        return _percentiles(self.each(lambda rows: rows @ values / rows.sum(axis=1)))


def _percentiles(values: Floats) -> Interval:
    low, high = np.percentile(values, INTERVAL)
    return float(low), float(high)
