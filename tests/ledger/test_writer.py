"""The single writer outlives those who wait for it."""

from __future__ import annotations

import sqlite3
import traceback
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from proxy.ledger.ledger import Ledger, LedgerError
from proxy.ledger.records import DecisionRecord

SAID = "My secret question"


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


def test_an_error_does_not_quote_what_the_customer_said(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    with Ledger.open(f"sqlite:///{file}") as ledger:
        with sqlite3.connect(file) as connection:
            connection.execute("DROP TABLE decisions")
        with pytest.raises(LedgerError) as failure:
            ledger.record(replace(record(1), question=SAID))
    told = "".join(traceback.format_exception(failure.value))
    assert "decisions" in told and SAID not in told
