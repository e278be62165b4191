"""Every version of the corpus's documents, and what a corpus version consists of."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, Table, Text

from proxy.ledger.schema.columns import Instant, RowId, metadata

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
