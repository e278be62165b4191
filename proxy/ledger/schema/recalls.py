"""Recalls: past answers that are looked at again, what that came to, and the corrections that customers are sent."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, Table, Text

from proxy.ledger.schema.columns import Instant, RowId, metadata

# One row a recall, which changes as it goes on: it stands behind the answer ``cursor_at``, ``cursor_id``.
recalls = Table(
    "recalls",
    metadata,
    Column("ref", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("actor", Text, nullable=False),
    Column("what", JSON, nullable=False),
    Column("state", Text, nullable=False),
    Column("total", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Column("counts", JSON, nullable=False),
    Column("cursor_at", Instant),
    Column("cursor_id", Text),
    Column("ended_at", Instant),
    Index(None, "tenant", "at"),
)

# What was said and is wrong, or is so no more: one row a sentence. ``quote`` are the policy's words.
recall_findings = Table(
    "recall_findings",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("ref", Text, ForeignKey(recalls.c.ref, ondelete="CASCADE"), nullable=False),
    Column("tenant", Text, nullable=False),
    Column("response_id", Text, nullable=False),
    Column("choice", Integer, nullable=False),
    Column("begins", Integer, nullable=False),
    Column("ends", Integer, nullable=False),
    Column("said_at", Instant, nullable=False),
    Column("customer_id", Text),
    Column("conversation_id", Text),
    Column("outcome", Text, nullable=False),
    Column("label_then", Text),
    Column("label_now", Text),
    Column("reason", Text),
    Column("document", Text),
    Column("section", Text),
    Column("quote", Text),
    Column("url", Text),
    Column("failure_id", Text),
    Index(None, "ref", "response_id", "choice", "begins", unique=True),
    Index(None, "tenant", "customer_id"),
)

# What a customer is told about a recall's findings, one row a customer. A text that waits for its customer is kept word
# for word; then as ``store_text`` says. ``approvals`` are ``{by, at}``, one a person. ``target`` is a webhook's name,
# ``mail`` or ``next_turn``; ``sending_at`` is when a mail was handed to its server: without ``done_at`` nobody knows
# whether it left.
corrections = Table(
    "corrections",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("ref", Text, ForeignKey(recalls.c.ref, ondelete="CASCADE"), nullable=False),
    Column("tenant", Text, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("conversation_id", Text),
    Column("response_id", Text, nullable=False),
    Column("findings", JSON, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("text", Text),
    Column("verified", Boolean, nullable=False),
    Column("problem", Text),
    Column("state", Text, nullable=False),
    Column("actor", Text),
    Column("approved_at", Instant),
    Column("target", Text),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Instant),
    Column("sending_at", Instant),
    Column("done_at", Instant),
    Column("store_text", Text, nullable=False),
    Column("approvals", JSON),
    Index(None, "ref", "customer_id", unique=True),
    Index(None, "tenant", "customer_id"),
    Index(None, "target", "due_at"),
    Index(None, "state"),
)
