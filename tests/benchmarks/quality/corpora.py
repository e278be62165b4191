"""The companies' documents as corpora, each put among the bank's 698, so that retrieval has to choose."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from proxy.corpus.corpus import Corpus
from proxy.corpus.embeddings import EmbeddingStore
from proxy.corpus.reading import ReadDocument, read_content
from proxy.models.embedder import Embedder

BANK = "bank"
# Embeddings by model version and content hash: what is in it cannot go stale.
CACHE = Path(__file__).parents[3] / "build" / "bench" / "embeddings.sqlite"


def document_file(title: str, text: str) -> bytes:
    """A labelled document as a file of a corpus folder."""
    return f"---\ntitle: {json.dumps(title)}\n---\n{text}".encode()


def company_files(data: Path, companies: Iterable[str], *, among_bank: bool) -> dict[str, dict[str, bytes]]:
    """By company, the files of its corpus folder by their path; the bank's own claims have all of the bank's."""
    wanted = set(companies)
    found: dict[str, dict[str, bytes]] = defaultdict(dict)
    for line in (data / "policy_docs.jsonl").open(encoding="utf-8"):
        row = json.loads(line)
        if row["company"] in wanted:
            found[row["company"]][f"{row['company']}/{row['doc_id']}.md"] = document_file(
                row["title"], row["text"]
            )
    if among_bank:
        bank = dict(_bank_files(data))
        found = defaultdict(dict, {company: bank | files for company, files in found.items()})
    return dict(found)


def _bank_files(data: Path) -> Iterator[tuple[str, bytes]]:
    with gzip.open(data / "corpora" / "bank.jsonl.gz", "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            yield f"{BANK}/{row['id']}.md", document_file(row["title"], row["content"])


def company_corpora(files: Mapping[str, Mapping[str, bytes]], embedder: Embedder) -> dict[str, Corpus]:
    """A corpus for each company; what two of them share is read and embedded once."""
    CACHE.parent.mkdir(parents=True, exist_ok=True)
    store = EmbeddingStore(CACHE, embedder)
    read: dict[tuple[str, bytes], ReadDocument] = {}
    corpora: dict[str, Corpus] = {}
    previous = None
    for company, contents in files.items():
        for file in contents.items():
            read.setdefault(file, read_content(*file))
        documents = [read[file] for file in contents.items()]
        corpora[company] = previous = Corpus(documents, embedder, previous=previous, store=store)
    return corpora
