"""What is to be told to targets, one row for each: taken while it is due, then told, tried again later, or given up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Row, Select, Table, select, update

from proxy.ledger.database import Read
from proxy.ledger.writer import Submit

T = TypeVar("T")
TAKEN_FOR = timedelta(seconds=60)  # longer than sending takes: another replica tries then


class Deliveries(Generic[T]):
    """``table`` has the columns ``id``, ``target``, ``attempts``, ``due_at``, ``done_at`` and ``problem``.

    ``found`` selects what is told by them, and ``made`` reads a row of it. All methods raise LedgerError; what they
    change is durable when they return.
    """

    def __init__(
        self,
        read: Read,
        submit: Submit,
        lock: int,
        table: Table,
        found: Select[Any],
        made: Callable[[Row[Any]], T],
    ) -> None:
        self._read = read
        self._submit = submit
        self._lock = lock
        self._table = table
        self._found = found
        self._made = made

    def take(self, target: str, now: datetime, limit: int = 50) -> list[T]:
        """Those to this target that are due, the oldest first; nobody else gets them for TAKEN_FOR."""
        table = self._table
        due = table.c.due_at <= now, table.c.target == target
        if not self._read(select(table.c.id).where(*due).limit(1)):
            return []

        def write(connection: Connection) -> list[T]:
            rows = connection.execute(self._found.where(*due).order_by(table.c.id).limit(limit)).all()
            taken = table.c.id.in_([row.delivery_id for row in rows])
            noted = {"due_at": now + TAKEN_FOR, **self._noted_when_taken(target)}
            connection.execute(update(table).where(taken).values(noted))
            return [self._made(row) for row in rows]

        return self._submit(write, lock=self._lock).result()

    def _noted_when_taken(self, target: str) -> dict[str, Any]:
        """What else is noted of those that are taken, as column values."""
        return {}

    def done(self, delivery_id: int, now: datetime) -> None:
        """It was told."""
        self._change(delivery_id, done_at=now, due_at=None, problem=None)

    def failed(self, delivery_id: int, attempts: int, problem: str, again_at: datetime | None) -> None:
        """It could not be told; it is tried again at this time, or given up."""
        self._change(delivery_id, attempts=attempts, problem=problem[:500], due_at=again_at)

    def _change(self, delivery_id: int, **values: Any) -> None:
        statement = update(self._table).where(self._table.c.id == delivery_id).values(values)

        def write(connection: Connection) -> None:
            connection.execute(statement)

        self._submit(write, lock=self._lock).result()
