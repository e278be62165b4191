"""What reviewers tell the owners of policy texts."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text

from proxy.ledger.schema.cases import escalations
from proxy.ledger.schema.columns import Instant, RowId, metadata

# A text that is wrong, or one that is missing (then ``document_id`` and what follows it are null). Goes with its case.
policy_notes = Table(
    "policy_notes",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("author", Text, nullable=False),
    Column("ref", Text, ForeignKey(escalations.c.ref, ondelete="CASCADE"), nullable=False),
    Column("text", Text, nullable=False),
    Column("document_id", Text),
    Column("content_hash", Text),
    Column("section", Text),
    Column("line", Integer),
    Column("owner", Text),
    Index(None, "tenant", "at"),
    Index(None, "ref"),
)
