"""Whether live traffic has changed, as it was looked at day by day."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, select, update

from proxy.ledger.database import Read, insert_new
from proxy.ledger.records import JsonObject
from proxy.ledger.rows import storable
from proxy.ledger.schema import drift_looks
from proxy.ledger.writer import Submit


class DriftLooks:
    """Made by ``Ledger.drift``. All methods raise LedgerError; what they write is durable when they return."""

    def __init__(self, read: Read, submit: Submit) -> None:
        self._read, self._submit = read, submit

    def claim(self, tenant: str, day: str) -> bool:
        """Whether nobody has begun to look on this day (``2026-11-30``) before; then somebody has."""
        row = {
            "tenant": tenant,
            "day": day,
            "at": datetime.now(UTC),
        }  # ``found`` as None would be JSON's null
        own = drift_looks.c.tenant == tenant, drift_looks.c.day == day
        if self._read(select(drift_looks.c.day).where(*own)):
            return False

        def write(connection: Connection) -> bool:
            added = insert_new(connection, drift_looks).returning(drift_looks.c.day)
            return connection.execute(added, row).first() is not None

        return self._submit(write).result()

    def found(self, tenant: str, day: str, found: JsonObject) -> None:
        """Keep what looking came to."""
        own = drift_looks.c.tenant == tenant, drift_looks.c.day == day
        keeping = update(drift_looks).where(*own).values(found=storable(found))

        def write(connection: Connection) -> None:
            connection.execute(keeping)

        self._submit(write).result()

    def since(self, tenant: str, day: str) -> list[JsonObject]:
        """What was found on this day and later ones, by all that looked to the end."""
        done = select(drift_looks).where(drift_looks.c.tenant == tenant, drift_looks.c.found.is_not(None))
        rows = self._read(done.where(drift_looks.c.day >= day).order_by(drift_looks.c.day))
        return [dict(row.found) for row in rows]

    def latest(self, tenant: str) -> JsonObject | None:
        """What was found the last time that somebody looked to the end."""
        done = select(drift_looks).where(drift_looks.c.tenant == tenant, drift_looks.c.found.is_not(None))
        rows = self._read(done.order_by(drift_looks.c.day.desc()).limit(1))
        return dict(rows[0].found) if rows else None
