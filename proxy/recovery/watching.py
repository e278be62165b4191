"""Tells the metrics, by the clock, which failures are open and how fast the error budget is used up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import structlog

from proxy.ledger.failures.columns import seconds_of
from proxy.ledger.ledger import Ledger
from proxy.recovery.measures.budget import ALERTED, WINDOWS, burn, looks_back, still_open
from proxy.rules.recovery_options import RecoveryOptions
from proxy.telemetry.metrics import Metrics
from proxy.threads import in_thread

log = structlog.get_logger(__name__)
LOOK_EVERY_S = 60.0


async def watch_recovery(
    ledger: Ledger, options: Mapping[str, Callable[[], RecoveryOptions]], metrics: Metrics
) -> None:
    """Look until cancelled; ``options`` has, by tenant, what is aimed at now."""
    while True:
        for tenant, current in options.items():
            try:
                await in_thread(look, ledger, tenant, current(), metrics, datetime.now(UTC))
            except Exception as error:  # whatever it is, nobody would be told of open failures any more
                log.error("failures could not be looked at", tenant=tenant, error=str(error))
        await asyncio.sleep(LOOK_EVERY_S)


def look(ledger: Ledger, tenant: str, options: RecoveryOptions, metrics: Metrics, now: datetime) -> None:
    """Raises LedgerError."""
    at = seconds_of(now)
    for severity, one in still_open(ledger.failures.open_columns(tenant), at, options).items():
        metrics.recovery.open(tenant, severity, open=one.open, overdue=one.overdue, oldest_s=one.oldest_s)
    recent = ledger.failures.deadlines(tenant, now - looks_back(options, ALERTED), now)
    for window in ALERTED:
        found = burn(recent, at, WINDOWS[window], options)
        metrics.recovery.burn(tenant, window, due=found.due, rate=found.rate)
