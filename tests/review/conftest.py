"""Ledgers on real databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from proxy.ledger.ledger import Ledger


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    """Once SQLite and once PostgreSQL."""
    with Ledger.open(ledger_url) as opened:
        yield opened


@pytest.fixture
def sqlite_ledger(tmp_path: object) -> Iterator[Ledger]:
    """For what does not depend on the database."""
    with Ledger.open(f"sqlite:///{tmp_path}/ledger.db") as opened:
        yield opened
