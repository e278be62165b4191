"""Whom did we tell this? Delivered sentences that say it in whatever words: near by meaning, then confirmed one by one.

found = Finder(ledger, embedder, confirming).find(Search("90 days after travel"))
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from proxy.corpus.embeddings import TextEmbedder
from proxy.ledger.ledger import Ledger
from proxy.ledger.recall.sentences import Place
from proxy.ledger.records import DEFAULT_TENANT, DecisionRecord
from proxy.recovery.recall.asked import Asked
from proxy.recovery.recall.confirming import LEAST_COSINE, Confirming, Said
from proxy.recovery.recall.delivered import documents_at, sentence_at
from proxy.recovery.recall.nearness import Told

MOST_CANDIDATES = 5_000  # distinct sentences that are read; where there are more, the search says so


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for, as a sentence or some words, in answers of a period."""

    text: str
    since: datetime | None = None
    until: datetime | None = None
    tenant: str = DEFAULT_TENANT


@dataclass(frozen=True, slots=True)
class Sentence:
    """A distinct sentence that was said, with all its places, the newest first.

    ``reading`` is what it says by itself, ``documents`` are those that it rested on when it was said last.
    """

    reading: str
    cosine: float
    says: Said
    vector: NDArray[np.float32]
    places: tuple[Place, ...]
    documents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """``sentences`` say it, the nearest first.

    ``told`` distinct sentences were ever said, ``near`` of them were near enough to be read. ``cut``: there were more
    near ones than are read. ``unread`` counts near ones whose text is not kept any more.
    """

    sentences: tuple[Sentence, ...]
    told: int
    near: int
    cut: bool
    unread: int


class Finder:
    """Finds by meaning in what a ledger has entered (``filling.fill``)."""

    def __init__(self, ledger: Ledger, embedder: TextEmbedder, confirming: Confirming) -> None:
        self._ledger, self._embedder, self._confirming = ledger, embedder, confirming

    def find(self, search: Search) -> Found:
        """Raises LedgerError."""
        told = Told.read(self._ledger, search.tenant, self._embedder)
        asked, in_period = self._embedder.embed(search.text), self._said_within(search)
        near = told.near(asked, LEAST_COSINE, MOST_CANDIDATES + 1, in_period)
        places = self._places(search, [sentence_id for sentence_id, _ in near[:MOST_CANDIDATES]])
        records = self._newest(places)
        read = list(_read(near, places, records))
        judged = self._judged(Asked.of(search.text), [one.reading for one in read])
        sentences = [
            Sentence(one.reading, one.cosine, says, told.vector(one.id), tuple(places[one.id]), one.documents)
            for one, says in zip(read, judged, strict=True)
            if says.confirmed
        ]
        cut, unread = len(near) > MOST_CANDIDATES, len(places) - len(read)
        return Found(tuple(sentences), len(told.ids), len(places), cut, unread)

    def _judged(self, asked: Asked, sentences: Sequence[str]) -> list[Said]:
        """Each by itself, over all cores."""
        with ThreadPoolExecutor(max(1, len(os.sched_getaffinity(0)))) as threads:
            return list(threads.map(lambda one: self._confirming.judge(asked, one), sentences))

    def _said_within(self, search: Search) -> NDArray[np.int64] | None:
        """The sentences that were said in the period; None where all of them may have been.

        The nearest that are read are the nearest of these: a shorter period has fewer.
        """
        if search.since is None and search.until is None:
            return None
        said = self._ledger.sentences.said(search.tenant, search.since, search.until)
        return np.fromiter(said, dtype=np.int64)

    def _places(self, search: Search, sentence_ids: Sequence[int]) -> Mapping[int, list[Place]]:
        places: dict[int, list[Place]] = defaultdict(list)
        for place in self._ledger.sentences.places(
            search.tenant, sentence_ids, since=search.since, until=search.until
        ):
            places[place.sentence_id].append(place)
        return dict(places)

    def _newest(self, places: Mapping[int, Sequence[Place]]) -> Mapping[str, DecisionRecord]:
        """The newest answer with each sentence: its text is read there."""
        ids = list(dict.fromkeys(of_it[0].response_id for of_it in places.values()))
        return self._ledger.answers_by_id(ids)


@dataclass(frozen=True, slots=True)
class _Near:
    id: int
    reading: str
    cosine: float
    documents: tuple[str, ...]


def _read(
    near: Sequence[tuple[int, float]],
    places: Mapping[int, Sequence[Place]],
    records: Mapping[str, DecisionRecord],
) -> Iterator[_Near]:
    """The near sentences that were said in the period and whose text is still kept."""
    for sentence_id, cosine in near:
        place = next(iter(places.get(sentence_id, ())), None)
        record = records.get(place.response_id) if place else None
        if place is None or record is None:
            continue
        at = place.choice, place.begins, place.ends
        piece = sentence_at(record, *at)
        if piece is not None:
            yield _Near(sentence_id, piece.reading or piece.text, cosine, documents_at(record, *at))
