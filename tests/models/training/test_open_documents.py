"""Which documents claims are made from, and which are kept for measuring."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from proxy.models.training.edited_sentences import is_held_out
from proxy.models.training.open_documents import open_documents

LONG = " ".join(f"word{number}" for number in range(60))


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(exist_ok=True)
    lines = "".join(json.dumps(row) + "\n" for row in rows).encode()
    path.write_bytes(gzip.compress(lines) if path.suffix == ".gz" else lines)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    held_out = next(name for name in map("open-{}".format, range(100)) if is_held_out(f"open:{name}"))
    corpus = [
        {"id": held_out, "title": "Kept", "content": "Nothing else says this."},
        {"id": "kept-test", "title": "T", "content": "Carries test claims."},
        {"id": "excerpted", "title": "E", "content": f"Its text carries dev claims. {LONG}"},
        {"id": "plain", "title": "P", "content": "Free for training."},
    ]
    documents = [
        {"doc_id": "kept-test", "company": "a", "title": "T", "text": "Carries test claims."},
        {"doc_id": "excerpt", "company": "b", "title": "E", "text": LONG},
        {"doc_id": "trained", "company": "c", "title": "C", "text": "Carries train claims."},
    ]
    write(tmp_path / "corpora" / "open.jsonl.gz", corpus)
    write(tmp_path / "policy_docs.jsonl", documents)
    for split, document in (("train", "trained"), ("dev", "excerpt"), ("test", "kept-test")):
        for name in ("policy_claims", "policy_answers"):
            write(tmp_path / f"{name}.{split}.jsonl", [{"doc_id": document}])
    return tmp_path


def test_documents_of_dev_and_test_claims_are_never_used_not_even_as_excerpts(data: Path) -> None:
    found = {document.id for document in open_documents(data)}
    assert not found & {"kept-test", "excerpt", "excerpted"}


def test_train_documents_are_used_and_one_in_ten_open_texts_is_held_out(data: Path) -> None:
    found = {document.id: document.held_out for document in open_documents(data)}
    assert found.pop("plain") is False or is_held_out("open:plain")
    assert found.pop("trained") is False
    assert list(found.values()) == [True]
