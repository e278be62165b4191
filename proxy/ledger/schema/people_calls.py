"""Calls for more people, one row for each who is told; ``due_at`` is null once it is done or given up."""

from __future__ import annotations

from sqlalchemy import Column, Double, Index, Integer, Table, Text

from proxy.ledger.schema.columns import Instant, RowId, metadata

people_calls = Table(
    "people_calls",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("target", Text, nullable=False),
    Column("waiting", Integer, nullable=False),
    Column("people", Integer, nullable=False),
    Column("people_needed", Integer, nullable=False),
    Column("wait_s", Double, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Instant),
    Column("done_at", Instant),
    Column("problem", Text),
    Index(None, "due_at"),
    Index(None, "tenant", "at"),
)
