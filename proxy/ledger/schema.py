"""The tables, the same for SQLite and PostgreSQL. Changes go through ``migrations/``; a test compares."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)
from sqlalchemy.types import TypeDecorator

from proxy.ledger.records import DEFAULT_TENANT

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """An aware datetime, kept in UTC to the microsecond: ``timestamptz``, or SQLite's sortable ISO text."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value.isoformat()} has no time zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        instant: datetime = value
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


RowId = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER counts up by itself in SQLite

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
    Index(None, "created_at"),
    Index(None, "customer_id", "created_at"),
    Index(None, "mode", "decision", "created_at"),
    Index(None, "escalation_ref"),
    Index(None, "corpus_version"),
)

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

document_versions = Table(
    "document_versions",
    metadata,
    Column("content_hash", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

# Which version stood at which path from when on; the newest entry of a path is its last good version.
document_placements = Table(
    "document_placements",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("document_id", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("content_hash", Text, ForeignKey(document_versions.c.content_hash), nullable=False),
    Column("kept_at", Instant, nullable=False),
    Index(None, "path", "id"),
    Index(None, "document_id", "id"),
    Index(None, "content_hash"),
)

# Which documents, with which bytes, a ``corpus_version`` names; written with the first decision made under it.
corpus_documents = Table(
    "corpus_documents",
    metadata,
    Column("corpus_version", Text, primary_key=True),
    Column("document_id", Text, primary_key=True),
    Column("content_hash", Text, nullable=False),
    Column("kept_at", Instant, nullable=False),
    Index(None, "content_hash"),
)

# Counters, the only rows that are updated: what the cascade's judge model has cost, in millionths of the currency.
judge_spending = Table(
    "judge_spending",
    metadata,
    Column("account", Text, primary_key=True),
    Column("month", Text, primary_key=True),
    Column("requests", BigInteger, nullable=False),
    Column("micros", BigInteger, nullable=False),
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

# Who may ask. Rows change: a key is revoked, or its last use is noted. ``revision`` numbers the changes of all keys.
api_keys = Table(
    "api_keys",
    metadata,
    Column("prefix", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("tenant", Text, nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("revoked_at", Instant),
    Column("last_used_at", Instant),
    Column("requests_per_minute", Integer),
    Column("concurrency", Integer),
    Column("replaces", Text),
    Column("revision", BigInteger, nullable=False),
    Index(None, "revision"),
)

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

# Who put which version of the policies in force, and what it changed.
policy_changes = Table(
    "policy_changes",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("version", Text, nullable=False),
    Column("previous", Text),
    Column("author", Text, nullable=False),
    Column("summary", JSON, nullable=False),
    Index(None, "tenant", "at"),
)

APPEND_ONLY = (
    "decisions",
    "escalations",
    "escalation_events",
    "document_versions",
    "document_placements",
    "corpus_documents",
    "turns",
    "contacts",
    "promises",
    "policy_changes",
)
