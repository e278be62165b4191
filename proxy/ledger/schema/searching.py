"""By what answers are found again. Both tables can be made anew from the decisions, and go with them."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Table, Text

from proxy.ledger.schema.answers import decisions
from proxy.ledger.schema.columns import Instant, metadata

# What was asked and said, in lower case; empty where no text is kept.
answer_texts = Table(
    "answer_texts",
    metadata,
    Column("response_id", Text, ForeignKey(decisions.c.response_id, ondelete="CASCADE"), primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("words", Text, nullable=False),
    Index(None, "tenant", "created_at"),
)

# Which documents, sections, verdicts and rules are in an answer: ``kind`` is one of ``answers.search.KINDS``.
answer_marks = Table(
    "answer_marks",
    metadata,
    Column("response_id", Text, ForeignKey(decisions.c.response_id, ondelete="CASCADE"), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Index(None, "tenant", "kind", "value", "created_at"),
    sqlite_with_rowid=False,
)
