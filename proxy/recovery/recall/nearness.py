"""Candidates: the distinct sentences that come nearest to what is looked for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from proxy.corpus.embeddings import TextEmbedder
from proxy.ledger.ledger import Ledger
from proxy.recovery.recall.filling import model_of

_AT_ONCE = 50_000  # rows that are compared at a time, in single precision


@dataclass(frozen=True, slots=True)
class Told:
    """All that a tenant's customers were told: the ids of the distinct sentences, and their vectors as rows."""

    ids: NDArray[np.int64]
    vectors: NDArray[np.float16]

    @classmethod
    def read(cls, ledger: Ledger, tenant: str, embedder: TextEmbedder) -> Told:
        """Read all vectors, 768 bytes each. Raises LedgerError."""
        ids, blobs = [], bytearray()
        for sentence_id, blob in ledger.sentences.vectors(tenant, model_of(embedder)):
            ids.append(sentence_id)
            blobs += blob
        vectors = np.frombuffer(bytes(blobs), dtype="<f2").reshape(len(ids), embedder.dimension)
        return cls(np.array(ids, dtype=np.int64), vectors)

    def cosines(self, query: NDArray[np.float32]) -> NDArray[np.float32]:
        """The cosine of each sentence with the query."""
        found = np.empty(len(self.ids), dtype=np.float32)
        for start in range(0, len(self.ids), _AT_ONCE):
            rows = slice(start, start + _AT_ONCE)
            found[rows] = self.vectors[rows].astype(np.float32) @ query
        return found

    def vector(self, sentence_id: int) -> NDArray[np.float32]:
        """The vector of one of the sentences."""
        row = int(np.searchsorted(self.ids, sentence_id))
        found: NDArray[np.float32] = self.vectors[row].astype(np.float32)
        return found

    def near(
        self, query: NDArray[np.float32], least: float, limit: int, among: NDArray[np.int64] | None = None
    ) -> list[tuple[int, float]]:
        """The ids and cosines of the sentences at least this near, the nearest first; of those ``among`` these ids."""
        cosines = self.cosines(query)
        rows = np.flatnonzero(cosines >= least)
        if among is not None:
            rows = rows[np.isin(self.ids[rows], among)]
        rows = rows[np.argsort(-cosines[rows], kind="stable")][:limit]
        return [(int(self.ids[row]), float(cosines[row])) for row in rows]
