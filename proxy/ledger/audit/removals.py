"""Removing rows of sealed tables by rule: the row and its salt go, and a note stays that says which rule it was.

A row that is gone without such a note is missing, and ``cxai audit verify`` says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Row, Table, delete, insert, select, update

from proxy.ledger.audit.rows import key_columns, key_of
from proxy.ledger.audit.sealed import SEALED
from proxy.ledger.schema import audit_pending, audit_removals, audit_salts, metadata

_AT_ONCE = 500


class Rule(StrEnum):
    """Why a row was removed, or put back without what had to go."""

    RETENTION = "retention"
    ERASURE = "erasure"
    FORGOTTEN_FACT = "forgotten fact"
    NO_LONGER_HELD = "no longer held"


def remove(connection: Connection, table: Table, condition: ColumnElement[bool], rule: Rule) -> set[str]:
    """Delete rows, and note it where they are sealed; the keys of those that were.

    So it is with the rows that go with them (``ON DELETE CASCADE``).
    """
    for own, column in _children(table):
        remove(connection, column.table, column.in_(select(own).where(condition)), rule)
    if table.name not in SEALED:
        connection.execute(delete(table).where(condition))
        return set()
    gone = connection.execute(delete(table).where(condition).returning(*key_columns(table))).all()
    keys = [key_of(table.name, row._mapping) for row in gone]
    return {key for some in _bites(keys) for key in _note(connection, table.name, some, rule)}


def replace(
    connection: Connection,
    table: Table,
    condition: ColumnElement[bool],
    blank: Callable[[Row[Any]], dict[str, Any]],
    put_back: Callable[[Connection, dict[str, Any]], None],
    rule: Rule,
) -> int:
    """Remove rows, and put each back as ``blank`` makes it, since rows never change in their place; how many.

    What is put back in the place of a sealed row bears the rule in the log: its own time is older than its place there.
    """
    rows = connection.execute(select(table).where(condition)).all()
    sealed = remove(connection, table, condition, rule)
    marked = []
    for row in rows:
        new = blank(row)
        put_back(connection, new)
        if key_of(table.name, row._mapping) in sealed:
            marked.append(key_of(table.name, new))
    mark_put_back(connection, table, marked, rule)
    return len(rows)


def mark_put_back(connection: Connection, table: Table, keys: Sequence[str], rule: Rule) -> None:
    """Have rows that were put back just now in the place of sealed ones bear the rule in the log."""
    for some in _bites(keys):
        of_these = _named(audit_pending, table.name, some)
        connection.execute(update(audit_pending).where(of_these).values(rule=rule))


@cache
def _children(table: Table) -> list[tuple[Column[Any], Column[Any]]]:
    """The sealed tables whose rows go with this one's: its column, and theirs that names it."""
    return [
        (key.column, key.parent)
        for child in metadata.tables.values()
        for key in child.foreign_keys
        if child.name in SEALED and key.ondelete == "CASCADE" and key.column.table is table
    ]


def _note(connection: Connection, table: str, keys: Sequence[str], rule: Rule) -> list[str]:
    """What is not sealed yet never will be; of what is, the salt goes. The keys of what was.

    In this order: a sealer that is at work on one of the rows holds its place in the queue until it has committed.
    """
    waiting = select(audit_pending.c.id).where(_named(audit_pending, table, keys))
    held = connection.execute(waiting.order_by(audit_pending.c.id).with_for_update()).scalars().all()
    connection.execute(delete(audit_pending).where(audit_pending.c.id.in_(held)))
    opened = delete(audit_salts).where(_named(audit_salts, table, keys))
    closed = connection.execute(opened.returning(audit_salts.c.seq, audit_salts.c.row_key)).all()
    now = datetime.now(UTC)
    notes = [{"seq": seq, "rule": rule, "at": now} for seq in sorted(row.seq for row in closed)]
    if notes:
        connection.execute(insert(audit_removals), notes)
    return [row.row_key for row in closed]


def _named(of: Table, table: str, keys: Sequence[str]) -> ColumnElement[bool]:
    return (of.c.table_name == table) & of.c.row_key.in_(keys)


def _bites(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    yield from (keys[start : start + _AT_ONCE] for start in range(0, len(keys), _AT_ONCE))
