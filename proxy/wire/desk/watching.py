"""What the desk does by the clock: it notes leases that have ended, and tells of cases about to miss their target."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from proxy.ledger.desk.records import NO_QUEUE, DeskCase
from proxy.ledger.ledger import Ledger
from proxy.threads import in_thread
from proxy.wire.services import Tenants

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 15.0
LONGEST_ALARM = timedelta(days=30)  # nobody is told of a target longer before its end


async def watch_desk(tenants: Tenants, ledger: Ledger, unheard_days: int) -> None:
    """Look until cancelled. An answer that waits for its customer longer than ``unheard_days`` days expires."""
    named: set[str] = set()
    while True:
        try:
            now = datetime.now(UTC)
            unheard = now - timedelta(days=unheard_days)
            await in_thread(ledger.desk.sweep, now, unheard)
            near = await in_thread(_near_target, tenants, ledger, now)
            for case in near:
                if case.ref not in named:
                    log.warning(
                        "a case is about to miss its service target",
                        ref=case.ref,
                        queue=case.queue,
                        tenant=case.tenant,
                        due_at=case.due_at and case.due_at.isoformat(),
                    )
            named = {case.ref for case in near}
            known = await in_thread(_queues, tenants, ledger, now)
            for services in list(tenants.values())[:1]:  # all tenants share their metrics
                counts = Counter(case.queue for case in near)
                services.metrics.cases_near_target({queue: counts[queue] for queue in known.waiting})
                services.metrics.queues(known.waiting, known.oldest_s)
        except (
            Exception
        ) as error:  # whatever it is, a desk that looks no more would let leases stand for ever
            log.error("the desk could not be looked at", error=str(error))
        await asyncio.sleep(LOOK_EVERY_S)


@dataclass(slots=True)
class _Queues:
    """By queue, over all tenants; those without a case, too."""

    waiting: dict[str, int]
    oldest_s: dict[str, float]


def _queues(tenants: Tenants, ledger: Ledger, now: datetime) -> _Queues:
    names = {queue.name for one in tenants.values() for queue in one.policies.current.queues.every}
    found = _Queues(dict.fromkeys(names | {NO_QUEUE}, 0), dict.fromkeys(names | {NO_QUEUE}, 0.0))
    for tenant in tenants:
        for row in ledger.desk.queues(tenant, now):
            waits_s = (now - row.oldest).total_seconds()
            found.waiting[row.queue] = found.waiting.get(row.queue, 0) + row.unanswered
            found.oldest_s[row.queue] = max(found.oldest_s.get(row.queue, 0.0), waits_s)
    return found


def _near_target(tenants: Tenants, ledger: Ledger, now: datetime) -> list[DeskCase]:
    """Unanswered cases within their queue's ``alarm_before``, and those past their target."""

    def is_near(case: DeskCase) -> bool:
        services = tenants.get(case.tenant)
        if services is None or case.due_at is None:
            return False
        alarm_before = services.policies.current.queues.named(case.queue).alarm_before
        return case.due_at - alarm_before <= now

    return [case for case in ledger.desk.due(now + LONGEST_ALARM) if is_near(case)]
