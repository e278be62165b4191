"""What comparing live traffic with itself has shown, and whom it is told."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKeyConstraint, Index, Integer, Table, Text

from proxy.ledger.schema.columns import Instant, RowId, metadata

# One row a day, of whoever comes first; ``found`` is null while they compare.
drift_looks = Table(
    "drift_looks",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("day", Text, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("found", JSON),
)

# Whom an alarm is told, one row for each; ``due_at`` is null once it is done or given up. One more, whose target is "",
# says that the look has been handed out, whatever it came to and whoever was to be told.
drift_deliveries = Table(
    "drift_deliveries",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("day", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Instant),
    Column("done_at", Instant),
    Column("problem", Text),
    ForeignKeyConstraint(["tenant", "day"], [drift_looks.c.tenant, drift_looks.c.day], ondelete="CASCADE"),
    Index(None, "due_at"),
    Index(None, "tenant", "day", "target", unique=True),
)
