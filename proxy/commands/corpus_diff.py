"""``cxai corpus diff``: what changed in the documents, in words, and what rested on what was there before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from proxy.commands.changes_told import json_rows, print_changes, print_effects
from proxy.commands.corpus import corpus
from proxy.commands.options import (
    AsOfOption,
    CommandError,
    ConfigOption,
    CorpusOption,
    DatabaseOption,
    JsonOption,
    LimitOption,
    PoliciesOption,
    SinceOption,
    TenantOption,
    existing_ledger,
    ledger_exists,
    load,
    moment,
    policies_in,
    policy_date,
)
from proxy.commands.output import print_json_lines

if TYPE_CHECKING:
    from proxy.authoring.changes.diff import Change
    from proxy.authoring.changes.effects import Effects
    from proxy.authoring.changes.rejudging import Rejudging
    from proxy.corpus.folder import SourceReading
    from proxy.corpus.sources import Source
    from proxy.ledger.records import DecisionRecord
    from proxy.rules.policies import Policies
    from proxy.settings import Settings


@corpus.command("diff")
def diff(
    old: Annotated[
        str, typer.Argument(metavar="OLD", help="A folder, FOLDER@REVISION, or a git revision of the corpus.")
    ],
    new: Annotated[
        str | None, typer.Argument(metavar="NEW", help="The same; the corpus as it is where it is not given.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Show also statements that were only reworded.")
    ] = False,
    since: SinceOption = "30d",
    limit: LimitOption = 1000,
    judge: Annotated[
        int, typer.Option(min=0, help="How many recorded claims to judge again at most; 0 judges none.")
    ] = 200,
    as_of: AsOfOption = None,
    tenant: TenantOption = None,
    as_json: JsonOption = False,
    corpus: CorpusOption = None,
    policies: PoliciesOption = None,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Say in words what changed, and what rests on it.

    For example: cxai corpus diff main. Recorded answers, test cases and rules that rest on what changed are looked for.
    Exits with 0 where nothing of substance changed, with 1 where something did.
    """
    from proxy.authoring.changes.diff import corpus_changes
    from proxy.models.embedder import Embedder
    from proxy.models.entailment import EntailmentModel

    settings = load(config, corpus=corpus, policies=policies, database_url=database_url).settings
    settings = settings.of_tenant(tenant) if tenant else settings
    states = _read(old, settings), _read(new or str(settings.corpus), settings)
    before, after = (state.documents for state in states)
    changes = corpus_changes(before, after, Embedder.load(), EntailmentModel.load().judge)
    of_substance = any(change.of_substance for change in changes)
    records = _records(settings, moment(since), tenant, limit) if of_substance else None
    work = partial(_rejudging, settings, states, changes, policy_date(as_of))
    effects = _effects(settings, changes, records or (), work, judge) if of_substance else None
    shown = [change for change in changes if every or change.kind.value != "reworded"]
    if as_json:
        print_json_lines(json_rows(shown, changes, effects))
    else:
        print_changes(f"{old} → {new or settings.corpus}", shown, changes)
        if effects is not None:
            print_effects(effects, since=moment(since), has_ledger=records is not None)
    if of_substance:
        raise typer.Exit(1)


def _read(spec: str, settings: Settings) -> SourceReading:
    """The documents that ``spec`` names; broken files are said on stderr."""
    from proxy.corpus.folder import read_source
    from proxy.corpus.problems import CorpusError

    try:
        reading = read_source(_source(spec, settings))
    except CorpusError as error:
        raise CommandError(f"{error}; write a folder, FOLDER@REVISION, or a git revision") from None
    for problem in reading.problems:
        typer.echo(f"cxai: {problem}", err=True)
    return reading


def _source(spec: str, settings: Settings) -> Source:
    """A folder where there is one of that name, else a revision of the corpus folder."""
    from proxy.corpus.sources import GitSource, open_source

    if Path(spec).is_dir() or "@" in spec:
        return open_source(spec)
    configured = open_source(settings.corpus)
    folder = configured.folder if isinstance(configured, GitSource) else Path(settings.corpus)
    return GitSource(folder, spec)


def _records(
    settings: Settings, since: datetime | None, tenant: str | None, limit: int
) -> Sequence[DecisionRecord] | None:
    """The newest answers; None where there is no ledger yet, as where documents are reviewed before they are used."""
    if not ledger_exists(settings):
        return None
    with existing_ledger(settings) as ledger:
        return ledger.answers(since=since, tenant=tenant, limit=limit)


def _effects(
    settings: Settings,
    changes: Sequence[Change],
    records: Sequence[DecisionRecord],
    rejudging: Callable[[Policies], Rejudging],
    most_judged: int,
) -> Effects:
    from proxy.authoring.cases.reading import read_cases
    from proxy.authoring.changes.effects import effects_of
    from proxy.grounding.types import VerifierError
    from proxy.rules.problems import PoliciesError

    policies = policies_in(settings)
    try:
        cases = read_cases(settings.policies) if settings.policies else ()
        return effects_of(changes, records, cases, policies, lambda: rejudging(policies), most_judged)
    except (PoliciesError, VerifierError) as error:
        raise CommandError(str(error)) from None


def _rejudging(
    settings: Settings,
    states: tuple[SourceReading, SourceReading],
    changes: Sequence[Change],
    as_of: datetime | None,
    policies: Policies,
) -> Rejudging:
    """Both states of the documents, indexed, and the verifier. A diff asks no judge model: that may cost money."""
    from proxy.authoring.changes.rejudging import Rejudging, date_of_change
    from proxy.corpus.corpus import Corpus
    from proxy.corpus.embeddings import EmbeddingStore
    from proxy.models.embedder import Embedder
    from proxy.telemetry.metrics import Metrics
    from proxy.verifiers.parts import Parts
    from proxy.verifiers.registry import open_verifier

    embedder = Embedder.load()
    store = EmbeddingStore(settings.embedding_cache, embedder) if settings.embedding_cache else None
    before, after = (Corpus(state.documents, embedder, store=store) for state in states)
    parts = Parts(embedder.embed, settings.provider(), ExitStack(), Metrics(), None)
    return Rejudging(
        old=before,
        new=after,
        verifier=open_verifier(settings.verifier, None, parts),
        new_date=as_of or date_of_change(changes, after.documents, datetime.now(UTC)),
        policies=policies,
    )
