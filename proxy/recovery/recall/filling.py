"""Enters delivered sentences with the vectors of their meaning: each distinct text is embedded once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import groupby
from random import Random

import numpy as np
from numpy.typing import NDArray

from proxy.corpus.embeddings import TextEmbedder
from proxy.ledger.ledger import Ledger, LedgerError
from proxy.recovery.recall.delivered import said_of
from proxy.threads import in_thread

BITE = 50  # answers whose sentences are entered at a time: what else is written waits for it
EVERY_S = 60.0
_PLACES = 8  # bites among which a worker chooses where it begins


def model_of(embedder: TextEmbedder) -> str:
    """What names the vectors that it makes."""
    return f"{embedder.name}/{embedder.version}"


def fill(
    ledger: Ledger, embedder: TextEmbedder, tenant: str | None = None, limit: int = BITE, skip: int = 0
) -> int:
    """Enter a bite of answers, the newest first but for ``skip`` of them; how many they were. Raises LedgerError."""
    records = ledger.sentences.missing(limit, tenant, skip)
    model = model_of(embedder)
    for of_tenant, group in groupby(sorted(records, key=lambda one: one.tenant), lambda one: one.tenant):
        entries = [(record, said_of(record)) for record in group]
        readings = list(dict.fromkeys(one.reading for _, said in entries for one in said))
        fresh = ledger.sentences.unknown(of_tenant, model, readings)
        vectors = dict(zip(fresh, map(as_kept, embedder.embed_many(fresh)), strict=True))
        ledger.sentences.enter(entries, model, vectors)
    return len(records)


def fill_all(ledger: Ledger, embedder: TextEmbedder, tenant: str | None = None) -> Iterator[int]:
    """Enter all that is missing, and tell after each bite how many answers it had."""
    ledger.sentences.forget_other_models(model_of(embedder))
    while entered := fill(ledger, embedder, tenant, limit=10 * BITE):
        yield entered


async def keep_filled(ledger: Ledger, embedder: TextEmbedder) -> None:
    """Enter answers while others are given, for as long as this is not cancelled.

    It takes half of one core at most. Workers and replicas begin at different times and places, so that two seldom
    compute the same.
    """
    quiet, chance = _OneThread(embedder), Random()
    with suppress(LedgerError):
        await in_thread(ledger.sentences.forget_other_models, model_of(embedder))
    while True:
        with suppress(LedgerError):
            entered, began = 1, time.monotonic()
            while entered:
                skip = BITE * chance.randrange(_PLACES)
                entered = await in_thread(fill, ledger, quiet, None, BITE, skip)
                entered = entered or await in_thread(fill, ledger, quiet)
                await asyncio.sleep(max(0.05, time.monotonic() - began))
                began = time.monotonic()
        await asyncio.sleep(EVERY_S * chance.uniform(0.5, 1.5))


class _OneThread:
    """An embedder that takes no further threads, which answers need, and embeds nothing again that judging just has."""

    def __init__(self, embedder: TextEmbedder) -> None:
        self._embedder = embedder
        self.name, self.version, self.dimension = embedder.name, embedder.version, embedder.dimension

    def embed(self, text: str) -> NDArray[np.float32]:
        return self._embedder.embed(text)

    def embed_many(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.stack([self.embed(text) for text in texts]) if texts else self._embedder.embed_many([])


def as_kept(vector: NDArray[np.float32]) -> bytes:
    """Half precision: a cosine is off by less than 0.001."""
    return vector.astype("<f2").tobytes()
