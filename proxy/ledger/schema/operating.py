"""Who may ask, what judge models have cost, and who changed the policies."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, Table, Text

from proxy.ledger.schema.columns import Instant, RowId, metadata

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

# Counters, the only rows that are updated: what the cascade's judge model has cost, in millionths of the currency.
judge_spending = Table(
    "judge_spending",
    metadata,
    Column("account", Text, primary_key=True),
    Column("month", Text, primary_key=True),
    Column("requests", BigInteger, nullable=False),
    Column("micros", BigInteger, nullable=False),
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
