"""By what past answers are judged again: the plan that follows from the settings."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from proxy.commands.options import CommandError, policies_in

if TYPE_CHECKING:
    from proxy.corpus.documents import Risk
    from proxy.recovery.recall.bench import Bench, Plan
    from proxy.settings import Settings


def plan_of(settings: Settings, now: datetime) -> Plan:
    """By what past answers are judged: the verifier of the settings without a judge model, and today's documents."""
    from proxy.corpus.folder import read_source
    from proxy.corpus.problems import CorpusError
    from proxy.corpus.sources import open_source
    from proxy.recovery.recall.bench import Plan
    from proxy.recovery.recall.rechecking import RouteNow

    try:
        source = open_source(settings.corpus)
        reading = read_source(source)
    except CorpusError as error:
        raise CommandError(str(error)) from None
    for problem in reading.problems:
        print(f"cxai: {problem}", file=sys.stderr)
    routes = policies_in(settings).routes
    return Plan(
        database_url=settings.database_url,
        store_text=settings.store_text,
        documents=tuple((item.document.path, content) for item, content in reading.fresh),
        today=now,
        routes={one.name: RouteNow(one.documents, one.system_as_documents, one.mode) for one in routes},
        verifier=settings.verifier,
        provider=settings.provider(),
        calibration=settings.calibration,
        embedding_cache=settings.embedding_cache,
        risks={item.document.id: item.document.risk for item in reading.documents},
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
def opened_bench(settings: Settings, now: datetime) -> Iterator[Bench]:
    """What judges in this process."""
    from proxy.grounding.types import VerifierError
    from proxy.recovery.recall.bench import Bench

    try:
        bench = Bench(plan_of(settings, now))
        try:
            yield bench
        finally:
            bench.close()
    except VerifierError as error:
        raise CommandError(str(error)) from None
