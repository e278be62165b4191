"""Groups of texts that are alike, by the cosines of their vectors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def groups_of(vectors: NDArray[np.float32], likeness: float) -> list[NDArray[np.intp]]:
    """Rows of unit vectors in groups, each within ``likeness`` (a cosine) of its first row, its leader.

    The row with most others near it leads first, and takes them; then the next one leads. Every row is in one group.
    Needs the square of the number of rows in bytes.
    """
    near = vectors @ vectors.T >= likeness
    left = np.ones(len(vectors), dtype=np.bool_)
    counts = near.sum(axis=1)
    groups = []
    while left.any():
        leader = int(np.argmax(np.where(left, counts, -1)))
        members = np.flatnonzero(near[leader] & left)
        groups.append(np.concatenate(([leader], members[members != leader])))
        left[members] = False
        left[leader] = False
        counts -= near[:, members].sum(axis=1)
    return groups
