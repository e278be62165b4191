"""Each entry of the log against its row: opened with its salt, removed by rule, or missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Table, exists, select

from proxy.ledger.audit.chain import Batch, Entry
from proxy.ledger.audit.finding import Finding, Verified, Wrong
from proxy.ledger.audit.rows import (
    SEPARATOR,
    UNREADABLE,
    commitment,
    key_columns,
    key_of,
    opening,
    rows_of,
)
from proxy.ledger.audit.sealed import SEALED
from proxy.ledger.schema import audit_pending, audit_removals, audit_salts, metadata

# Longer than any answer may take; a row that names an older time than the batches that do not have it came afterwards.
LATE = timedelta(hours=2)
_MINUTE = "%Y-%m-%d %H:%M UTC"


def check_rows(connection: Connection, batch: Batch, last_drained: datetime | None, found: Verified) -> None:
    """Add to what was found how a batch's rows stand; ``last_drained`` is when all that waited had been sealed."""
    salts, removals = salts_of(connection, batch), _by_seq(connection, audit_removals, batch)
    rows = rows_of(connection, salts.values())
    for entry in batch.entries:
        salt, removal = salts.get(entry.seq), removals.get(entry.seq)
        if salt is None:
            found.findings += _not_opened(entry, removal)
            if removal is not None:
                found.removed[removal.rule] += 1
            continue
        row = rows.get((salt.table_name, salt.row_key))
        found.rows += row is not None
        found.findings += _opened(entry, salt, row)
        _check_time(entry, salt, row, last_drained, found)


def unsealed_rows(connection: Connection) -> Iterator[Finding]:
    """Rows that neither the log nor the queue knows."""
    for name in SEALED:
        table = metadata.tables[name]
        key = _key_text(table)
        sealed = exists().where(audit_salts.c.table_name == name, audit_salts.c.row_key == key)
        waits = exists().where(audit_pending.c.table_name == name, audit_pending.c.row_key == key)
        for row in connection.execute(select(*key_columns(table)).where(~sealed, ~waits)):
            yield Finding(Wrong.ADDED, "it was never sealed", table=name, key=key_of(name, row._mapping))


def _not_opened(entry: Entry, removal: Row[Any] | None) -> Iterator[Finding]:
    if removal is None:
        text = "its row and salt are gone, and no rule has removed it"
        yield Finding(Wrong.MISSING, text, table=entry.table, seq=entry.seq)


def _opened(entry: Entry, salt: Row[Any], row: Mapping[str, Any] | None) -> Iterator[Finding]:
    place: dict[str, Any] = {"table": salt.table_name, "key": salt.row_key, "seq": entry.seq}
    if salt.table_name != entry.table:
        yield Finding(Wrong.CHANGED, f"the log has a row of {entry.table} here", **place)
    elif row is None:
        yield Finding(Wrong.MISSING, "the row is gone, and no rule has removed it", **place)
    elif row is UNREADABLE:
        yield Finding(Wrong.CHANGED, "it cannot be read any more", **place)
    elif not opens(entry.table, entry.seq, salt.salt, row, entry.commitment):
        yield Finding(Wrong.CHANGED, "it is not what was sealed", **place)


def opens(table: str, seq: int, salt: str, row: Mapping[str, Any], sealed: str) -> bool:
    """Whether a row is what this commitment was made of."""
    try:
        return commitment(opening(table, seq, salt, row)) == sealed
    except ValueError:  # what no JSON can hold was never sealed
        return False


def _check_time(
    entry: Entry,
    salt: Row[Any],
    row: Mapping[str, Any] | None,
    last_drained: datetime | None,
    found: Verified,
) -> None:
    """A row that was written at its time would have been in an earlier batch; one that a rule put back would not."""
    sealed = SEALED.get(entry.table)
    column = sealed and (sealed.written_at or sealed.told_at)
    if not row or not sealed or not column or last_drained is None or entry.rule is not None:
        return
    at = row.get(column)
    if not isinstance(at, datetime) or at >= last_drained - LATE:
        return
    told = f"it names {at:{_MINUTE}}, and was not there when all was sealed at {last_drained:{_MINUTE}}"
    if sealed.written_at:
        place: dict[str, Any] = {"table": entry.table, "key": salt.row_key, "seq": entry.seq}
        found.findings.append(Finding(Wrong.ADDED, told, **place))
    else:
        found.told_later[entry.table] += 1


def salts_of(connection: Connection, batch: Batch) -> dict[int, Row[Any]]:
    """What opens a batch's entries, by their places, in order."""
    return _by_seq(connection, audit_salts, batch)


def _by_seq(connection: Connection, table: Table, batch: Batch) -> dict[int, Row[Any]]:
    first, last = (batch.entries[0].seq, batch.entries[-1].seq) if batch.entries else (1, 0)
    found = select(table).where(table.c.seq >= first, table.c.seq <= last).order_by(table.c.seq)
    return {row.seq: row for row in connection.execute(found)}


def _key_text(table: Any) -> Any:
    columns = [column.cast(audit_salts.c.row_key.type) for column in key_columns(table)]
    text = columns[0]
    for column in columns[1:]:
        text = text.concat(SEPARATOR).concat(column)
    return text
