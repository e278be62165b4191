"""Looks once a day whether live traffic has changed, and asks for a new rehearsal where it has.

Comparing takes libraries that serving does without, and minutes of a processor: it is done by ``cxai rehearse drift``,
niced, by the first worker of the first replica that comes to it. All tell what was found.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from typing import Any

import structlog

from proxy.ledger.ledger import Ledger, LedgerError
from proxy.ledger.rehearsal.drift_alarms import ALARM
from proxy.niced import run_niced
from proxy.telemetry.metrics import Metrics
from proxy.threads import in_thread

log = structlog.get_logger(__name__)
LOOK_EVERY_S = 600.0
NEEDED = ("scipy", "sklearn")
QUOTING = "topics"  # the dimension of which what there is more of is told by a customer's message
JsonObject = dict[str, Any]


async def watch_drift(ledger: Ledger, tenants: Sequence[str], database_url: str, metrics: Metrics) -> None:
    """Look until cancelled; not where what it takes is not installed."""
    if not all(map(find_spec, NEEDED)):
        log.info("whether traffic drifts is not watched: pip install 'cxai-proxy[rehearsal]'")
        return
    while True:
        for tenant in tenants:
            with suppress(LedgerError):
                await in_thread(tell, ledger, tenant, metrics)
        await asyncio.sleep(LOOK_EVERY_S)  # a start has other work
        for tenant in tenants:
            with suppress(LedgerError):
                await look(ledger, tenant, database_url, datetime.now(UTC))


async def look(ledger: Ledger, tenant: str, database_url: str, now: datetime) -> None:
    """Compare the weeks, where nobody has today, and keep what was found. Raises LedgerError."""
    day = now.date().isoformat()
    if not await in_thread(ledger.drift.claim, tenant, day):
        return
    compared = await _compared(tenant, database_url)
    week_before = (now.date() - timedelta(days=7)).isoformat()
    found = as_kept(compared, await in_thread(ledger.drift.since, tenant, week_before))
    await in_thread(ledger.drift.found, tenant, day, found)
    for text in (found.get("summary"), *(one["text"] for one in found.get("grown", ()))):
        if text:
            log.warning("traffic drifts", tenant=tenant, what=text)


def as_kept(found: JsonObject, before: Sequence[JsonObject]) -> JsonObject:
    """What is kept and told of a look: no customer's words, and as an alarm what no look ``before`` has shown.

    The weeks of days in a row overlap, so that a change shows for many days; it is one alarm.
    """
    shown = {one["name"] for look in before for one in look.get("dimensions", ()) if one["changed"]}
    alarm = [
        {"name": one["name"], "words": one["words"]}
        for one in found.get("dimensions", ())
        if one["changed"] and one["name"] not in shown
    ]
    grown = [one for one in found.get("grown", ()) if one["dimension"] != QUOTING]
    return {**found, "grown": grown, ALARM: alarm}


def tell(ledger: Ledger, tenant: str, metrics: Metrics) -> None:
    """Tell what was found last, whoever looked. Raises LedgerError."""
    for one in (ledger.drift.latest(tenant) or {}).get("dimensions", ()):
        metrics.candidate.drifts(tenant, one["name"], one["changed"])


async def _compared(tenant: str, database_url: str) -> JsonObject:
    """What the command found; why it found nothing, where it did not."""
    ran = await run_niced(["rehearse", "drift", "--json", "--tenant", tenant], database_url)
    if ran.status == 0:
        found: JsonObject = json.loads(ran.out)
        return found
    log.info("weeks of traffic were not compared", tenant=tenant, why=ran.err.strip()[-500:])
    return {"why_not": ran.err.strip()[-500:]}
