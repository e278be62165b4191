"""Who put which version of the policies in force, when, and what it changed: one row a change, whoever noticed it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from proxy.ledger.database import Read
from proxy.ledger.records import JsonObject
from proxy.ledger.rows import storable
from proxy.ledger.schema import policy_changes
from proxy.ledger.writer import Submit, lock_named

# A replica that is this much later than another notices the same change, and no second one.
SAME_CHANGE = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """``previous`` is the version that was in force before; None for the first that was ever noted.

    ``summary`` is ``{"files", "added", "changed", "removed", "parts"}``: names, and by its name each part's digest.
    """

    tenant: str
    at: datetime
    version: str
    previous: str | None
    author: str
    summary: JsonObject


class PolicyChangeTable:
    """Reads and adds changes; what is added is durable. Both raise LedgerError."""

    def __init__(self, read: Read, submit: Submit) -> None:
        self._read = read
        self._submit = submit

    def listed(
        self, *, since: datetime | None = None, tenant: str | None = None, limit: int = 100
    ) -> list[PolicyChange]:
        """Changes, the newest first."""
        found = select(policy_changes).order_by(policy_changes.c.id.desc()).limit(limit)
        if since is not None:
            found = found.where(policy_changes.c.at >= since)
        if tenant is not None:
            found = found.where(policy_changes.c.tenant == tenant)
        return [_change_of(row) for row in self._read(found)]

    def latest(self, tenant: str) -> PolicyChange | None:
        return next(iter(self.listed(tenant=tenant, limit=1)), None)

    def add(self, change: PolicyChange) -> bool:
        """Whether it was added: not where ``previous`` is in force no more, nor where just now the same was."""
        row = {field.name: getattr(change, field.name) for field in fields(change)}
        row |= {"author": storable(change.author), "summary": storable(change.summary)}

        def write(connection: Connection) -> bool:
            of_tenant = select(policy_changes).where(policy_changes.c.tenant == change.tenant)
            last = connection.execute(of_tenant.order_by(policy_changes.c.id.desc()).limit(1)).first()
            if (last.version if last else None) != change.previous:
                return False
            recent = of_tenant.where(policy_changes.c.at > change.at - SAME_CHANGE)
            if any(
                (one.version, one.previous) == (change.version, change.previous)
                for one in connection.execute(recent)
            ):
                return False
            connection.execute(insert(policy_changes), row)
            return True

        return self._submit(write, lock=lock_named(f"policies {change.tenant}")).result()


def _change_of(row: Row[Any]) -> PolicyChange:
    return PolicyChange(**{field.name: getattr(row, field.name) for field in fields(PolicyChange)})
