"""The corpus kept up to date: changed files are live within two seconds, in one step, without a restart."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from contextlib import aclosing
from pathlib import Path
from typing import Protocol

import structlog

from proxy.corpus.corpus import Corpus
from proxy.corpus.embeddings import EmbeddingStore, TextEmbedder
from proxy.corpus.folder import SourceReading, read_source
from proxy.corpus.lasting import lasting
from proxy.corpus.problems import CorpusError, Problem, Severity
from proxy.corpus.reading import MARKDOWN_SUFFIXES, ReadDocument, read_content
from proxy.corpus.sources import FolderSource, open_source, place_of
from proxy.corpus.watching import changes
from proxy.threads import in_thread

_LOOK_EVERY_S = 5.0  # a folder, without file events; git revisions are looked at each time
_READ_AGAIN = 3  # times at most; the next look takes what still changes
_log = structlog.get_logger(__name__)

Version = tuple[ReadDocument, bytes]  # what was read, and the file that it was read from


class VersionStore(Protocol):
    """Keeps every document version for good; the ledger is one."""

    def keeping(self, document_id: str, path: str, content_hash: str, content: bytes) -> Future[None]:
        """Begins to keep a version; the future ends when it is kept, and has the error where it could not be."""
        ...

    def last_good(self, path: str) -> bytes | None:
        """The bytes last kept for this path, None where there are none."""
        ...


class LiveCorpus:
    """Holds the current :class:`Corpus` and replaces it when files change.

    A request takes :attr:`current` once and works with that. A broken file keeps its last good version (from memory,
    or from ``versions`` after a restart) and is named in :attr:`problems`; a deleted file leaves the corpus.
    """

    def __init__(
        self,
        folder: Path | str,
        embedder: TextEmbedder,
        versions: VersionStore | None = None,
        *,
        cache: Path | None = None,
    ) -> None:
        """``folder`` may be ``folder@revision`` for a git revision; ``cache`` is a file to keep embeddings in."""
        self._source = open_source(folder)
        self._embedder = embedder
        self._versions = versions
        self._store = EmbeddingStore(cache, embedder) if cache else None
        self._documents: dict[str, ReadDocument] = {}
        self._unkept: list[Version] = []
        self._current: Corpus | None = None
        self._source_problem: Problem | None = None
        self._said: frozenset[Problem] = frozenset()
        self._fingerprint = ""
        self._looked_at = 0.0
        self._loading = threading.Lock()

    @property
    def current(self) -> Corpus:
        """The corpus as of now; the first use reads it (:meth:`load`)."""
        return self._current or self.load()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong now: with the folder as a whole, or with single files."""
        whole = (self._source_problem,) if self._source_problem else ()
        return (*whole, *(self._current.problems if self._current else ()))

    @property
    def place(self) -> str:
        """Where the documents stand, as it was written: a folder, or ``folder@revision``."""
        return self._source.name

    @property
    def embedder(self) -> TextEmbedder:
        """What makes its vectors."""
        return self._embedder

    def load(self) -> Corpus:
        """Reads the source and makes what it says the current corpus; takes a while, so not on the event loop.

        Raises:
            CorpusError: the source is not there. The corpus that was current stays current.
        """
        with self._loading, lasting():
            try:
                reading = self._read()
            except CorpusError as error:
                self._source_problem = error.problem
                self._say([error.problem])
                raise
            self._looked_at = time.monotonic()
            self._source_problem = None
            self._say([*reading.problems, *reading.warnings])
            return self._replaced(reading)

    def place_of(self, path: str) -> str:
        """Where a file stands, also among other corpora that share the store."""
        return place_of(self._source, path)

    def with_text(self, document_id: str, text: str) -> tuple[Corpus, ReadDocument]:
        """The current corpus with this text as the document's, which is kept nowhere; takes a while.

        Raises:
            CorpusError: the text makes no document.
        """
        current, documents = self.current, self._documents
        known = next((read for read in documents.values() if read.document.id == document_id), None)
        written = known is not None and known.document.path.lower().endswith(tuple(MARKDOWN_SUFFIXES))
        path = known.document.path if known and written else f"{document_id}.md"
        tried = read_content(path, text.encode())
        others = [read for read in documents.values() if read is not known]
        return Corpus([*others, tried], self._embedder, previous=current), tried

    async def run(self) -> None:
        """Watches the source until cancelled; whatever goes wrong is logged and tried again."""
        async with aclosing(changes(self._source)) as noticed:
            async for certain in noticed:
                await in_thread(self._look, certain)

    def _look(self, certain: bool) -> None:
        """Loads if something changed; never raises, the watch must go on."""
        due = time.monotonic() - self._looked_at >= _LOOK_EVERY_S
        try:
            if certain or ((due or not isinstance(self._source, FolderSource)) and self._has_changed()):
                self.load()
        except CorpusError as error:
            self._source_problem = error.problem
            self._say([error.problem])
        except Exception:
            _log.exception("corpus not reloaded", source=self._source.name)

    def _has_changed(self) -> bool:
        self._looked_at = time.monotonic()
        return self._source_problem is not None or self._source.fingerprint() != self._fingerprint

    def _read(self) -> SourceReading:
        """Reads again when files changed while they were read, so as not to take half of a deployment."""
        for _ in range(_READ_AGAIN):
            self._fingerprint = self._source.fingerprint()
            reading = read_source(self._source, unchanged=self._documents, last_good=self._last_good)
            if self._source.fingerprint() == self._fingerprint:
                break
        return reading

    def _replaced(self, reading: SourceReading) -> Corpus:
        read = {item.document.path: item for item in reading.documents}
        current = self._current
        if current and read == self._documents and reading.problems == current.problems:
            return current
        started = time.monotonic()
        self._keep(reading.fresh)
        corpus = Corpus(
            reading.documents,
            self._embedder,
            previous=self._current,
            store=self._store,
            problems=reading.problems,
        )
        self._documents, self._current = read, corpus
        _log.info(
            "corpus live",
            source=self._source.name,
            documents=len(corpus.documents),
            passages=len(corpus.passages),
            problems=len(corpus.problems),
            took_ms=round(1000 * (time.monotonic() - started)),
        )
        return corpus

    def _keep(self, fresh: Iterable[Version]) -> None:
        """Hands new versions to the store before they count; what fails is tried again at the next change."""
        if self._versions is None:
            return
        # What was not kept may hold several versions of a path, whose order counts; what is fresh holds one of each.
        together = [*([one] for one in self._unkept), list(fresh)]
        self._unkept = [one for versions in together for one in self._not_kept(versions, self._versions)]

    def _not_kept(self, versions: Sequence[Version], store: VersionStore) -> list[Version]:
        """Hands all of them over before it waits for the first: the store writes many at once."""
        kept = [(version, self._keeping(version, store)) for version in versions]
        failed = []
        for version, done in kept:
            if error := done.exception():
                failed.append(version)
                _log.error("document version not kept", document=version[0].document.id, error=str(error))
        return failed

    def _keeping(self, version: Version, store: VersionStore) -> Future[None]:
        document, content = version[0].document, version[1]
        try:
            return store.keeping(document.id, self.place_of(document.path), document.content_hash, content)
        except Exception as error:
            failed: Future[None] = Future()
            failed.set_exception(error)
            return failed

    def _last_good(self, path: str) -> ReadDocument | None:
        known = self._documents.get(path)
        # The store is asked at the start only: what left the corpus later was deleted, and must not come back.
        if known or self._versions is None or self._current is not None:
            return known
        try:
            content = self._versions.last_good(self.place_of(path))
            return read_content(path, content) if content is not None else None
        except Exception as error:
            _log.error("last good version not read", path=path, error=str(error))
            return None

    def _say(self, problems: Iterable[Problem]) -> None:
        """Logs each problem once, for as long as it lasts."""
        found = frozenset(problems)
        for problem in sorted(found - self._said, key=str):
            log = _log.error if problem.severity is Severity.ERROR else _log.warning
            log("corpus problem", problem=str(problem))
        self._said = found
