"""What rehearsals said of production, and what came of it."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Float, ForeignKey, Index, Integer, Table, Text

from proxy.ledger.schema.columns import Instant, RowId, metadata

rehearsal_reports = Table(
    "rehearsal_reports",
    metadata,
    Column("id", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("actor", Text, nullable=False),
    Column("report", JSON, nullable=False),
    Index(None, "tenant", "at"),
)

# A report goes by retention, as it has customers' words; what it predicted stays.
predictions = Table(
    "predictions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("report_id", Text, nullable=False),
    Column("tenant", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("actor", Text, nullable=False),
    Column("suite", Text, nullable=False),
    Column("measure", Text, nullable=False),
    Column("since", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("pilot", Float),
    Column("value", Float, nullable=False),
    Column("low", Float, nullable=False),
    Column("high", Float, nullable=False),
    Column("n", Integer, nullable=False),
    Column("made_from", JSON, nullable=False),
    Index(None, "tenant", "at"),
    Index(None, "report_id"),
)

prediction_outcomes = Table(
    "prediction_outcomes",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("prediction_id", Text, ForeignKey(predictions.c.id, ondelete="CASCADE"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("actor", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("share", Float, nullable=False),
    Column("low", Float, nullable=False),
    Column("high", Float, nullable=False),
    Column("n", Integer, nullable=False),
    Index(None, "prediction_id", "id"),
)
