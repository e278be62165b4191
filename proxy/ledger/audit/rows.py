"""A row as the audit log commits to it: one line of canonical JSON (RFC 8785), whose SHA-256 is the commitment.

    {"row":{"at":"2026-03-01T12:00:00.000000Z",...},"salt":"9f...","seq":17,"table":"policy_changes"}

Columns without a value are left out, so that one that is added later changes no earlier line. Without its salt, 256
random bits, a commitment tells nothing of the row.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

import rfc8785
from sqlalchemy import Connection, Row, RowMapping, Select, Table, select, tuple_
from sqlalchemy.exc import SQLAlchemyError

from proxy.ledger.audit.sealed import SEALED
from proxy.ledger.errors import is_unavailable
from proxy.ledger.schema import metadata

SEPARATOR = "\x1f"  # between the parts of a key, as the triggers write it
UNREADABLE: Mapping[str, Any] = {}  # stands for a row that somebody has made unreadable
_LARGEST_NUMBER = 2**53 - 1  # of those that RFC 8785 writes; JSON that a model wrote may hold larger ones


def new_salt() -> str:
    return secrets.token_hex(32)


def opening(table: str, seq: int, salt: str, row: Mapping[str, Any] | None) -> bytes:
    """The line that a commitment commits to; ``row`` is None where it was gone before it could be sealed.

    Raises ValueError for a value that no JSON can hold.
    """
    values = row and {name: plain(value) for name, value in row.items() if value is not None}
    return rfc8785.dumps({"row": values, "salt": salt, "seq": seq, "table": table})


def commitment(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()


def instant(at: datetime) -> str:
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")


def plain(value: Any) -> Any:
    """A column's value as JSON: times in UTC, bytes in base64, numbers beyond 2^53 as text."""
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > _LARGEST_NUMBER:
        return str(value)
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def key_of(table: str, row: Mapping[str, Any] | RowMapping) -> str:
    """A row's key as one text."""
    return SEPARATOR.join(str(row[name]) for name in SEALED[table].key)


def shown_key(key: str) -> str:
    return key.replace(SEPARATOR, " ")


def key_columns(table: Table) -> list[Any]:
    return [table.c[name] for name in SEALED[table.name].key]


def rows_query(table: Table, keys: Collection[str]) -> Select[Any]:
    """The rows with these keys, in no order."""
    columns = key_columns(table)
    parts = [_typed(columns, key) for key in keys]
    if len(columns) == 1:
        return select(table).where(columns[0].in_([only for (only,) in parts]))
    return select(table).where(tuple_(*columns).in_(parts))


def rows_of(connection: Connection, named: Iterable[Row[Any]]) -> dict[tuple[str, str], Mapping[str, Any]]:
    """The rows that these name by ``table_name`` and ``row_key``; ``UNREADABLE`` for one that cannot be read.

    Those that are not there are left out, as are those of tables that are not sealed.
    """
    keys: dict[str, list[str]] = {}
    for one in named:
        keys.setdefault(one.table_name, []).append(one.row_key)
    return {
        (table, key): row
        for table, own in keys.items()
        if table in SEALED
        for key, row in _read(connection, table, own).items()
    }


def _read(connection: Connection, table: str, keys: list[str]) -> Mapping[str, Mapping[str, Any]]:
    """Rows by key. Where one of many cannot be read, each is read alone, so that this one is named."""
    try:
        with connection.begin_nested():  # after an error PostgreSQL reads on only behind a savepoint
            found = connection.execute(rows_query(metadata.tables[table], keys))
            return {key_of(table, row._mapping): dict(row._mapping) for row in found}
    except (ValueError, TypeError, OverflowError, SQLAlchemyError) as error:
        if is_unavailable(error):
            raise
        if len(keys) == 1:
            return {keys[0]: UNREADABLE}
    return {key: row for one in keys for key, row in _read(connection, table, [one]).items()}


def _typed(columns: list[Any], key: str) -> tuple[Any, ...]:
    parts = key.split(SEPARATOR, len(columns) - 1)
    return tuple(column.type.python_type(part) for column, part in zip(columns, parts, strict=True))
