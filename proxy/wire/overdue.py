"""Cases that are open for too long: told by a metric and in the log, since nothing closes by itself.

A customer with an open case stays with people. A case that everybody has forgotten would keep automation away for ever,
and the customer waiting.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import structlog

from proxy.ledger.ledger import Ledger, LedgerError
from proxy.telemetry.metrics import Metrics
from proxy.threads import in_thread

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 60.0


async def watch_open_cases(ledger: Ledger, metrics: Metrics, hours: int) -> None:
    """Count them until cancelled, and name each in the log once."""
    named: set[str] = set()
    while True:
        with suppress(LedgerError):
            before = datetime.now(UTC) - timedelta(hours=hours)
            overdue = await in_thread(ledger.overdue_escalations, before)
            metrics.overdue_cases(len(overdue))
            for case in overdue:
                if case.ref not in named:
                    log.warning(
                        "a case is open for too long",
                        ref=case.ref,
                        since=case.created_at.isoformat(),
                        hours=hours,
                    )
            named = {case.ref for case in overdue}
        await asyncio.sleep(LOOK_EVERY_S)
