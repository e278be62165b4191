"""What judge models may cost a month, and have cost: one row for each account and month, counted for all replicas.

The rows are counters, so unlike the ledger's other tables this one is updated.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Select, select, update

from proxy.ledger.database import insert_new
from proxy.ledger.schema import judge_spending


def spend(
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
