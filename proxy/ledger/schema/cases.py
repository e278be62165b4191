"""Cases that people hold, and what happened to them."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Table, Text

from proxy.ledger.records import DEFAULT_TENANT
from proxy.ledger.schema.columns import Instant, RowId, metadata

escalations = Table(
    "escalations",
    metadata,
    Column("ref", Text, primary_key=True),
    Column("response_id", Text, nullable=False),
    Column("dedup_key", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("conversation_id", Text),
    Column("customer_id", Text),
    Column("route", Text, nullable=False),
    Column("trace_id", Text),
    Column("span_id", Text),
    Column("store_text", Text, nullable=False),
    Column("question", Text),
    Column("blocked_text", Text),
    Column("tenant", Text, nullable=False, server_default=DEFAULT_TENANT),
    Index(None, "dedup_key", "created_at"),
    Index(None, "created_at"),
    Index(None, "customer_id", "created_at"),
)

# What happened to a case afterwards. Its status is the newest entry's, ``open`` where there is none.
escalation_events = Table(
    "escalation_events",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("ref", Text, ForeignKey(escalations.c.ref, ondelete="CASCADE"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("status", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("note", Text),
    Index(None, "ref", "id"),
)
