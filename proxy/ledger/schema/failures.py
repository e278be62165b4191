"""Failures: what went wrong for a customer, all that happened to each since, and where each stands."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Double, ForeignKey, Index, Integer, Table, Text

from proxy.ledger.schema.columns import Instant, RowId, metadata

# One row a failure; ``key`` makes one that is found twice one. ``occurred_at`` is when it reached the customer,
# ``known_at`` when this row was written.
failures = Table(
    "failures",
    metadata,
    Column("id", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("occurred_at", Instant, nullable=False),
    Column("known_at", Instant, nullable=False),
    Column("customer_id", Text),
    Column("conversation_id", Text),
    Column("response_id", Text),
    Column("case_ref", Text),
    Column("channel", Text),
    Column("topic", Text),
    Column("incident", Text),
    Column("text", Text),
    Column("trace_id", Text),
    Column("simulated", Boolean, nullable=False),
    Column("store_text", Text, nullable=False),
    Index(None, "tenant", "key", unique=True),
    Index(None, "tenant", "occurred_at"),
    Index(None, "customer_id"),
    Index(None, "response_id"),
    Index(None, "incident"),
)

# What happened to a failure: ``at`` is when it happened, ``known_at`` when this row was written. Rows are only added.
failure_events = Table(
    "failure_events",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("failure_id", Text, ForeignKey(failures.c.id, ondelete="CASCADE"), nullable=False),
    Column("key", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("known_at", Instant, nullable=False),
    Column("actor", Text, nullable=False),
    Column("source", Text),
    Column("data", JSON, nullable=False),
    Column("note", Text),
    Index(None, "failure_id", "key", unique=True),
    Index(None, "known_at"),
)

# One row a failure, which changes with each of its events: what they come to (failures/folding.py).
failure_states = Table(
    "failure_states",
    metadata,
    Column("failure_id", Text, ForeignKey(failures.c.id, ondelete="CASCADE"), primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("counted", Boolean, nullable=False),
    Column("doubtful", Boolean, nullable=False),
    Column("severity", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("occurred_at", Instant, nullable=False),
    Column("detected_at", Instant),
    Column("detected_by", Text),
    Column("contained_at", Instant),
    Column("corrected_at", Instant),
    Column("restored_at", Instant),
    Column("restored_how", Text),
    Column("learned_at", Instant),
    Column("ended_at", Instant),
    Column("ended_how", Text),
    Column("reopened", Integer, nullable=False),
    Column("recurrence_of", Text),
    Column("amount", Double),
    Column("currency", Text),
    Column("customer_id", Text),
    Column("channel", Text),
    Column("topic", Text),
    Column("incident", Text),
    Column("simulated", Boolean, nullable=False),
    Index(None, "tenant", "occurred_at"),
    Index(None, "tenant", "status", "occurred_at"),
    Index(None, "incident"),
    Index(None, "customer_id"),
)
