"""Synthetic judged labels whose truth is known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from proxy.calibration.sample import Floats, Sample

TrueShare = Callable[[Floats], Floats]


def drawn(
    count: int,
    true_share: TrueShare = lambda scores: scores,
    *,
    seed: int = 1,
    group_size: int = 1,
    beta: tuple[float, float] = (1.5, 1.0),
) -> Sample:
    """Scores from a beta distribution; a claim with score s is true with probability ``true_share(s)``."""
    random = np.random.default_rng(seed)
    scores = random.beta(*beta, count)
    true = random.random(count) < true_share(scores)
    return Sample(scores, true, np.ones(count, dtype=np.bool_), np.arange(count) // group_size)
