"""What happened to customers over all channels, and what they were promised."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Index, Table, Text

from proxy.ledger.schema.columns import Instant, RowId, metadata

# What happened to customers, told by other channels and by ourselves; ``key`` makes a report sent twice one.
contacts = Table(
    "contacts",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("actor", Text, nullable=False),
    Column("ref", Text),
    Column("text", Text),
    Column("data", JSON, nullable=False),
    Column("store_text", Text, nullable=False),
    Index(None, "tenant", "key", unique=True),
    Index(None, "customer_id", "at"),
    Index(None, "kind", "at"),
    Index(None, "tenant", "received_at"),
)

# What a delivered answer promised this very customer. Whether it was kept is told by ``contacts``.
promises = Table(
    "promises",
    metadata,
    Column("id", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("response_id", Text, nullable=False),
    Column("conversation_id", Text),
    Column("created_at", Instant, nullable=False),
    Column("text", Text),
    Column("what", JSON, nullable=False),
    Column("due_at", Instant),
    Column("store_text", Text, nullable=False),
    Index(None, "customer_id", "created_at"),
    Index(None, "due_at"),
)
