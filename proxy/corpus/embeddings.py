"""Embeddings kept by what was embedded, so that a changed document, or a restart, embeds only what is new."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import Protocol

import numpy as np
import structlog
from numpy.typing import NDArray

from proxy.owned_file import make_for_owner

_CHUNK = 500
_log = structlog.get_logger(__name__)


class TextEmbedder(Protocol):
    """What the corpus needs of an embedder: unit vectors, and a name and version for what made them."""

    name: str
    version: str
    dimension: int

    def embed(self, text: str) -> NDArray[np.float32]: ...

    def embed_many(self, texts: Sequence[str]) -> NDArray[np.float32]: ...


def embedding_key(text: str) -> bytes:
    """16 bytes that stand for the text."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


class EmbeddingStore:
    """Embeddings on disk in one SQLite file. A broken or unwritable file costs time, never an error."""

    def __init__(self, path: Path, embedder: TextEmbedder) -> None:
        self._path = path
        self._model = f"{embedder.name}/{embedder.version}"
        self._dimension = embedder.dimension
        self._lock = threading.Lock()

    def find(self, keys: Sequence[bytes]) -> dict[bytes, NDArray[np.float32]]:
        found: dict[bytes, NDArray[np.float32]] = {}
        try:
            with self._lock, self._connection() as connection:
                for chunk in _chunks(keys):
                    marks = ",".join("?" * len(chunk))
                    query = f"SELECT key, vector FROM embeddings WHERE model = ? AND key IN ({marks})"
                    for key, blob in connection.execute(query, (self._model, *chunk)):
                        vector = np.frombuffer(blob, dtype="<f4").astype(np.float32)
                        if vector.size == self._dimension:
                            found[key] = vector
        except (sqlite3.Error, OSError, ValueError) as error:
            _log.warning("embedding cache unreadable", path=str(self._path), error=str(error))
        return found

    def keep(self, vectors: Mapping[bytes, NDArray[np.float32]]) -> None:
        rows = [(self._model, key, vector.astype("<f4").tobytes()) for key, vector in vectors.items()]
        try:
            with self._lock, self._connection() as connection:
                connection.executemany("INSERT OR REPLACE INTO embeddings VALUES (?, ?, ?)", rows)
        except (sqlite3.Error, OSError) as error:
            _log.warning("embedding cache not written", path=str(self._path), error=str(error))

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        make_for_owner(self._path)
        with closing(sqlite3.connect(self._path, timeout=10)) as connection, connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS embeddings"
                " (model TEXT, key BLOB, vector BLOB, PRIMARY KEY (model, key)) WITHOUT ROWID"
            )
            yield connection


def embed_texts(
    texts: Sequence[str],
    embedder: TextEmbedder,
    known: Mapping[bytes, NDArray[np.float32]],
    store: EmbeddingStore | None = None,
) -> NDArray[np.float32]:
    """The texts' vectors, shape (n, d): from ``known``, else from the store, else embedded and kept in the store."""
    keys = [embedding_key(text) for text in texts]
    by_key = {key: known[key] for key in keys if key in known}
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in by_key}
    if store and missing:
        stored = store.find(list(missing))
        by_key.update(stored)
        missing = {key: text for key, text in missing.items() if key not in stored}
    for chunk in _chunks(list(missing)):
        vectors = embedder.embed_many([missing[key] for key in chunk])
        fresh = dict(zip(chunk, vectors, strict=True))
        by_key.update(fresh)
        if store:
            store.keep(fresh)
    if not keys:
        return np.empty((0, embedder.dimension), dtype=np.float32)
    return np.stack([by_key[key] for key in keys]).astype(np.float32, copy=False)


def _chunks(keys: Sequence[bytes]) -> Iterator[list[bytes]]:
    iterator = iter(keys)
    while chunk := list(islice(iterator, _CHUNK)):
        yield chunk
