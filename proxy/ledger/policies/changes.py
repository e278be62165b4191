"""Who put which version of the policies in force, when, and what it changed: one row a change, whoever noticed it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select

from proxy.ledger.database import Read
from proxy.ledger.records import PolicyChange
from proxy.ledger.rows import policy_change_row, record_of
from proxy.ledger.schema import policy_changes
from proxy.ledger.writer import Submit, lock_named

# A replica that is this much later than another notices the same change, and no second one.
SAME_CHANGE = timedelta(seconds=10)


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
        return [record_of(PolicyChange, row) for row in self._read(found)]

    def latest(self, tenant: str) -> PolicyChange | None:
        return next(iter(self.listed(tenant=tenant, limit=1)), None)

    def add(self, change: PolicyChange) -> bool:
        """Whether it was added: not where ``previous`` is in force no more, nor where just now the same was."""
        row = policy_change_row(change)

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
