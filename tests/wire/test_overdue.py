"""A case that is open for too long raises an alarm, and stays open."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from structlog.testing import capture_logs
from support.cases import moved

from proxy.ledger.ledger import Ledger
from proxy.ledger.records import EscalationRecord
from proxy.telemetry.metrics import Metrics
from proxy.wire.overdue import watch_open_cases


def case(ref: str, hours: float) -> EscalationRecord:
    at = datetime.now(UTC) - timedelta(hours=hours)
    return EscalationRecord(ref=ref, response_id=ref, dedup_key=ref, reason="", created_at=at)


def overdue(metrics: Metrics) -> float:
    page = metrics.render()[0].decode()
    line = next(line for line in page.splitlines() if line.startswith("cxai_open_cases_overdue "))
    return float(line.split()[1])


async def looked(ledger: Ledger, metrics: Metrics) -> list[str]:
    """The cases that a first look names in the log."""
    with capture_logs() as logs:
        watching = asyncio.create_task(watch_open_cases(ledger, metrics, hours=72))
        await asyncio.sleep(0.2)
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
    return [entry["ref"] for entry in logs if entry["event"] == "a case is open for too long"]


def test_it_is_counted_and_named_until_somebody_closes_it(tmp_path: Path) -> None:
    metrics = Metrics()
    with Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}") as ledger:
        for ref, hours in (("CX-2222-2222", 73), ("CX-3333-3333", 71), ("CX-4444-4444", 500)):
            ledger.escalate(case(ref, hours))
        moved(ledger, "CX-2222-2222", "claimed", by="maria")
        assert asyncio.run(looked(ledger, metrics)) == ["CX-4444-4444", "CX-2222-2222"]
        assert overdue(metrics) == 2
        moved(ledger, "CX-4444-4444", "closed", by="maria")
        assert asyncio.run(looked(ledger, metrics)) == ["CX-2222-2222"]
        assert overdue(metrics) == 1
        kept = ledger.escalation("CX-2222-2222")
        assert kept is not None and kept.status == "claimed"
