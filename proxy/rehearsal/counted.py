"""Shares of what comes in conversations: answers of one are alike, so that n of them tell as much as fewer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from proxy.intervals import wilson


@dataclass(frozen=True, slots=True)
class Counted:
    """``hits`` of ``n``, with Wilson's 95% interval of as many as they are worth (n / design effect)."""

    hits: int
    n: int
    worth: float

    @property
    def share(self) -> float:
        return self.hits / self.n if self.n else 0.0

    @property
    def n_for_each_worth(self) -> float:
        """How many of them tell as much as one alone (the design effect)."""
        return self.n / self.worth if self.worth else 1.0

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.share * self.worth, self.worth)

    @property
    def text(self) -> str:
        low, high = self.interval
        return f"{self.hits:,} of {self.n:,}, {low:.1%} to {high:.1%}"


NOTHING = Counted(0, 0, 0.0)


def counted(hits: NDArray[np.bool_], groups: NDArray[np.int64]) -> Counted:
    """With the design effect from the linearised variance between groups (Kish 1965).

    Without a hit, or with nothing but hits, groups count; so they do where each is of one.
    """
    n, own = len(hits), np.unique(groups, return_inverse=True)[1]
    sizes = np.bincount(own).astype(np.float64)
    share = float(hits.mean()) if n else 0.0
    if not 0 < share < 1 or len(sizes) in (1, n):
        return Counted(int(hits.sum()), n, float(len(sizes)))
    apart = np.bincount(own, weights=hits.astype(np.float64)) - share * sizes
    variance = float(apart @ apart) / n**2 * len(sizes) / (len(sizes) - 1)
    effect = max(1.0, variance / (share * (1 - share) / n))
    return Counted(int(hits.sum()), n, n / effect)
