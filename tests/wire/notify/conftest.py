"""A ledger of which others are told, on both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from proxy.ledger.ledger import Ledger


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    with Ledger.open(ledger_url) as opened:
        yield opened
