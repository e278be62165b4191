"""Roll-backs of canaries, told to others: at least once each, across replicas, as changes of cases are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from proxy.ledger.announced import Announced
from proxy.ledger.database import Read
from proxy.ledger.rehearsal.canaries import CanaryStep
from proxy.ledger.rows import record_of
from proxy.ledger.schema import canary_deliveries, canary_events
from proxy.ledger.writer import Submit, lock_named

_LOCK = lock_named("roll-backs")


@dataclass(frozen=True, slots=True)
class RollBack:
    """A roll-back, to be told to ``target``. ``id`` names it for good: the same again is the same."""

    delivery_id: int
    target: str
    attempts: int
    id: int
    tenant: str
    name: str
    at: datetime
    reason: str


class RollBacks(Announced[RollBack]):
    """Made by ``Ledger.roll_backs``. All methods raise LedgerError; what they change is durable when they return."""

    def __init__(self, read: Read, submit: Submit) -> None:
        super().__init__(read, submit, _LOCK, canary_deliveries, _HAPPENED, _TO_TELL, _roll_back_of)


_HAPPENED = select(canary_events.c.id.label("event_id"), canary_events.c.tenant).where(
    canary_events.c.event == CanaryStep.ROLLED_BACK
)
_TO_TELL = select(
    canary_deliveries.c.id.label("delivery_id"),
    canary_deliveries.c.target,
    canary_deliveries.c.attempts,
    *(canary_events.c[name] for name in ("id", "tenant", "name", "at", "reason")),
).join(canary_events, canary_events.c.id == canary_deliveries.c.event_id)


def _roll_back_of(row: Row[Any]) -> RollBack:
    return record_of(RollBack, row)
