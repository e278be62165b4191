"""Two versions on the same cases: which of them is better, by conversation, with an exact test and an interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from proxy.intervals import clopper_pearson

_DRAWS = 5000


@dataclass(frozen=True, slots=True)
class Comparison:
    """``difference`` is the second version's share of good turns less the first's, with its 95% interval.

    ``better`` and ``worse`` count conversations in which the second version had more, or fewer, good turns; ``p_value``
    is McNemar's exact one over those. ``n`` turns in ``conversations``.
    """

    n: int
    conversations: int
    better: int
    worse: int
    difference: float
    low: float
    high: float
    p_value: float

    @property
    def text(self) -> str:
        return (
            f"{100 * self.difference:+.1f} points ({100 * self.low:+.1f} to {100 * self.high:+.1f}); of"
            f" {self.conversations:,} conversations {self.better:,} better, {self.worse:,} worse,"
            f" p = {self.p_value:.3f}"
        )


def compare(
    first: NDArray[np.bool_], second: NDArray[np.bool_], conversations: NDArray[np.int64], seed: int = 0
) -> Comparison:
    """Whether each turn was good in the first and in the second version, (n,) each, with its conversation's number.

    McNemar's exact test (Psychometrika 12, 1947) takes pairs for independent. Turns of a conversation are not, so that
    conversations are counted, and conversations are drawn anew for the interval (bias-corrected and accelerated
    bootstrap: Efron, JASA 82, 1987). Where all conversations are alike, the interval is what so many
    without an exception can show.

    Raises:
        ValueError: there are no turns, or the lists are not of one length.
    """
    if not len(first) or not len(first) == len(second) == len(conversations):
        raise ValueError(
            f"two versions are compared turn by turn: {len(first)}, {len(second)} and {len(conversations)} were given"
        )
    from scipy.stats import binomtest

    own = np.unique(conversations, return_inverse=True)[1]
    sizes = np.bincount(own).astype(np.float64)
    gain = second.astype(np.float64) - first.astype(np.float64)
    gained = np.bincount(own, weights=gain).astype(np.float64)
    better, worse = int(np.sum(gained > 0)), int(np.sum(gained < 0))
    p_value = float(binomtest(better, better + worse).pvalue) if better + worse else 1.0
    low, high = _interval(gained, sizes, seed)
    return Comparison(
        len(first), len(sizes), better, worse, float(gained.sum() / sizes.sum()), low, high, p_value
    )


def _interval(gained: NDArray[np.float64], sizes: NDArray[np.float64], seed: int) -> tuple[float, float]:
    most = clopper_pearson(0, len(sizes))[1]
    if np.ptp(gained / sizes) == 0 or len(sizes) < 3:
        share_gained = float(gained.sum() / sizes.sum())
        return max(-1.0, share_gained - most), min(1.0, share_gained + most)
    from scipy.stats import bootstrap

    def share(gain: NDArray[np.float64], size: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
        found: NDArray[np.float64] = gain.sum(axis=axis) / size.sum(axis=axis)
        return found

    found = bootstrap(
        (gained, sizes), share, paired=True, n_resamples=_DRAWS, method="BCa", rng=np.random.default_rng(seed)
    ).confidence_interval
    return float(found.low), float(found.high)
