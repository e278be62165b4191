"""What customers said and were told is in files that nobody else on the machine can read, from their first byte on."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from proxy.corpus.embeddings import EmbeddingStore, embedding_key
from proxy.ledger.database import connect, ledger_url
from proxy.ledger.ledger import Ledger
from proxy.models.embedder import Embedder


@pytest.fixture(autouse=True)
def everything_allowed() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, str]:
    return {path.name: oct(stat.S_IMODE(path.stat().st_mode)) for path in folder.iterdir()}


def test_a_ledger_and_what_sqlite_makes_beside_it(tmp_path: Path) -> None:
    with Ledger.open(f"sqlite:///{tmp_path / 'cxai.db'}"):
        assert modes(tmp_path) == dict.fromkeys(("cxai.db", "cxai.db-wal", "cxai.db-shm"), "0o600")


def test_a_ledger_is_made_when_it_is_first_used_and_not_before(tmp_path: Path) -> None:
    engine = connect(ledger_url(f"sqlite:///{tmp_path / 'cxai.db'}"))
    assert modes(tmp_path) == {}
    with engine.connect():
        assert modes(tmp_path)["cxai.db"] == "0o600"
    engine.dispose()


def test_what_an_operator_allowed_stays(tmp_path: Path) -> None:
    file = tmp_path / "cxai.db"
    file.touch(0o640)
    with Ledger.open(f"sqlite:///{file}"):
        assert modes(tmp_path)["cxai.db"] == "0o640"


def test_the_embeddings_of_documents(tmp_path: Path) -> None:
    embedder = Embedder.load()
    store = EmbeddingStore(tmp_path / "embeddings.db", embedder)
    store.keep({embedding_key("x"): np.zeros(embedder.dimension, dtype=np.float32)})
    assert set(modes(tmp_path).values()) == {"0o600"}
