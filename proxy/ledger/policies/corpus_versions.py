"""What a corpus version names: the documents in force, each by the hash of its bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Select, select

from proxy.ledger.database import insert_new
from proxy.ledger.schema import corpus_documents


def naming(version: str | None, in_force: Mapping[str, str]) -> Callable[[Connection], None]:
    """The write that keeps which content hash each document id has in this version, where that is not kept yet."""
    kept_at = datetime.now(UTC)
    rows = [
        {
            "corpus_version": version,
            "document_id": document_id,
            "content_hash": content_hash,
            "kept_at": kept_at,
        }
        for document_id, content_hash in in_force.items()
    ]

    def write(connection: Connection) -> None:
        if version is None or not rows or connection.execute(documents_query(version).limit(1)).first():
            return
        connection.execute(insert_new(connection, corpus_documents), rows)

    return write


def documents_query(version: str) -> Select[Any]:
    of_version = select(corpus_documents).where(corpus_documents.c.corpus_version == version)
    return of_version.order_by(corpus_documents.c.document_id)
