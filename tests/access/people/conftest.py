"""A ledger on each kind of database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from proxy.ledger.ledger import Ledger


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    with Ledger.open(ledger_url) as ledger:
        yield ledger
