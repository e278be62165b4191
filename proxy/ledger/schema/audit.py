"""The audit log: a chain of commitments to rows, what opens them, and what rules have removed.

The chain (``audit_batches``, ``audit_entries``) names nobody and stays for good. What ties it to rows
(``audit_salts``) goes with the row.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Table, Text

from proxy.ledger.schema.columns import Instant, RowId, metadata

# Sealed together: ``hash`` is that of the batch's line (audit/chain.py), which names the hash before it.
# ``drained``: nothing more waited when it was made.
audit_batches = Table(
    "audit_batches",
    metadata,
    Column("number", RowId, primary_key=True, autoincrement=False),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("sealed_at", Instant, nullable=False),
    Column("drained", Boolean, nullable=False),
)

# One row's commitment. ``rule`` says why a row was put back that had been removed, None for all others.
audit_entries = Table(
    "audit_entries",
    metadata,
    Column("seq", RowId, primary_key=True, autoincrement=False),
    Column("batch", RowId, nullable=False),
    Column("table_name", Text, nullable=False),
    Column("commitment", Text, nullable=False),
    Column("rule", Text),
    Index(None, "batch"),
)

# What opens a commitment: which row it is, and its salt. It goes when a rule removes the row.
audit_salts = Table(
    "audit_salts",
    metadata,
    Column("seq", RowId, primary_key=True, autoincrement=False),
    Column("table_name", Text, nullable=False),
    Column("row_key", Text, nullable=False),
    Column("salt", Text, nullable=False),
    Index(None, "table_name", "row_key", unique=True),
)

# Which entry's row was removed, by which rule, when. Sealed itself.
audit_removals = Table(
    "audit_removals",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("seq", RowId, nullable=False),
    Column("rule", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Index(None, "seq"),
)

# New rows that wait to be sealed; triggers on the sealed tables write them. Ids never come again: a sealer that has
# read one must not take a later one for it.
audit_pending = Table(
    "audit_pending",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("table_name", Text, nullable=False),
    Column("row_key", Text, nullable=False),
    Column("rule", Text),
    Index(None, "table_name", "row_key"),
    sqlite_autoincrement=True,
)
