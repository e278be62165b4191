"""Entries of the log as people look them up: the newest ones, or those of one row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from proxy.ledger.audit.row_check import opens
from proxy.ledger.audit.rows import UNREADABLE, rows_of
from proxy.ledger.audit.sealed import SEALED
from proxy.ledger.schema import audit_batches, audit_entries, audit_removals, audit_salts


@dataclass(frozen=True, slots=True)
class SealedRow:
    """One entry. ``key`` is None for a row that is gone, by a rule where ``removed`` names one.

    ``actor`` did it, as far as its table says so. ``as_sealed``: the row is there and is what was sealed.
    """

    seq: int
    batch: int
    sealed_at: datetime
    table: str
    commitment: str
    key: str | None
    actor: str | None
    removed: str | None
    as_sealed: bool


def newest_entries(
    connection: Connection, *, since: datetime | None = None, table: str | None = None, limit: int = 100
) -> list[SealedRow]:
    """The newest first."""
    found = _entries()
    if since is not None:
        found = found.where(audit_batches.c.sealed_at >= since)
    if table is not None:
        found = found.where(audit_entries.c.table_name == table)
    return _read(connection, found.order_by(audit_entries.c.seq.desc()).limit(limit))


def entries_of(connection: Connection, key: str) -> list[SealedRow]:
    """The entries of rows with this key, in any table; of a number also the entry of that number."""
    wanted = audit_salts.c.row_key == key
    if key.isdecimal() and len(key) < 19:
        wanted |= audit_entries.c.seq == int(key)
    return _read(connection, _entries().where(wanted).order_by(audit_entries.c.seq))


def _entries() -> Select[Any]:
    return (
        select(
            audit_entries,
            audit_batches.c.sealed_at,
            audit_salts.c.row_key,
            audit_salts.c.salt,
            audit_removals.c.rule.label("removed"),
        )
        .join(audit_batches, audit_batches.c.number == audit_entries.c.batch)
        .outerjoin(audit_salts, audit_salts.c.seq == audit_entries.c.seq)
        .outerjoin(audit_removals, audit_removals.c.seq == audit_entries.c.seq)
    )


def _read(connection: Connection, query: Select[Any]) -> list[SealedRow]:
    found = connection.execute(query).all()
    rows = rows_of(connection, [one for one in found if one.row_key is not None])
    return [_sealed_row(one, rows.get((one.table_name, one.row_key))) for one in found]


def _sealed_row(one: Row[Any], row: Any) -> SealedRow:
    readable = row is not None and row is not UNREADABLE
    actor = SEALED[one.table_name].actor if one.table_name in SEALED else None
    return SealedRow(
        seq=one.seq,
        batch=one.batch,
        sealed_at=one.sealed_at,
        table=one.table_name,
        commitment=one.commitment,
        key=one.row_key,
        actor=row.get(actor) if readable and actor else None,
        removed=one.removed,
        as_sealed=readable and opens(one.table_name, one.seq, one.salt, row, one.commitment),
    )
