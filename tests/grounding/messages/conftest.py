"""The shipped encoder, once for all tests of messages."""

from __future__ import annotations

import pytest

from proxy.models.embedder import Embedder


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    return Embedder.load()
