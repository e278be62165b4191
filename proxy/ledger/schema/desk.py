"""The desk: where each case stands, who holds it, what people answered, and whom that was told.

``desk_cases`` and ``desk_news`` follow ``escalations`` and ``escalation_events`` by triggers (migration r0006), so that
they are right whichever release writes there.
"""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, Table, Text, false

from proxy.ledger.schema.cases import escalations
from proxy.ledger.schema.columns import Instant, RowId, metadata

# One row a case. ``status`` is its newest event's; the lease counts only while it is ``claimed``.
desk_cases = Table(
    "desk_cases",
    metadata,
    Column("ref", Text, ForeignKey(escalations.c.ref, ondelete="CASCADE"), primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("customer_id", Text),
    Column("opened_at", Instant, nullable=False),
    Column("status", Text, nullable=False),
    Column("status_at", Instant, nullable=False),
    Column("queue", Text),
    Column("topic", Text),
    Column("risk", Text),
    Column("due_at", Instant),
    Column("holder", Text),
    Column("holder_name", Text),
    Column("held_until", Instant),
    Column("answer_id", Integer),
    Index(None, "tenant", "status", "opened_at"),
    Index(None, "tenant", "status", "due_at"),
    Index(None, "status", "due_at"),
    Index(None, "customer_id", "opened_at"),
)

# What people answered. A text that waits for its customer is kept word for word; then as ``store_text`` says.
desk_answers = Table(
    "desk_answers",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("ref", Text, ForeignKey(escalations.c.ref, ondelete="CASCADE"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("author", Text, nullable=False),
    Column("author_name", Text),
    Column("text", Text),
    Column("verified", Boolean, nullable=False),
    Column("claims", JSON, nullable=False),
    Column("override_reason", Text),
    Column("delivered_at", Instant),
    Column("response_id", Text),
    Column("store_text", Text, nullable=False),
    Index(None, "ref", "id"),
    Index(None, "response_id"),
)

# The requests that carried a key, each answered once.
desk_requests = Table(
    "desk_requests",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("ref", Text, ForeignKey(escalations.c.ref, ondelete="CASCADE"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("result", JSON, nullable=False),
    Index(None, "at"),
)

# What changed, one row a change, until it has been handed out to those who are told.
desk_news = Table(
    "desk_news",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("ref", Text, ForeignKey(escalations.c.ref, ondelete="CASCADE"), nullable=False),
    Column("status", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("actor", Text, nullable=False),
    Column("handed_out", Boolean, nullable=False, server_default=false()),
    Index(None, "handed_out", "id"),
    Index(None, "ref"),
    Index(None, "tenant", "id"),
)

# One row for each of them: a webhook or a mail address. ``due_at`` is null once it is done or given up.
desk_deliveries = Table(
    "desk_deliveries",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("news_id", RowId, ForeignKey(desk_news.c.id, ondelete="CASCADE"), nullable=False),
    Column("target", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Instant),
    Column("done_at", Instant),
    Column("problem", Text),
    Index(None, "due_at"),
    Index(None, "news_id", "target", unique=True),
)
