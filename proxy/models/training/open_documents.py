"""The policy-like documents that labelled claims are made from, and which of them are kept for measuring.

Reads the open texts (``corpora/*.jsonl.gz``) and the ``train`` documents of ``policy_docs.jsonl``. Documents that carry
policy claims or answers of the dev or test split are never among them; of those splits only ``doc_id`` is read.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proxy.models.training.edited_sentences import is_held_out

_KEPT_SPLITS = ("dev", "test")


@dataclass(frozen=True, slots=True)
class OpenDocument:
    """``source`` is the corpus or company; ``held_out`` documents make no training material."""

    id: str
    source: str
    title: str
    text: str
    held_out: bool


def open_documents(data: Path) -> list[OpenDocument]:
    """All documents, in the files' order, each text once.

    Held out are one document in ten of the open texts, save those whose text carries policy claims of ``train``.
    """
    kept = _documents_of(data, _KEPT_SPLITS)
    trained = _documents_of(data, ("train",))
    policy = [row for row in json_lines(data / "policy_docs.jsonl") if row["doc_id"] not in kept]
    trained_texts = _word_runs(row["text"] for row in policy)
    kept_texts = _word_runs(
        row["text"] for row in json_lines(data / "policy_docs.jsonl") if row["doc_id"] in kept
    )
    found = []
    for path in sorted((data / "corpora").glob("*.jsonl.gz")):
        for row in json_lines(path):
            runs = _word_runs([row["content"]])
            if row["id"] in kept or _share(runs, kept_texts):
                continue
            seen = row["id"] in trained or _share(runs, trained_texts)
            held_out = is_held_out(f"{path.name.split('.')[0]}:{row['id']}") and not seen
            found.append(
                OpenDocument(row["id"], path.name.split(".")[0], row["title"], row["content"], held_out)
            )
    ids = {document.id for document in found}
    found += [
        OpenDocument(row["doc_id"], row["company"], row["title"], row["text"], False)
        for row in policy
        if row["doc_id"] in trained and row["doc_id"] not in ids
    ]
    return found


def _documents_of(data: Path, splits: tuple[str, ...]) -> frozenset[str]:
    return frozenset(
        row["doc_id"]
        for split in splits
        for name in ("policy_claims", "policy_answers")
        for row in json_lines(data / f"{name}.{split}.jsonl")
    )


def json_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a file of JSON lines, packed (``.gz``) or not."""
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    for line in content.decode().split("\n"):
        if line:
            yield json.loads(line)


_RUN = 20  # words that two texts must have in common, in order, to be the same text or an excerpt of it
_FEWEST, _SHARE = 3, 0.02  # of a text's runs: less is a phrase that many texts have


def _word_runs(texts: Iterable[str]) -> frozenset[int]:
    runs: set[int] = set()
    for text in texts:
        words = re.findall(r"\w+", text.lower())
        runs.update(
            hash(tuple(words[start : start + _RUN])) for start in range(0, max(len(words) - _RUN, 0) + 1)
        )
    return frozenset(runs)


def _share(runs: frozenset[int], others: frozenset[int]) -> bool:
    return len(runs & others) >= max(_FEWEST, _SHARE * len(runs))
