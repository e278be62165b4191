"""What judge models may cost a month, and have cost: one row for each account and month, counted for all replicas.

The rows are counters, so unlike the ledger's other tables this one is updated.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Select, select, update

from proxy.ledger.database import Read, insert_new
from proxy.ledger.schema import judge_spending
from proxy.ledger.writer import Submit, lock_named


class SpendingTable:
    """Counts by account and month (``2026-03``), of all replicas together; raises LedgerError.

    ``micros`` are millionths of a currency unit.
    """

    def __init__(self, read: Read, submit: Submit) -> None:
        self._read = read
        self._submit = submit

    def spend(
        self,
        account: str,
        month: str,
        *,
        requests: int,
        micros: int,
        most_requests: int | None = None,
        most_micros: int | None = None,
    ) -> bool:
        """Add to what an account has spent in a month; False, and nothing added, past a limit."""
        change = addition(
            account,
            month,
            requests=requests,
            micros=micros,
            most_requests=most_requests,
            most_micros=most_micros,
        )
        return self._submit(change, lock=lock_named(f"spending {account}")).result()

    def spent(self, account: str, month: str) -> tuple[int, int]:
        """How many requests, and how many millionths of a currency unit, an account has spent in a month."""
        rows = self._read(spent_query(account, month))
        return (rows[0].requests, rows[0].micros) if rows else (0, 0)


def addition(
    account: str,
    month: str,
    *,
    requests: int,
    micros: int,
    most_requests: int | None = None,
    most_micros: int | None = None,
) -> Callable[[Connection], bool]:
    """The write that adds to a month's counters, and says whether it did: not where a limit would be passed.

    A commit that breaks by accident is tried again, and may then count twice: rather too much than too little.
    """
    row = {"account": account, "month": month, "requests": 0, "micros": 0}
    table = judge_spending.c
    within = [table.account == account, table.month == month]
    if most_requests is not None:
        within.append(table.requests + requests <= most_requests)
    if most_micros is not None:
        within.append(table.micros + micros <= most_micros)
    added = (
        update(judge_spending)
        .where(*within)
        .values(requests=table.requests + requests, micros=table.micros + micros)
    )

    def write(connection: Connection) -> bool:
        connection.execute(insert_new(connection, judge_spending), row)
        return connection.execute(added).rowcount == 1

    return write


def spent_query(account: str, month: str) -> Select[Any]:
    return select(judge_spending).where(judge_spending.c.account == account, judge_spending.c.month == month)
