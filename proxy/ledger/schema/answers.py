"""What was decided of each answer, and what a later request goes on from."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Double, Index, Table, Text

from proxy.ledger.records import DEFAULT_TENANT
from proxy.ledger.schema.columns import Instant, metadata

decisions = Table(
    "decisions",
    metadata,
    Column("response_id", Text, primary_key=True),
    Column("created_at", Instant, nullable=False),
    Column("route", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("decision", Text, nullable=False),
    Column("verified", Boolean, nullable=False),
    Column("model", Text, nullable=False),
    Column("unverified_reason", Text),
    Column("confidence", Double),
    Column("conversation_id", Text),
    Column("customer_id", Text),
    Column("trace_id", Text),
    Column("streamed", Boolean, nullable=False),
    Column("policy_date", Instant),
    Column("escalation_ref", Text),
    Column("store_text", Text, nullable=False),
    Column("corpus_version", Text),
    Column("question", Text),
    Column("choices", JSON, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("versions", JSON, nullable=False),
    Column("timings_ms", JSON, nullable=False),
    Column("usage", JSON, nullable=False),
    Column("tenant", Text, nullable=False, server_default=DEFAULT_TENANT),
    Column("request", JSON),
    Column("context", JSON),
    Column("rules", JSON),
    Column("answered_by", Text),
    Column("owner", Text),
    Index(None, "created_at"),
    Index(None, "customer_id", "created_at"),
    Index(None, "mode", "decision", "created_at"),
    Index(None, "escalation_ref"),
    Index(None, "corpus_version"),
    Index(None, "conversation_id", "created_at"),
)

# What a later request of /v1/responses goes on from. ``owner`` is who may: a digest of key, customer and conversation.
turns = Table(
    "turns",
    metadata,
    Column("response_id", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("previous_id", Text),
    Column("input", JSON, nullable=False),
    Column("response", JSON, nullable=False),
    Index(None, "created_at"),
)
