"""Document versions: every content once, by its hash, and which one stood at which path from when on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Select, insert, select

from proxy.ledger.database import insert_new
from proxy.ledger.schema import document_placements as placements
from proxy.ledger.schema import document_versions as versions


def placement(document_id: str, path: str, content_hash: str, content: bytes) -> Callable[[Connection], None]:
    """The write that keeps a version as the path's last good one, unless it is that already."""
    kept_at = datetime.now(UTC)

    def write(connection: Connection) -> None:
        current = connection.execute(current_query(path)).first()
        if current is not None and current.content_hash == content_hash:
            return
        version = {"content_hash": content_hash, "content": content}
        connection.execute(insert_new(connection, versions), version)
        row = {"document_id": document_id, "path": path, "content_hash": content_hash, "kept_at": kept_at}
        connection.execute(insert(placements), row)

    return write


def current_query(path: str) -> Select[Any]:
    newest_first = placements.c.id.desc()
    return select(placements.c.content_hash).where(placements.c.path == path).order_by(newest_first).limit(1)


def content_query(content_hash: str) -> Select[Any]:
    return select(versions.c.content).where(versions.c.content_hash == content_hash)


def versions_query(document_id: str) -> Select[Any]:
    return select(placements).where(placements.c.document_id == document_id).order_by(placements.c.id.desc())
