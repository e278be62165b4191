"""By what past answers are judged again: the plan that follows from the settings."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from proxy.commands.options import CommandError, policies_in

if TYPE_CHECKING:
    from proxy.corpus.documents import Risk
    from proxy.corpus.folder import SourceReading
    from proxy.ledger.ledger import Ledger
    from proxy.recovery.recall.bench import Bench, Plan
    from proxy.settings import Settings


def plan_of(ledger: Ledger, settings: Settings, now: datetime) -> Plan:
    """By what past answers are judged: the verifier of the settings without a judge model, and today's documents.

    Raises CommandError, also where what a broken document said cannot be read: what rests on it would seem outdated.
    """
    from proxy.recovery.recall.bench import Plan
    from proxy.recovery.recall.rechecking import RouteNow

    reading, documents = _read_today(ledger, settings.corpus)
    routes = policies_in(settings).routes
    return Plan(
        database_url=settings.database_url,
        store_text=settings.store_text,
        documents=documents,
        today=now,
        routes={one.name: RouteNow(one.documents, one.system_as_documents, one.mode) for one in routes},
        verifier=settings.verifier,
        provider=settings.provider(),
        calibration=settings.calibration,
        embedding_cache=settings.embedding_cache,
        risks={item.document.id: item.document.risk for item in reading.documents},
    )


def _read_today(ledger: Ledger, corpus: Path | str) -> tuple[SourceReading, tuple[tuple[str, bytes], ...]]:
    """Today's documents as what serves reads them, and their paths and bytes.

    Of a broken one, the last good version that the ledger keeps of this place counts. Raises CommandError.
    """
    from proxy.corpus.folder import read_source
    from proxy.corpus.problems import CorpusError
    from proxy.corpus.reading import ReadDocument, read_content
    from proxy.corpus.sources import open_source, place_of

    content_of: dict[str, bytes] = {}
    broken: list[str] = []

    def last_good(path: str) -> ReadDocument | None:
        broken.append(path)
        content = ledger.last_good(place_of(source, path))
        if content is not None:
            with suppress(CorpusError):
                document, content_of[path] = read_content(path, content), content
                return document
        return None

    try:
        source = open_source(corpus)
        reading = read_source(source, last_good=last_good)
    except CorpusError as error:
        raise CommandError(str(error)) from None
    for problem in reading.problems:
        print(f"cxai: {problem}", file=sys.stderr)
    _expect_kept(ledger, reading, broken)
    content_of |= {item.document.path: content for item, content in reading.fresh}
    paths = (one.document.path for one in reading.documents)
    return reading, tuple((path, content_of[path]) for path in paths)


def _expect_kept(ledger: Ledger, reading: SourceReading, broken: Sequence[str]) -> None:
    """Raises CommandError where answers may rest on a document that cannot be read."""
    from proxy.corpus.reading import document_id

    read = {one.document.id for one in reading.documents}
    for path in broken:
        if document_id(path) not in read and ledger.document_versions(document_id(path)):
            raise CommandError(
                f"{path} cannot be read, and no version of it that stood at this place is kept; mend it first: "
                "what rests on it would seem to be out of date"
            )


def documents_risks(settings: Settings) -> dict[str, Risk]:
    """How severe a mistake about each document is, by its id; nothing where there are no documents."""
    from proxy.corpus.folder import read_source
    from proxy.corpus.problems import CorpusError
    from proxy.corpus.sources import open_source

    try:
        read = read_source(open_source(settings.corpus)).documents
    except CorpusError:
        return {}
    return {one.document.id: one.document.risk for one in read}


@contextmanager
def opened_bench(ledger: Ledger, settings: Settings, now: datetime) -> Iterator[Bench]:
    """What judges in this process."""
    from proxy.grounding.types import VerifierError
    from proxy.recovery.recall.bench import Bench

    try:
        bench = Bench(plan_of(ledger, settings, now))
        try:
            yield bench
        finally:
            bench.close()
    except VerifierError as error:
        raise CommandError(str(error)) from None
