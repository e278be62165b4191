"""Sealing: rows that wait are read and hashed beside the answers, and written as one batch in a short transaction.

One sealer works at a time; who finds another at work, or finds that what it read is no longer so, writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, insert, select, text

from proxy.ledger.audit.chain import NO_HEAD, Batch, Entry, Head
from proxy.ledger.audit.rows import UNREADABLE, commitment, new_salt, opening, rows_of
from proxy.ledger.schema import audit_batches, audit_entries, audit_pending, audit_salts
from proxy.ledger.writer import lock_named

LARGEST_BATCH = 200  # what the answers that are recorded meanwhile wait for
_LOCK = lock_named("audit log")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A batch that is ready to be written, as long as ``waiting`` still waits behind ``head``."""

    head: Head
    batch: Batch
    waiting: Sequence[Row[Any]]
    salts: Sequence[dict[str, Any]]


def prepare(connection: Connection, now: datetime | None = None) -> Prepared | None:
    """Read and hash what waits, the oldest first; None where nothing does."""
    waiting = connection.execute(waiting_query().limit(LARGEST_BATCH)).all()
    if not waiting:
        return None
    head = newest(connection)
    rows, known = rows_of(connection, waiting), _sealed_already(connection, waiting)
    entries: list[Entry] = []
    salts: list[dict[str, Any]] = []
    for one in waiting:
        place = one.table_name, one.row_key
        if place in known:
            continue
        known.add(place)
        seq, salt = head.entries + len(entries) + 1, new_salt()
        committed = _commitment(one, seq, salt, rows.get(place))
        entries.append(Entry(seq, one.table_name, committed, one.rule))
        salts.append({"seq": seq, "table_name": one.table_name, "row_key": one.row_key, "salt": salt})
    drained = len(waiting) < LARGEST_BATCH
    batch = Batch(head.batch + 1, head.hash, now or datetime.now(UTC), drained, entries)
    return Prepared(head, batch, waiting, salts)


def sealing(prepared: Prepared) -> Callable[[Connection], int]:
    """The write that adds a prepared batch; how many it took from the queue, 0 where it must be prepared anew."""
    batch = prepared.batch
    as_row = {
        "number": batch.number,
        "previous": batch.previous,
        "hash": batch.hash(),
        "sealed_at": batch.sealed_at,
        "drained": batch.drained,
    }
    entries = [
        {
            "seq": one.seq,
            "batch": batch.number,
            "table_name": one.table,
            "commitment": one.commitment,
            "rule": one.rule,
        }
        for one in batch.entries
    ]

    def write(connection: Connection) -> int:
        if not _alone(connection) or newest(connection) != prepared.head:
            return 0
        # On PostgreSQL a removal that is under way holds its rows' places in the queue: it is not waited for.
        held = waiting_query(one.id for one in prepared.waiting).with_for_update(skip_locked=True)
        if connection.execute(held).all() != list(prepared.waiting):
            return 0
        connection.execute(
            delete(audit_pending).where(audit_pending.c.id.in_([row.id for row in prepared.waiting]))
        )
        if not entries:
            return len(prepared.waiting)
        connection.execute(insert(audit_batches), as_row)
        connection.execute(insert(audit_entries), entries)
        connection.execute(insert(audit_salts), list(prepared.salts))
        return len(prepared.waiting)

    return write


def waiting_query(ids: Any = None) -> Select[Any]:
    """What waits to be sealed, the oldest first; of these ids, where some are given."""
    found = select(audit_pending).order_by(audit_pending.c.id)
    return found if ids is None else found.where(audit_pending.c.id.in_(list(ids)))


def newest(connection: Connection) -> Head:
    last = connection.execute(select(audit_batches).order_by(audit_batches.c.number.desc()).limit(1)).first()
    if last is None:
        return NO_HEAD
    entries = connection.execute(select(func.max(audit_entries.c.seq))).scalar_one()
    return Head(last.number, last.hash, entries or 0, last.sealed_at)


def _commitment(named: Row[Any], seq: int, salt: str, row: Mapping[str, Any] | None) -> str:
    """A row that cannot be read is sealed like one that is gone, so that it stops nothing and is found out."""
    row = None if row is UNREADABLE else row
    try:
        return commitment(opening(named.table_name, seq, salt, row))
    except ValueError:  # what no JSON can hold
        return commitment(opening(named.table_name, seq, salt, None))


def _sealed_already(connection: Connection, waiting: Sequence[Row[Any]]) -> set[tuple[str, str]]:
    """What somebody has put in line again, by hand: it must not stop what comes behind it."""
    named = audit_salts.c.table_name.in_({one.table_name for one in waiting}) & audit_salts.c.row_key.in_(
        {one.row_key for one in waiting}
    )
    found = connection.execute(select(audit_salts.c.table_name, audit_salts.c.row_key).where(named))
    return {(row.table_name, row.row_key) for row in found}


def _alone(connection: Connection) -> bool:
    """SQLite's transaction holds the only write lock already; on PostgreSQL replicas take turns, and none waits."""
    if connection.dialect.name != "postgresql":
        return True
    locked: bool = connection.execute(
        text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": _LOCK}
    ).scalar_one()
    return locked
