"""The single writer outlives those who wait for it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from proxy.ledger.ledger import Ledger
from proxy.ledger.records import DecisionRecord


def record(number: int) -> DecisionRecord:
    return DecisionRecord(
        response_id=f"cxr-{number}",
        created_at=datetime.now(UTC),
        route="default",
        mode="enforce",
        decision="deliver",
        verified=True,
        model="m",
    )


def test_who_gives_up_waiting_stops_neither_the_write_nor_the_writer(tmp_path: Path) -> None:
    with Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}") as ledger:
        for number in range(20):
            assert not ledger.submit(record(number)).cancel()
        ledger.submit(record(20)).result(timeout=10)
        assert len(ledger.answers()) == 21
