"""How retrieval grows with the corpus: the shipped documents again and again, up to 100,000 passages.

Embedding so many would take ten minutes. A copy's vectors are those of its original, each moved a little, so that no
two are equal; queries are embedded as always.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count, islice
from pathlib import Path
from time import perf_counter, thread_time

import numpy as np
from benchmarks.quality.tables import Table
from numpy.typing import NDArray

from proxy.corpus.corpus import Corpus
from proxy.corpus.documents import Scope
from proxy.corpus.folder import read_source
from proxy.corpus.reading import ReadDocument
from proxy.corpus.sources import open_source
from proxy.models.embedder import Embedder

CORPUS = Path(__file__).parents[2] / "policy_corpus"
QUERIES = 100
MOVED_BY = 0.02  # in each of 384 dimensions: a cosine of 0.93 with the original


class CopyingEmbedder:
    """Embeds a text once; the next time that it is indexed, its vector is another one close by."""

    def __init__(self) -> None:
        self._real = Embedder.load()
        self.name, self.version, self.dimension = "copies", self._real.version, self._real.dimension
        self._random = np.random.default_rng(5)
        self._known: dict[str, NDArray[np.float32]] = {}

    def embed(self, text: str) -> NDArray[np.float32]:
        return self._real.embed(text)

    def embed_many(self, texts: Sequence[str]) -> NDArray[np.float32]:
        originals = [text.partition(MARK)[2] for text in texts]
        for text in originals:
            if text not in self._known:
                self._known[text] = self._real.embed(text)
        vectors = np.stack([self._known[text] for text in originals])
        vectors = vectors + self._random.normal(scale=MOVED_BY, size=vectors.shape).astype(np.float32)
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


MARK = " ¦ "  # between a copy's number and its first heading


def corpus_table(sizes: Sequence[int]) -> Table:
    read = read_source(open_source(CORPUS)).documents
    embedder = CopyingEmbedder()
    rows = [_row(read, size, embedder) for size in sizes]
    columns = [
        "passages",
        "retrieval p50, ms",
        "p99, ms",
        "its processor time p50, ms",
        "index, MiB",
        "indexed in, s",
    ]
    note = f"{QUERIES} claims that were not asked before, each with its embedding; indexing is without embedding."
    return Table("By the size of the corpus", columns, rows, note)


def _row(read: Sequence[ReadDocument], size: int, embedder: CopyingEmbedder) -> list[str]:
    documents = list(_up_to(size, _copies(read)))
    begun = perf_counter()
    corpus = Corpus(documents, embedder)
    took, wall, used = perf_counter() - begun, [], []
    scope = Scope(datetime.now(UTC))
    corpus.version(scope)
    for query in _queries(corpus, size):
        begun, begun_cpu = perf_counter(), thread_time()
        corpus.retrieve(query, scope, question="What applies?")
        wall.append((perf_counter() - begun) * 1000)
        used.append((thread_time() - begun_cpu) * 1000)
    p50, p99 = np.percentile(wall, [50, 99])
    index_mib = corpus.index_bytes / 2**20
    figures = [f"{p50:.1f}", f"{p99:.1f}", f"{np.median(used):.1f}", f"{index_mib:.0f}", f"{took:.0f}"]
    return [f"{len(corpus.passages):,}", *figures]


def _copies(read: Sequence[ReadDocument]) -> Iterator[ReadDocument]:
    """The documents, then each under another name, and so on."""
    for number in count():
        for one in read:
            document = replace(one.document, id=f"{one.document.id}-{number}")
            passages = tuple(
                replace(
                    each,
                    document=document,
                    heading_path=(f"{number}{MARK}{each.heading_path[0]}", *each.heading_path[1:]),
                )
                for each in one.passages
            )
            yield ReadDocument(document, passages)


def _up_to(size: int, documents: Iterator[ReadDocument]) -> Iterator[ReadDocument]:
    found = 0
    while found < size:
        one = next(documents)
        found += len(one.passages)
        yield one


def _queries(corpus: Corpus, seed: int) -> list[str]:
    chosen = np.random.default_rng(seed).choice(len(corpus.passages), size=QUERIES)
    readings = [corpus.passages[row].reading for row in chosen]
    return [
        f"{' '.join(reading.split()[:20])} ({seed}-{number})"
        for number, reading in enumerate(islice(readings, QUERIES))
    ]
