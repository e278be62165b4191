"""How long retrieval takes over a large corpus, without the query's embedding, and what a passage costs in memory.

    python tests/benchmarks/bench_retrieval.py [PASSAGES]

Passages are made of policy-like words (a Zipf distribution, as in real text) and clustered vectors. A third of the
documents is not in force, so that the scope's mask is part of what is measured.
"""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from proxy.corpus.corpus import Corpus
from proxy.corpus.documents import Document, Passage, PassageKind, Scope
from proxy.corpus.reading import ReadDocument

PASSAGES_PER_DOCUMENT = 20
WORDS_PER_PASSAGE = 25
QUERIES = 200
DIMENSION = 384
VOCABULARY = 8_000
NOW = datetime(2026, 6, 1, tzinfo=UTC)


class MadeUpEmbedder:
    """Vectors around a few hundred topics, by the text's hash: as clustered as real ones, without an hour's work."""

    name, version, dimension = "made-up", "1", DIMENSION

    def __init__(self) -> None:
        self._topics = np.random.default_rng(0).normal(size=(400, DIMENSION)).astype(np.float32)

    def embed(self, text: str) -> NDArray[np.float32]:
        random = np.random.default_rng(int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()))
        vector = self._topics[random.integers(len(self._topics))] + random.normal(size=DIMENSION).astype(
            np.float32
        )
        return (vector / np.linalg.norm(vector)).astype(np.float32)

    def embed_many(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.stack([self.embed(text) for text in texts])


def make_documents(passages: int) -> list[ReadDocument]:
    random = np.random.default_rng(1)
    odds = 1 / np.arange(1, VOCABULARY + 1)
    words = np.array([_word(number) for number in range(VOCABULARY)])
    count = passages // PASSAGES_PER_DOCUMENT
    drawn = random.choice(words, p=odds / odds.sum(), size=(count, PASSAGES_PER_DOCUMENT, WORDS_PER_PASSAGE))
    return [_document(number, [" ".join(row) for row in rows]) for number, rows in enumerate(drawn)]


def _word(number: int) -> str:
    letters = []
    while True:
        number, rest = divmod(number, 26)
        letters.append(chr(97 + rest))
        if not number:
            return "q" + "".join(letters) + "k"


def _document(number: int, texts: list[str]) -> ReadDocument:
    start = None if number % 3 else datetime(2027, 1, 1, tzinfo=UTC)
    body = "\n\n".join(texts)
    document = Document(
        f"d{number}", f"d{number}.md", f"D {number}", body, f"{number:x}", effective_from=start
    )
    passages, offset = [], 0
    for index, text in enumerate(texts):
        end = offset + len(text)
        place = (
            index,
            PassageKind.PARAGRAPH,
            (document.title,),
            text,
            text,
            offset,
            end,
            index * 2 + 1,
            index * 2 + 1,
        )
        passages.append(Passage(document, *place))
        offset = end + 2
    return ReadDocument(document, tuple(passages))


def main() -> None:
    passages = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    embedder = MadeUpEmbedder()
    documents = make_documents(passages)
    started = time.perf_counter()
    corpus = Corpus(documents, embedder)
    print(f"{len(corpus.passages):,} passages indexed in {time.perf_counter() - started:.1f} s")
    started = time.perf_counter()
    corpus = Corpus(documents, embedder, previous=corpus)
    print(f"indexed again with nothing new in {time.perf_counter() - started:.1f} s")
    scope = Scope(NOW, "GB")
    started = time.perf_counter()
    in_force = corpus.in_force(scope)
    print(
        f"first look at a scope: {1000 * (time.perf_counter() - started):.1f} ms, {len(in_force):,} documents in force"
    )
    print_times(corpus, embedder, scope)
    print(f"indexes: {corpus.index_bytes / len(corpus.passages):,.0f} bytes a passage")


def print_times(corpus: Corpus, embedder: MadeUpEmbedder, scope: Scope) -> None:
    random = np.random.default_rng(2)
    chosen = random.choice(len(corpus.passages), size=QUERIES, replace=False)
    queries = [" ".join(corpus.passages[row].text.split()[:15]) for row in chosen]
    vectors = [embedder.embed(query) for query in queries]
    wall, cpu = [], []
    questions = [*queries[1:], queries[0]]
    for query, vector, question in zip(queries, vectors, questions, strict=True):
        started, started_cpu = time.perf_counter(), time.thread_time()
        corpus.retrieve_by(query, vector, scope, question=question)
        wall.append(1000 * (time.perf_counter() - started))
        cpu.append(1000 * (time.thread_time() - started_cpu))
    print(f"retrieval for a claim and its question, without their embeddings, n={QUERIES}:")
    for name, times in (
        ("wall clock", wall),
        ("CPU of its thread", cpu),
    ):  # on a busy machine only the second says much
        p50, p95 = np.percentile(times, [50, 95])
        print(f"  {name}: p50 {p50:.2f} ms, p95 {p95:.2f} ms")


if __name__ == "__main__":
    main()
