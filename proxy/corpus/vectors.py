"""Finding passages by meaning: all cosines for small corpora, a first look at bits and an exact second for large."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

EXACT_UP_TO = 10_000  # vectors; below that one matrix product is as quick as anything
_SECOND_LOOK = 2048  # candidates whose cosine is computed exactly


class VectorIndex:
    """Cosines between a query and a fixed matrix of unit vectors. Immutable; threads may share it.

    Small ones hold float32 (1,536 bytes a vector at 384 dimensions). Large ones hold float16 and the signs as bits
    (768 + 48 bytes): the first look counts differing signs, the second computes cosines of the nearest. Signs are of
    the distance from the mean, so that each bit tells about half of the vectors from the other half.
    """

    def __init__(self, vectors: NDArray[np.float32]) -> None:
        self._signs: NDArray[np.uint64] | None = None
        self._vectors: NDArray[np.float32] | NDArray[np.float16] = vectors
        if len(vectors) > EXACT_UP_TO:
            self._vectors = vectors.astype(np.float16)
            self._middle = vectors.mean(axis=0)
            # One row a word: each is read through in memory's order.
            self._signs = _signs(vectors - self._middle).T.copy()

    @property
    def bytes(self) -> int:
        return self._vectors.nbytes + (self._signs.nbytes if self._signs is not None else 0)

    def rows(self) -> NDArray[np.float32]:
        """All vectors, shape (n, d)."""
        return self._vectors.astype(np.float32, copy=False)

    def cosines(self, query: NDArray[np.float32], rows: NDArray[np.intp]) -> NDArray[np.float32]:
        """The cosine of each of ``rows`` with the query, shape (len(rows),)."""
        result: NDArray[np.float32] = self._vectors[rows].astype(np.float32) @ query
        return result

    def nearest(
        self, query: NDArray[np.float32], admitted: NDArray[np.bool_], limit: int
    ) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        """The nearest admitted rows, nearest first, and their cosines; at most ``limit``."""
        if self._signs is None:
            rows = np.flatnonzero(admitted)
            near = (
                (self._vectors @ query)[rows] if len(rows) * 2 > len(admitted) else self.cosines(query, rows)
            )
        else:
            rows = self._first_look(query, admitted, max(limit, _SECOND_LOOK))
            near = self.cosines(query, rows)
        order = np.argsort(-near, kind="stable")[:limit]
        return rows[order], near[order]

    def _first_look(
        self, query: NDArray[np.float32], admitted: NDArray[np.bool_], limit: int
    ) -> NDArray[np.intp]:
        assert self._signs is not None
        distances = np.zeros(self._signs.shape[1], dtype=np.uint16)
        for word, query_word in zip(self._signs, _signs(query[np.newaxis] - self._middle)[0], strict=True):
            distances += np.bitwise_count(word ^ query_word)
        distances[~admitted] = np.iinfo(np.uint16).max
        # Distances are small whole numbers: counting them gives the cut without sorting 100,000 of them.
        counts = np.cumsum(np.bincount(distances, minlength=1)[: query.size + 1])
        cut = int(np.searchsorted(counts, limit))
        return np.flatnonzero(distances <= min(cut, query.size))


def _signs(vectors: NDArray[np.float32]) -> NDArray[np.uint64]:
    """The signs as bits, shape (n, d / 64)."""
    return np.packbits(vectors > 0, axis=1).view(np.uint64)
