"""``cxai corpus coverage``: what customers asked that no document answers."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from proxy.commands.corpus import corpus
from proxy.commands.options import (
    CommandError,
    ConfigOption,
    CorpusOption,
    DatabaseOption,
    JsonOption,
    LimitOption,
    SinceOption,
    TenantOption,
    existing_ledger,
    load,
    moment,
)
from proxy.commands.output import print_json_lines, print_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from proxy.authoring.coverage.gaps import Coverage, Gap
    from proxy.ledger.records import DecisionRecord
    from proxy.settings import Settings


@corpus.command("coverage")
def coverage(
    since: SinceOption = "30d",
    limit: LimitOption = 5000,
    least: Annotated[
        int, typer.Option("--least", min=1, help="How many must have asked alike for it to be shown.")
    ] = 2,
    near: Annotated[
        bool, typer.Option("--near", help="Show also what a passage comes near to, but does not bear out.")
    ] = False,
    tenant: TenantOption = None,
    as_json: JsonOption = False,
    corpus: CorpusOption = None,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Show what customers asked that no document answers.

    The worst first: an answer counts 1 where it was delivered, 2 where it was rewritten, 3 where it was handed over or
    refused. At most the newest `--limit` answers are looked at.
    """
    settings = load(config, corpus=corpus, database_url=database_url).settings
    with existing_ledger(settings) as ledger:
        records = ledger.answers(since=moment(since), tenant=tenant, limit=limit)
    found = _coverage(settings.of_tenant(tenant) if tenant else settings, records, least)
    gaps = [gap for gap in found.gaps if near or not gap.near]
    if as_json:
        print_json_lines([*map(_json_row, gaps), {**asdict(replace(found, gaps=())), "gaps": len(gaps)}])
        return
    columns = ("asked", "handed over", "of all", "for example", "nearest document", "how near")
    empty = f"Nothing that {least} or more asked is without an answer in the documents. {_summary(found)}"
    print_table(columns, [_row(gap) for gap in gaps], empty=empty, title=_summary(found))


def _coverage(settings: Settings, records: Sequence[DecisionRecord], least: int) -> Coverage:
    from proxy.authoring.coverage.gaps import coverage_of
    from proxy.corpus.corpus import build_corpus
    from proxy.corpus.problems import CorpusError
    from proxy.models.embedder import Embedder

    embedder = Embedder.load()
    try:
        documents = build_corpus(settings.corpus, embedder, cache=settings.embedding_cache)
    except CorpusError as error:
        raise CommandError(str(error)) from None
    return coverage_of(records, documents, embedder, datetime.now(UTC), least)


def _json_row(gap: Gap) -> dict[str, object]:
    return {**asdict(gap), "near": gap.near}


def _row(gap: Gap) -> tuple[object, ...]:
    place = " › ".join(part for part in (gap.document, gap.section) if part)
    return gap.asked, gap.handed_over, f"{gap.share:.1%}", gap.question, place, gap.nearness


def _summary(found: Coverage) -> str:
    textless = f", {found.textless} without their question" if found.textless else ""
    return (
        f"{found.read} answers looked at{textless}; {found.to_policy} had policy in them, "
        f"{found.missed} of these none that a document speaks of"
    )
