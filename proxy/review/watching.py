"""Looks by the clock at how much waits beside what people can do, to call more people in; and at what they catch."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import structlog

from proxy.ledger.desk.outbox import Target
from proxy.ledger.desk.people_calls import PeopleCall, PeopleCalls
from proxy.ledger.ledger import Ledger
from proxy.ledger.reviews.records import SEEDED_BAD
from proxy.review.figures import rate_caught
from proxy.review.overload import LiveOverload
from proxy.telemetry.metrics import Metrics
from proxy.threads import in_thread

log = structlog.get_logger(__name__)
LOOK_EVERY_S = 15.0
CATCHES_EVERY_S = 60.0
CATCHES_WITHIN = {"1d": timedelta(days=1), "30d": timedelta(days=30)}  # from the shortest to the longest


async def watch_demand(
    overloads: Mapping[str, LiveOverload], calls: PeopleCalls, targets: Iterable[Target], metrics: Metrics
) -> None:
    """Look until cancelled; by tenant."""
    told = list(targets)
    while True:
        for tenant, overload in overloads.items():
            try:
                await in_thread(look, tenant, overload, calls, told, metrics, datetime.now(UTC))
            except Exception as error:  # whatever it is, nobody would be called in any more
                log.error("what waits could not be looked at", tenant=tenant, error=str(error))
        await asyncio.sleep(LOOK_EVERY_S)


def look(
    tenant: str,
    overload: LiveOverload,
    calls: PeopleCalls,
    targets: Iterable[Target],
    metrics: Metrics,
    now: datetime,
) -> bool:
    """Tell the metrics, and call people in where it is too much; whether they were called in now."""
    demand = overload.demand()
    metrics.demand(tenant, people=demand.people, people_needed=demand.people_needed, wait_s=demand.longest_s)
    if not overload.is_too_much:
        return False
    names = [one.name for one in targets if one.tenant in (None, tenant)]
    call = PeopleCall(
        tenant, now, demand.waiting, demand.people, demand.people_needed, round(demand.longest_s)
    )
    called = calls.call(call, names, overload.call_every)
    if called:
        told = {name: value for name, value in asdict(call).items() if name not in ("at", "delivery_id")}
        log.warning("more cases than people can look at: call people in", **told)
    return called


async def watch_catches(ledger: Ledger, tenants: Iterable[str], metrics: Metrics) -> None:
    """Tell the metrics until cancelled how many seeded errors people caught."""
    told = list(tenants)
    while True:
        for tenant in told:
            try:
                await in_thread(look_at_catches, ledger, tenant, metrics, datetime.now(UTC))
            except Exception as error:  # whatever it is, nobody would be told any more that people see less
                log.error("what people catch could not be looked at", tenant=tenant, error=str(error))
        await asyncio.sleep(CATCHES_EVERY_S)


def look_at_catches(ledger: Ledger, tenant: str, metrics: Metrics, now: datetime) -> None:
    """Of people, not of simulated ones. Raises LedgerError."""
    longest = max(CATCHES_WITHIN.values())
    reviews = ledger.reviews.reviews(tenant, since=now - longest, until=now, kind=SEEDED_BAD)
    real = [one for one in reviews if one.finished and not one.giving.simulated]
    for window, length in CATCHES_WITHIN.items():
        rate = rate_caught([one for one in real if one.giving.at >= now - length])
        metrics.review.caught(tenant, window, seeded=rate.n, caught=rate.hits, interval=(rate.low, rate.high))
