"""What the tests of recalls share: a ledger on both databases, and the models."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from proxy.ledger.ledger import Ledger
from proxy.models.embedder import Embedder


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    with Ledger.open(ledger_url) as opened:
        yield opened


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    return Embedder.load()
