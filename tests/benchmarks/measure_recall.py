"""How often retrieval brings the passage that holds a labelled claim's evidence.

    python tests/benchmarks/measure_recall.py DOCS.jsonl CLAIMS.jsonl

Documents are ``{doc_id, title, text, company}``, claims ``{doc_id, claim, evidence}``, one JSON object a line. Measured
among each company's documents, and among all documents together, which is harder than any real corpus: the
companies have policies on the same topics.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz

from proxy.corpus.corpus import Corpus
from proxy.corpus.documents import Passage, Scope
from proxy.corpus.reading import read_content
from proxy.models.embedder import Embedder

CUTS = (1, 3, 8)
SCOPE = Scope(datetime.now(UTC))
Record = dict[str, Any]


def read_lines(path: str) -> list[Record]:
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines() if line.strip()]


def index(documents: Sequence[Record], embedder: Embedder) -> Corpus:
    return Corpus(
        [
            read_content(f"{record['doc_id']}.md", f"# {record['title']}\n\n{record['text']}".encode())
            for record in documents
        ],
        embedder,
    )


def gold_passages(corpus: Corpus, claim: Record) -> set[str]:
    """The passages that hold the evidence, or parts of it where it spans several."""
    evidence = words(claim["evidence"])
    own = [passage for passage in corpus.passages if passage.document.id == claim["doc_id"]]

    def holds(passage: Passage) -> bool:
        text = words(passage.text)
        return evidence in text or text in evidence

    exact = {passage.id for passage in own if holds(passage)}
    return exact or {passage.id for passage in own if fuzz.partial_ratio(evidence, words(passage.text)) > 85}


def words(text: str) -> str:
    return re.sub(r"\W+", " ", text).strip().lower()


def measure(name: str, claims: Sequence[Record], corpus_for: Callable[[Record], Corpus]) -> None:
    found: dict[int, int] = defaultdict(int)
    counted = 0
    for claim in claims:
        corpus = corpus_for(claim)
        gold = gold_passages(corpus, claim)
        if not gold:
            continue
        counted += 1
        ids = [hit.passage.id for hit in corpus.retrieve(claim["claim"], SCOPE, limit=max(CUTS))]
        for cut in CUTS:
            found[cut] += bool(gold & set(ids[:cut]))
    print(f"{name}, n={counted}: " + ", ".join(f"recall@{cut} {found[cut] / counted:.3f}" for cut in CUTS))


def main() -> None:
    documents = read_lines(sys.argv[1])
    claims = [claim for claim in read_lines(sys.argv[2]) if claim["evidence"]]
    embedder = Embedder.load()
    company_of = {record["doc_id"]: record["company"] for record in documents}
    corpora = {
        company: index([record for record in documents if record["company"] == company], embedder)
        for company in {company_of[claim["doc_id"]] for claim in claims}
    }
    together = index(documents, embedder)
    measure("each company's documents", claims, lambda claim: corpora[company_of[claim["doc_id"]]])
    measure(f"all {len(documents)} documents together", claims, lambda claim: together)


if __name__ == "__main__":
    main()
