"""By what delivered sentences are found by their meaning. The tables can be made anew from the decisions, and from what
people answered to cases.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from proxy.ledger.schema.answers import decisions
from proxy.ledger.schema.columns import Instant, RowId, metadata
from proxy.ledger.schema.desk import desk_answers

# What was said, once however often: the vector of its meaning, and no text. ``model`` is what made the vector.
sentences = Table(
    "sentences",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("vector", LargeBinary, nullable=False),
    Index(None, "tenant", "model", "digest", unique=True),
)

# Where it was said: ``begins`` and ``ends`` are in the choice's delivered text. An answer without any sentence has one
# row of choice -1, so that it is known to have been looked at.
sentence_places = Table(
    "sentence_places",
    metadata,
    Column("response_id", Text, ForeignKey(decisions.c.response_id, ondelete="CASCADE"), primary_key=True),
    Column("choice", Integer, primary_key=True),
    Column("begins", Integer, primary_key=True),
    Column("ends", Integer, nullable=False),
    Column("tenant", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("sentence_id", RowId, ForeignKey(sentences.c.id, ondelete="CASCADE")),
    Index(None, "sentence_id", "created_at"),
    Index(None, "tenant", "created_at"),
    sqlite_with_rowid=False,
)

# The same of what people answered to cases, as far as no answer of the chat has told it; ``begins`` and ``ends`` are in
# the person's text. One without any sentence has a row that begins at -1.
desk_sentence_places = Table(
    "desk_sentence_places",
    metadata,
    Column(
        "answer_id",
        RowId,
        ForeignKey(desk_answers.c.id, ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("begins", Integer, primary_key=True),
    Column("ends", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("sentence_id", RowId, ForeignKey(sentences.c.id, ondelete="CASCADE")),
    Index(None, "sentence_id", "created_at"),
    sqlite_with_rowid=False,
)
