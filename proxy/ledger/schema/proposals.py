"""Rules that somebody wants in force, and what others said to that."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, Table, Text

from proxy.ledger.schema.columns import Instant, RowId, metadata

rule_proposals = Table(
    "rule_proposals",
    metadata,
    Column("id", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("proposed_by", Text, nullable=False),
    Column("rule", JSON, nullable=False),
    Index(None, "tenant", "at"),
)

# What became of a proposal. Its status is the newest entry's, ``proposed`` where there is none.
rule_proposal_events = Table(
    "rule_proposal_events",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("proposal_id", Text, ForeignKey(rule_proposals.c.id, ondelete="CASCADE"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("status", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("note", Text),
    Index(None, "proposal_id", "id"),
)
