"""By the clock: leases that have ended are noted, answers that nobody came for expire, and late cases are told."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from structlog.testing import capture_logs

from proxy.ledger.desk.lifecycle import Step
from proxy.ledger.desk.records import NewAnswer, Routing, Taken
from proxy.ledger.ledger import Ledger
from proxy.ledger.records import EscalationRecord
from proxy.rules.reading import policies_from
from proxy.telemetry.metrics import Metrics
from proxy.wire.desk.watching import watch_desk

QUEUES = "queues: [{name: fares, answer_within: 4h, alarm_before: 1h}]"


def opened(ledger: Ledger, ref: str, due_in_hours: float | None = None) -> None:
    now = datetime.now(UTC)
    due_at = None if due_in_hours is None else now + timedelta(hours=due_in_hours)
    ledger.escalate(
        EscalationRecord(ref, ref, ref, "", now - timedelta(days=40)), routing=Routing("fares", due_at)
    )


def near(metrics: Metrics) -> list[str]:
    page = metrics.render()[0].decode()
    return [line for line in page.splitlines() if line.startswith('cxai_cases_near_target{queue="fares"')]


async def looked(ledger: Ledger, metrics: Metrics) -> list[str]:
    """The cases that a first look names in the log."""
    policies: Any = SimpleNamespace(current=policies_from({"policies/queues.yaml": QUEUES}))
    tenants: Any = {"default": SimpleNamespace(policies=policies, metrics=metrics)}
    with capture_logs() as logs:
        watching = asyncio.create_task(watch_desk(tenants, ledger, unheard_days=30))
        for _ in range(100):
            await asyncio.sleep(0.05)
            if near(metrics):
                break
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
    return [entry["ref"] for entry in logs if entry["event"] == "a case is about to miss its service target"]


def test_a_case_near_its_target_is_named_and_counted_until_it_is_answered(tmp_path: Path) -> None:
    with Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}") as ledger:
        for ref, hours in (("CX-late", -1), ("CX-near", 0.9), ("CX-far", 1.1), ("CX-none", None)):
            opened(ledger, ref, hours)
        metrics = Metrics()
        assert asyncio.run(looked(ledger, metrics)) == ["CX-late", "CX-near"]
        assert near(metrics) == ['cxai_cases_near_target{queue="fares"} 2.0']
        ledger.desk.claim("CX-late", actor="ana")
        ledger.desk.answer("CX-late", NewAnswer("Yes.", True), actor="ana")
        assert asyncio.run(looked(ledger, Metrics())) == ["CX-near"]


def test_a_lease_that_ended_is_noted_and_an_answer_that_waited_too_long_expires(tmp_path: Path) -> None:
    past = datetime.now(UTC) - timedelta(days=31)
    with Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}") as ledger:
        opened(ledger, "CX-near", 0.5)
        for ref in ("CX-left", "CX-unheard"):
            opened(ledger, ref)
            ledger.desk.claim(ref, actor="ana", now=past)
        answer = NewAnswer("Yes.", True)
        ledger.desk.take(Taken("CX-unheard", Step.ANSWER, "ana", answer=answer), past)
        asyncio.run(looked(ledger, Metrics()))
        assert [one.status for one in ledger.desk.events("CX-left")] == ["claimed", "open"]
        assert [one.status for one in ledger.desk.events("CX-unheard")] == ["claimed", "answered", "expired"]


def test_each_queue_says_how_much_waits_and_for_how_long(tmp_path: Path) -> None:
    with Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}") as ledger:
        for ref in ("CX-one", "CX-two"):
            opened(ledger, ref, 5)
        metrics = Metrics()
        asyncio.run(looked(ledger, metrics))
        page = metrics.render()[0].decode()
        assert 'cxai_cases_waiting{queue="fares"} 2.0' in page
        assert 'cxai_cases_waiting{queue="default"} 0.0' in page
        (oldest,) = re.findall(r'cxai_oldest_case_seconds\{queue="fares"\} (\S+)', page)
        assert 0 <= float(oldest) - 40 * 86_400 < 60
