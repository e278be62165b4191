"""Who may sign in to the console, and the sessions of those who have."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Index, Integer, Table, Text

from proxy.ledger.schema.columns import Instant, metadata

# Rows change: a password, the roles, whether somebody may still sign in. Nobody is removed: records name people.
people = Table(
    "people",
    metadata,
    Column("id", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("email", Text, nullable=False),  # in small letters
    Column("name", Text, nullable=False),
    Column("roles", JSON, nullable=False),
    Column("password_hash", Text),
    Column("issuer", Text),
    Column("subject", Text),
    Column("created_at", Instant, nullable=False),
    Column("disabled_at", Instant),
    Index(None, "email", unique=True),
    Index(None, "issuer", "subject", unique=True),
)

# Of a session's token only the SHA-256 is kept.
sessions = Table(
    "sessions",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("person_id", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("begun_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Index(None, "person_id"),
    Index(None, "expires_at"),
)

# Links that sign somebody in once; of each only the SHA-256 is kept.
sign_in_links = Table(
    "sign_in_links",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("person_id", Text, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
)

# How often signing in as an account has failed, and until when nobody may try again; ``account`` is a SHA-256.
sign_in_failures = Table(
    "sign_in_failures",
    metadata,
    Column("account", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("free_at", Instant, nullable=False),
    Index(None, "last_at"),
)
