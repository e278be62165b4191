"""What became of candidates on live traffic."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, Table, Text

from proxy.ledger.schema.columns import Instant, RowId, metadata

# Where each stands. Rows change: ``evidence`` with each conversation that counts, ``state`` with each event.
canaries = Table(
    "canaries",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("changes", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("since", Instant, nullable=False),
    Column("reason", Text),
    Column("evidence", JSON, nullable=False),
)

# What was decided about them, and by whom; ``evidence`` is what there was to decide on.
canary_events = Table(
    "canary_events",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("event", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text),
    Column("evidence", JSON, nullable=False),
    Index(None, "tenant", "name"),
)

# Whom a roll-back is told, one row for each; ``due_at`` is null once it is done or given up. One more, whose target is
# "", says that it has been handed out, whoever was to be told.
canary_deliveries = Table(
    "canary_deliveries",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("event_id", RowId, ForeignKey(canary_events.c.id, ondelete="CASCADE"), nullable=False),
    Column("target", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Instant),
    Column("done_at", Instant),
    Column("problem", Text),
    Index(None, "due_at"),
    Index(None, "event_id", "target", unique=True),
)

# What both sides' conversations came to: counters, which grow until the conversation counts. ``conversation`` is a
# digest, ``answers`` how many it has had, and the figures how many of them were bad.
canary_conversations = Table(
    "canary_conversations",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("conversation", Text, primary_key=True),
    Column("arm", Text, nullable=False),
    Column("stratum", Text, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("answers", Integer, nullable=False),
    Column("unsupported", Integer, nullable=False),
    Column("escalated", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("slow", Integer, nullable=False),
    Column("counted", Boolean, nullable=False),
    Index(None, "tenant", "name", "counted", "last_at"),
    Index(None, "last_at"),
)

# A copy of a request that a candidate was asked, beside the answer that its customer got. ``conversation`` is a digest.
shadow_answers = Table(
    "shadow_answers",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("response_id", Text, primary_key=True),
    Column("changes", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("conversation", Text, nullable=False),
    Column("live", JSON, nullable=False),
    Column("candidate", JSON, nullable=False),
    Column("text", Text),
    Column("store_text", Text, nullable=False),
    Index(None, "response_id"),
    Index(None, "at"),
)
