"""Whether this release can go on with the tables of a newer one, as it must while replicas are upgraded in turn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table, inspect

from proxy.ledger.schema import metadata


def lacking(connection: Connection) -> list[str]:
    """What keeps this release from reading and writing the tables, in words; empty where nothing does.

    What the newer release has added is no hindrance, as long as a row can be written without it.
    """
    inspector = inspect(connection)
    there = set(inspector.get_table_names())
    found: list[str] = []
    for table in metadata.sorted_tables:
        if table.name in there:
            found += _hindrances(
                table, {column["name"]: column for column in inspector.get_columns(table.name)}
            )
        else:
            found.append(f"{table.name} is gone")
    return found


def _hindrances(table: Table, there: Mapping[str, Any]) -> list[str]:
    ours = [column.name for column in table.columns]
    gone = [f"{table.name}.{name} is gone" for name in ours if name not in there]
    unknown = [column for name, column in there.items() if name not in ours]
    needed = [column["name"] for column in unknown if not column["nullable"] and column["default"] is None]
    return gone + [f"{table.name}.{name} must be given" for name in needed]
