"""A new SQLite ledger is made in one step, with the tables that the migrations come to; they would take 0.25 s.

``fresh.sql`` has those tables as of the revision in its first line; ``scripts/fresh-ledger`` writes it after each new
migration, and a test compares. Were it behind, the migrations that it lacks would follow.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, text

FILE = Path(__file__).with_name("fresh.sql")
_BETWEEN = ";\n\n"
_STATEMENTS = text(
    "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid"
)


def make(connection: Connection, version_table: str) -> str:
    """Make the tables in an empty SQLite database, and return their revision."""
    first, _, statements = FILE.read_text(encoding="utf-8").partition("\n")
    revision = first.removeprefix("-- ")
    for statement in statements.rstrip().removesuffix(";").split(_BETWEEN):
        connection.exec_driver_sql(statement)
    connection.execute(text(f"INSERT INTO {version_table} VALUES (:revision)"), {"revision": revision})
    return revision


def statements(connection: Connection) -> list[str]:
    """What made the tables, indexes and triggers that are there, each without white space at the end of its lines."""
    found = connection.execute(_STATEMENTS).scalars()
    return ["\n".join(line.rstrip() for line in statement.strip().splitlines()) for statement in found]


def written(connection: Connection, revision: str) -> str:
    """What ``fresh.sql`` is to say for tables like these."""
    return f"-- {revision}\n{_BETWEEN.join(statements(connection))};\n"
