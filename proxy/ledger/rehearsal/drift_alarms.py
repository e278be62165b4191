"""Alarms of drift, told to others: at least once each, across replicas, as changes of cases are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, select

from proxy.ledger.announced import Announced
from proxy.ledger.database import Read
from proxy.ledger.records import JsonObject
from proxy.ledger.rows import record_of
from proxy.ledger.schema import drift_deliveries, drift_looks
from proxy.ledger.writer import Submit, lock_named

ALARM = "alarm"  # of what a look has found: the dimensions that it calls for a rehearsal by, none where it does not
_LOCK = lock_named("drift alarms")


@dataclass(frozen=True, slots=True)
class DriftAlarm:
    """What the look of ``day`` has found, to be told to ``target``. Tenant and day name it for good."""

    delivery_id: int
    target: str
    attempts: int
    tenant: str
    day: str
    at: datetime
    found: JsonObject


class DriftAlarms(Announced[DriftAlarm]):
    """Made by ``Ledger.drift_alarms``. All methods raise LedgerError; what they change is durable when they return."""

    def __init__(self, read: Read, submit: Submit) -> None:
        super().__init__(read, submit, _LOCK, drift_deliveries, _HAPPENED, _TO_TELL, _alarm_of, _is_alarm)


_HAPPENED = select(drift_looks.c.tenant, drift_looks.c.day, drift_looks.c.found).where(
    drift_looks.c.found.is_not(None)
)
_TO_TELL = select(
    drift_deliveries.c.id.label("delivery_id"),
    drift_deliveries.c.target,
    drift_deliveries.c.attempts,
    drift_looks,
).join(
    drift_looks,
    and_(drift_looks.c.tenant == drift_deliveries.c.tenant, drift_looks.c.day == drift_deliveries.c.day),
)


def _is_alarm(row: Row[Any]) -> bool:
    return bool(row.found.get(ALARM))


def _alarm_of(row: Row[Any]) -> DriftAlarm:
    return record_of(DriftAlarm, row)
