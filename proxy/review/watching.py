"""Looks by the clock at how much waits beside what people can do: for the metrics, and to call more people in."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime

import structlog

from proxy.ledger.desk_outbox import Target
from proxy.ledger.people_calls import PeopleCall, PeopleCalls
from proxy.review.overload import LiveOverload
from proxy.telemetry.metrics import Metrics
from proxy.threads import in_thread

log = structlog.get_logger(__name__)
LOOK_EVERY_S = 15.0


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
