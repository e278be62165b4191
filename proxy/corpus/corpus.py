"""The corpus at one moment: all documents, which of them are in force for whom, and finding passages in them."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import Stemmer
from numpy.typing import NDArray

from proxy.corpus.documents import Document, Hit, Passage, Scope
from proxy.corpus.embeddings import EmbeddingStore, TextEmbedder, embed_texts, embedding_key
from proxy.corpus.folder import read_source
from proxy.corpus.lexical import LexicalIndex, words_of
from proxy.corpus.problems import Problem
from proxy.corpus.reading import ReadDocument
from proxy.corpus.sources import open_source
from proxy.corpus.validity import Calendar, Validity, version_of
from proxy.corpus.vectors import VectorIndex

_POOL = 48  # how many hits of each kind are fused
# Chosen on training claims against all labelled documents (n=500): the deciding passage is among the first 3 for
# 88% of them, with reciprocal rank fusion for 84%. See docs/corpus.md for held-out figures.
_LEXICAL_WEIGHT = 0.3
# How much the question counts beside the claim. On policy_claims.dev and policy_answers.dev (n=367, 371) against all
# labelled documents the deciding passage is first for 0.80 and 0.86 of them, without the question for 0.75 and 0.79.
_QUESTION_MEANING = 0.5
_QUESTION_WORDS = np.float32(0.3)
_LONGEST_QUESTION = 2000
_VIEWS_KEPT = 64


@dataclass(frozen=True, slots=True)
class _View:
    """What is in force in equal scopes; ``admitted`` marks its passages."""

    documents: tuple[Document, ...]
    version: str
    admitted: NDArray[np.bool_]


class Corpus:
    """An immutable snapshot: a request that holds one sees no change. Threads may share it.

    ``problems`` is what went wrong while it was read.
    """

    def __init__(
        self,
        read: Sequence[ReadDocument],
        embedder: TextEmbedder,
        *,
        previous: Corpus | None = None,
        store: EmbeddingStore | None = None,
        problems: Sequence[Problem] = (),
    ) -> None:
        """Indexes the documents; passages that ``previous`` or ``store`` has embedded are not embedded again."""
        self.documents: tuple[Document, ...] = tuple(item.document for item in read)
        self.passages: tuple[Passage, ...] = tuple(passage for item in read for passage in item.passages)
        self.problems: tuple[Problem, ...] = tuple(problems)
        self._embedder = embedder
        self._stemmers = threading.local()
        self._calendar = Calendar(self.documents)
        texts = [indexed_text(passage) for passage in self.passages]
        self._keys = [embedding_key(text) for text in texts]
        self._vectors = VectorIndex(
            embed_texts(texts, embedder, previous.embeddings() if previous else {}, store)
        )
        self._words = self._words_by_key(texts, previous)
        self._lexical = LexicalIndex([self._words[key] for key in self._keys])
        self._views: dict[object, _View] = {}
        self._views_lock = threading.Lock()

    def in_force(self, scope: Scope) -> tuple[Document, ...]:
        """The documents that count at the scope's date, in its jurisdiction, for its audience."""
        return self._view(scope).documents

    def validity(self, document: Document, scope: Scope) -> Validity:
        """Whether the document is in force in the scope, and why (not)."""
        return self._calendar.validity(document, scope)

    def version(self, scope: Scope) -> str:
        """Names exactly the documents in force: the same for the same ids and bytes, else another."""
        return self._view(scope).version

    def retrieve(self, query: str, scope: Scope, limit: int = 8, *, question: str | None = None) -> list[Hit]:
        """The passages in force that have most to do with the query, best first, by words and by meaning.

        ``question`` is what the query answers: "Yes, within 90 days." has its topic only from there.
        """
        if not query.strip() or not self.passages:
            return []
        vector = self._embedder.embed(query)
        question = (question or "")[:_LONGEST_QUESTION].strip()
        if question:
            vector = vector + _QUESTION_MEANING * self._embedder.embed(question)
            vector = (vector / np.linalg.norm(vector)).astype(np.float32)
        return self.retrieve_by(query, vector, scope, limit, question=question)

    def retrieve_by(
        self,
        query: str,
        vector: NDArray[np.float32],
        scope: Scope,
        limit: int = 8,
        *,
        question: str | None = None,
    ) -> list[Hit]:
        """As :meth:`retrieve`, with the vector at hand."""
        view = self._view(scope)
        lexical = self._lexical.scores(words_of(query, self._stemmer()))
        if question:
            lexical = lexical + _QUESTION_WORDS * self._lexical.scores(words_of(question, self._stemmer()))
        lexical[~view.admitted] = 0
        near, _ = self._vectors.nearest(vector, view.admitted, _POOL)
        rows = np.union1d(_highest(lexical, _POOL), near)
        cosines = self._vectors.cosines(vector, rows)
        scores = _fused(lexical[rows], cosines)
        best = np.argsort(-scores, kind="stable")[:limit]
        return [
            Hit(self.passages[rows[at]], float(lexical[rows[at]]), float(cosines[at]), float(scores[at]))
            for at in best
        ]

    def embeddings(self) -> dict[bytes, NDArray[np.float32]]:
        """The passages' vectors by :func:`embedding_key` of what was embedded."""
        return dict(zip(self._keys, self._vectors.rows(), strict=True))

    @property
    def index_bytes(self) -> int:
        """Memory of the two indexes, without the texts."""
        return self._vectors.bytes + self._lexical.bytes

    def _view(self, scope: Scope) -> _View:
        key = self._calendar.key(scope)
        with self._views_lock:
            view = self._views.get(key)
        if view is None:
            view = self._make_view(scope)
            with self._views_lock:
                if len(self._views) >= _VIEWS_KEPT:
                    self._views.pop(next(iter(self._views)))
                self._views[key] = view
        return view

    def _make_view(self, scope: Scope) -> _View:
        documents = self._calendar.in_force(scope)
        ids = {document.id for document in documents}
        admitted = np.fromiter((passage.document.id in ids for passage in self.passages), dtype=np.bool_)
        return _View(documents, version_of(documents), admitted)

    def _words_by_key(self, texts: Sequence[str], previous: Corpus | None) -> dict[bytes, list[str]]:
        """Stemming takes most of the time of a rebuild, so that it is kept too; words are shared, not copied."""
        known = previous._words if previous else {}
        stemmer = self._stemmer()
        return {
            key: known.get(key) or [sys.intern(word) for word in words_of(text, stemmer)]
            for key, text in zip(self._keys, texts, strict=True)
        }

    def _stemmer(self) -> Stemmer.Stemmer:
        """One a thread: a stemmer has state."""
        if not hasattr(self._stemmers, "english"):
            self._stemmers.english = Stemmer.Stemmer("english")
        stemmer: Stemmer.Stemmer = self._stemmers.english
        return stemmer


