"""The metrics tell which failures are open and how fast the error budget burns, of each tenant."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from structlog.testing import capture_logs
from support.failures import failure

from proxy.ledger.failures.records import FailureEvent
from proxy.ledger.ledger import Ledger
from proxy.recovery.watching import look, watch_recovery
from proxy.rules.recovery_options import RecoveryOptions
from proxy.telemetry.metrics import Metrics

OPTIONS = RecoveryOptions.model_validate({"within": {"high": "2h"}, "share": 0.9})


def tell(ledger: Ledger, key: str, hours_ago: float, corrected_after_h: float | None = None) -> str:
    occurred = datetime.now(UTC) - timedelta(hours=hours_ago)
    events = [FailureEvent("found", "detected", occurred, "cxai", "guard", {"severity": "high"})]
    if corrected_after_h is not None:
        events.append(
            FailureEvent("put right", "corrected", occurred + timedelta(hours=corrected_after_h), "ana")
        )
    return ledger.failures.tell(failure(key, occurred_at=occurred), *events)[0]


def scraped(metrics: Metrics) -> dict[str, float]:
    page = metrics.render()[0].decode()
    lines = [line.rsplit(" ", 1) for line in page.splitlines() if line.startswith("cxai_recovery_")]
    return {name: float(value) for name, value in lines}


def test_what_is_open_and_what_burns_is_told(ledger: Ledger) -> None:
    metrics = Metrics()
    for number, (ago, corrected) in enumerate([(1, None), (5, None), (3, 1), (3, 2.5), (100, 1)]):
        tell(ledger, str(number), ago, corrected)
    look(ledger, "default", OPTIONS, metrics, datetime.now(UTC))
    found = scraped(metrics)
    of_high = 'tenant="default"'
    assert found['cxai_recovery_open_failures{severity="high",tenant="default"}'] == 5
    assert found['cxai_recovery_overdue_failures{severity="high",tenant="default"}'] == 1
    assert found['cxai_recovery_oldest_open_seconds{severity="high",tenant="default"}'] > 99 * 3600
    assert found['cxai_recovery_due_failures{tenant="default",window="6h"}'] == 3
    assert round(found['cxai_recovery_burn_rate{tenant="default",window="6h"}'], 6) == round(2 / 3 / 0.1, 6)
    assert found['cxai_recovery_burn_rate{tenant="default",window="30m"}'] == 0
    assert all(of_high in name for name in found)


def test_what_is_restored_is_open_no_more(ledger: Ledger) -> None:
    metrics, now = Metrics(), datetime.now(UTC)
    failure_id = tell(ledger, "one", 5)
    look(ledger, "default", OPTIONS, metrics, now)
    for step in ("corrected", "restored"):
        ledger.failures.add(failure_id, FailureEvent(step, step, now, "ana", data={"how": "confirmed"}))
    look(ledger, "default", OPTIONS, metrics, now)
    assert scraped(metrics)['cxai_recovery_open_failures{severity="high",tenant="default"}'] == 0


def test_a_ledger_that_is_away_is_told_and_looked_at_again(tmp_path: Path) -> None:
    async def watched(ledger: Ledger) -> list[str]:
        with capture_logs() as logs:
            task = asyncio.create_task(watch_recovery(ledger, {"default": lambda: OPTIONS}, Metrics()))
            await asyncio.sleep(0.3)
            assert not task.done()
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        return [entry["event"] for entry in logs]

    with Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}") as ledger:
        assert asyncio.run(watched(ledger)) == []
        ledger._engine.dispose()
        for file in tmp_path.iterdir():
            file.unlink()
        assert asyncio.run(watched(ledger)) == ["failures could not be looked at"]
