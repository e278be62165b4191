"""The judged labels as arrays: what everything here is computed from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """n judged claims, arrays of shape (n,).

    ``scores`` is the verifier's raw confidence (0..1), ``true`` what people said, ``supported`` what the verifier said,
    ``groups`` a number for each group of rows that are not independent.
    """

    scores: Floats
    true: Bools
    supported: Bools
    groups: Ints

    def __len__(self) -> int:
        return len(self.scores)

    @property
    def group_count(self) -> int:
        return len(np.unique(self.groups))

    def take(self, rows: Ints) -> Sample:
        return Sample(self.scores[rows], self.true[rows], self.supported[rows], self.groups[rows])


def sample_of(
    scores: Sequence[float], true: Sequence[bool], supported: Sequence[bool], groups: Sequence[str]
) -> Sample:
    """Lists of equal length as a sample."""
    numbers = np.unique(np.array(groups, dtype=object), return_inverse=True)[1]
    return Sample(
        np.array(scores, dtype=np.float64),
        np.array(true, dtype=np.bool_),
        np.array(supported, dtype=np.bool_),
        numbers.astype(np.int64),
    )
