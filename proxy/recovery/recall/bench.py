"""What a worker judges with, opened once in each process: the plan says by what, and is small enough to be sent."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path, PurePosixPath

from proxy.corpus.corpus import Corpus
from proxy.corpus.documents import Risk
from proxy.corpus.embeddings import EmbeddingStore
from proxy.corpus.problems import CorpusError
from proxy.corpus.reading import READ_SUFFIXES, ReadDocument, document_id, read_content
from proxy.ledger.ledger import Ledger
from proxy.models.embedder import Embedder
from proxy.recovery.recall.rechecking import Rechecked, Rechecker, RouteNow
from proxy.telemetry.metrics import Metrics
from proxy.verifiers.calibrated import calibrated
from proxy.verifiers.options import Options
from proxy.verifiers.parts import Parts, Provider
from proxy.verifiers.registry import open_verifier

_CORPORA_KEPT = 8  # of past versions, in memory


@dataclass(frozen=True)
class Plan:
    """By what past answers are judged again. ``documents`` are today's, as paths and bytes, ``risks`` theirs by id.

    No judge model is asked: that may cost money.
    """

    database_url: str
    store_text: str
    documents: tuple[tuple[str, bytes], ...]
    today: datetime
    routes: Mapping[str, RouteNow]
    verifier: Options
    provider: Provider
    calibration: Path | None = None
    embedding_cache: Path | None = None
    risks: Mapping[str, Risk] = field(default_factory=dict)

    @cached_property
    def hashes(self) -> dict[str, str]:
        """Today's content hash of each document, by its id."""
        return {document_id(path): hashlib.sha256(content).hexdigest() for path, content in self.documents}

    @cached_property
    def digest(self) -> str:
        """Names today's documents and their bytes."""
        return digest_of(self.hashes)


def digest_of(hashes: Mapping[str, str]) -> str:
    """Names documents by their ids and content hashes."""
    return hashlib.sha256(json.dumps(sorted(hashes.items())).encode()).hexdigest()[:16]


class Bench:
    """A ledger to read from, the verifier, today's corpus, and those of the past as they are needed."""

    def __init__(self, plan: Plan) -> None:
        self.ledger = Ledger.open(plan.database_url, store_text=plan.store_text, upgrade=False)
        self._embedder = Embedder.load()
        cache = plan.embedding_cache
        self._store = EmbeddingStore(cache, self._embedder) if cache else None
        self._past: OrderedDict[str, Corpus | None] = OrderedDict()
        now = self._corpus([read_content(path, content) for path, content in plan.documents])
        self._closing = ExitStack()
        parts = Parts(self._embedder.embed, plan.provider, self._closing, Metrics(), None)
        verifier = calibrated(open_verifier(plan.verifier, None, parts), plan.calibration)
        self.risks = plan.risks
        self.rechecker = Rechecker(now, self.past, verifier, plan.today, plan.routes)

    def work(self, response_ids: Sequence[str], /) -> list[Rechecked]:
        """What these answers come to. Raises LedgerError, VerifierError."""
        return [self.rechecker.answer(record) for record in self.ledger.answers_by_id(response_ids).values()]

    def close(self) -> None:
        self._closing.close()
        self.ledger.close()

    def past(self, version: str) -> Corpus | None:
        """The documents that a corpus version names; None where one of them is not kept any more."""
        if version not in self._past:
            self._past[version] = self._read(version)
            if len(self._past) > _CORPORA_KEPT:
                self._past.popitem(last=False)
        self._past.move_to_end(version)
        return self._past[version]

    def _read(self, version: str) -> Corpus | None:
        named = self.ledger.corpus_version(version)
        read = [self._document(document_id, digest) for document_id, digest in named.items()]
        documents = [one for one in read if one is not None]
        return self._corpus(documents) if documents and len(documents) == len(read) else None

    def _document(self, document_id: str, content_hash: str) -> ReadDocument | None:
        content = self.ledger.document_content(content_hash)
        if content is None:
            return None
        suffix = next(
            (
                PurePosixPath(one.path).suffix.lower()
                for one in self.ledger.document_versions(document_id)
                if one.content_hash == content_hash
            ),
            ".md",
        )
        try:
            return read_content(f"{document_id}{suffix if suffix in READ_SUFFIXES else '.md'}", content)
        except CorpusError:
            return None

    def _corpus(self, documents: Sequence[ReadDocument]) -> Corpus:
        previous = next((one for one in reversed(self._past.values()) if one), None)
        return Corpus(documents, self._embedder, previous=previous, store=self._store)
