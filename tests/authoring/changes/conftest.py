"""The shipped models, once for all tests of the room."""

from __future__ import annotations

import pytest

from proxy.models.embedder import Embedder
from proxy.models.entailment import EntailmentModel


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    return Embedder.load()


@pytest.fixture(scope="session")
def entailment() -> EntailmentModel:
    return EntailmentModel.load()
