"""What has happened and others are told of: each happening once, by whom was to be told when it was handed out."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Select, Table, insert, select

from proxy.ledger.database import Read
from proxy.ledger.deliveries import Deliveries
from proxy.ledger.desk.outbox import Target
from proxy.ledger.writer import Submit

T = TypeVar("T")
_HANDED_OUT = ""  # the target of the row that says so, whoever was to be told


class Announced(Deliveries[T]):
    """Deliveries of happenings that lie in another table.

    ``happened`` selects the happenings with their ``tenant``, and under the names of ``table``'s columns what tells
    one from the other. Those that are not ``told`` are handed out to nobody. The rest is as for ``Deliveries``.
    """

    def __init__(
        self,
        read: Read,
        submit: Submit,
        lock: int,
        table: Table,
        happened: Select[Any],
        found: Select[Any],
        made: Callable[[Row[Any]], T],
        told: Callable[[Row[Any]], bool] = lambda _: True,
    ) -> None:
        super().__init__(read, submit, lock, table, found, made)
        keys = {name: column for name, column in happened.selected_columns.items() if name in table.c}
        done = select(table.c.id).where(
            table.c.target == _HANDED_OUT, *(table.c[name] == column for name, column in keys.items())
        )
        self._keys = list(keys)
        self._fresh = happened.where(~done.exists())
        self._told = told

    def hand_out(self, targets: Collection[Target], now: datetime) -> int:
        """Make deliveries of what nobody has handed out yet; how many happenings these were."""
        if not self._read(self._fresh.limit(1)):
            return 0

        def write(connection: Connection) -> int:
            fresh = connection.execute(self._fresh).all()
            rows = [
                {**self._key(one), "target": target.name, "attempts": 0, "due_at": now}
                for one in fresh
                if self._told(one)
                for target in targets
                if target.tenant in (None, one.tenant)
            ]
            rows += [
                {**self._key(one), "target": _HANDED_OUT, "attempts": 0, "due_at": None} for one in fresh
            ]
            if rows:
                connection.execute(insert(self._table), rows)
            return len(fresh)

        return self._submit(write, lock=self._lock).result()

    def _key(self, row: Row[Any]) -> dict[str, Any]:
        return {name: row._mapping[name] for name in self._keys}