def build_corpus(folder: Path, embedder: TextEmbedder, *, cache: Path | None = None) -> Corpus:
    """Reads and indexes a folder (or ``folder@revision``) once; broken files are in the corpus's ``problems``.

    ``cache`` is a file in which embeddings are kept between runs.

    Raises:
        CorpusError: the folder is not there.
    """
    reading = read_source(open_source(folder))
    store = EmbeddingStore(cache, embedder) if cache else None
    return Corpus(reading.documents, embedder, store=store, problems=reading.problems)


def indexed_text(passage: Passage) -> str:
    """What is indexed and embedded for a passage: its headings say what it is about."""
    return f"{passage.section}: {passage.reading}"


def _highest(scores: NDArray[np.float32], limit: int) -> NDArray[np.intp]:
    """The rows with the highest positive scores, in no order."""
    rows = np.flatnonzero(scores)
    if len(rows) > limit:
        rows = rows[np.argpartition(-scores[rows], limit)[:limit]]
    return rows


def _fused(lexical: NDArray[np.float32], cosines: NDArray[np.float32]) -> NDArray[np.float32]:
    """Both scores in one: BM25 relative to the query's best passage, and the cosine."""
    best = lexical.max(initial=0)
    relative = lexical / best if best > 0 else lexical
    fused: NDArray[np.float32] = _LEXICAL_WEIGHT * relative + (1 - _LEXICAL_WEIGHT) * cosines
    return fused
