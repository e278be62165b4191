"""The shipped models, read by a thread.

That hardly needs Python's lock, so that modules and documents are read meanwhile.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from proxy.models.embedder import Embedder
from proxy.models.entailment import EntailmentModel
from proxy.models.shipped import FOLDERS, Tier


class ShippedModels:
    """The embedder and the entailment models of the ``tiers`` that are needed; each is waited for where it is used."""

    def __init__(self, *tiers: Tier) -> None:
        reading = ThreadPoolExecutor(1, "cxai-models")
        self._embedder = reading.submit(Embedder.load)
        self._entailment = {tier: reading.submit(EntailmentModel.load, FOLDERS[tier]) for tier in tiers}
        reading.shutdown(wait=False)

    def embedder(self) -> Embedder:
        """Raises EmbedderError."""
        return self._embedder.result()

    def entailment(self, tier: Tier) -> EntailmentModel:
        """Raises EntailmentError."""
        return self._entailment[tier].result()
