"""Ledgers on real databases: SQLite files, and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from proxy.ledger.ledger import Ledger


@pytest.fixture
def open_ledger(ledger_url: str) -> Iterator[Callable[..., Ledger]]:
    """Opens further ledgers on the same database, as another replica would; all are closed afterwards."""
    opened: list[Ledger] = []

    def open_one(**options: object) -> Ledger:
        opened.append(Ledger.open(ledger_url, **options))  # type: ignore[arg-type]
        return opened[-1]

    yield open_one
    for ledger in opened:
        ledger.close()


@pytest.fixture
def ledger(open_ledger: Callable[..., Ledger]) -> Ledger:
    return open_ledger()
