"""Counts by day, in UTC: what was decided, what could not be checked, who went back to automation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Select, Text, cast, func, select

from proxy.ledger.customers.contacts import ContactKind
from proxy.ledger.database import Read
from proxy.ledger.schema import contacts, decisions

DECISIONS = ("deliver", "rewrite", "escalate", "refuse")


@dataclass(frozen=True, slots=True)
class Day:
    """``decided`` counts answers by what was done with them, or would have been on routes that only watch."""

    day: date
    decided: dict[str, int]
    unchecked: int = 0
    returned: int = 0

    @property
    def answers(self) -> int:
        return sum(self.decided.values())

    @property
    def unchecked_share(self) -> float | None:
        return self.unchecked / self.answers if self.answers else None


def days(read: Read, tenant: str, since: datetime, until: datetime) -> list[Day]:
    """Every day of the period, also those on which nothing happened, the oldest first. Raises LedgerError."""
    returned = {row.day: row.contacts for row in read(_returned(tenant, since, until))}
    return by_day(read(_decided(tenant, since, until)), returned, since, until)


class Counted(Protocol):
    """So many ``answers`` of a ``day`` of which the same was decided."""

    @property
    def day(self) -> str: ...
    @property
    def decision(self) -> str: ...
    @property
    def verified(self) -> bool: ...
    @property
    def answers(self) -> int: ...


def by_day(
    counted: Iterable[Counted], returned: Mapping[str, int], since: datetime, until: datetime
) -> list[Day]:
    """Every day of the period, the oldest first; ``returned`` says by day how many went back to automation."""
    rows: dict[str, list[Counted]] = {}
    for one in counted:
        rows.setdefault(one.day, []).append(one)
    first = since.date()
    every = [first + timedelta(days=number) for number in range((until.date() - first).days + 1)]
    return [_day(day, rows.get(day.isoformat(), ()), returned.get(day.isoformat(), 0)) for day in every]


def _day(day: date, rows: Sequence[Counted], returned: int) -> Day:
    decided = dict.fromkeys(DECISIONS, 0)
    for row in rows:
        decided[row.decision] = decided.get(row.decision, 0) + row.answers
    unchecked = sum(row.answers for row in rows if not row.verified)
    return Day(day, decided, unchecked, returned)


def _decided(tenant: str, since: datetime, until: datetime) -> Select[Any]:
    day = day_of(decisions.c.created_at)
    return (
        select(day, decisions.c.decision, decisions.c.verified, func.count().label("answers"))
        .where(decisions.c.tenant == tenant)
        .where(decisions.c.created_at >= since, decisions.c.created_at < until)
        .group_by(day, decisions.c.decision, decisions.c.verified)
    )


def _returned(tenant: str, since: datetime, until: datetime) -> Select[Any]:
    day = day_of(contacts.c.at)
    return (
        select(day, func.count().label("contacts"))
        .where(contacts.c.kind == ContactKind.RETURNED_TO_AUTOMATION, contacts.c.tenant == tenant)
        .where(contacts.c.at >= since, contacts.c.at < until)
        .group_by(day)
    )


def day_of(column: Any) -> Any:
    """Its day: both databases write an instant in UTC as ``2026-11-29 ...`` (PostgreSQL's sessions are in UTC)."""
    return func.substr(cast(column, Text), 1, 10).label("day")
