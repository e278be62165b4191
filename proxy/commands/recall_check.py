"""``cxai recall check``: past answers against the text of then and today's, as a job that goes on where it was left."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from proxy.commands.jobs import pool_of, tell_progress
from proxy.commands.options import (
    CommandError,
    ConfigOption,
    CorpusOption,
    DatabaseOption,
    JsonOption,
    PoliciesOption,
    SinceOption,
    check_tenant,
    existing_writable_ledger,
    load,
    moment,
    whoever_runs_this,
)
from proxy.commands.output import counted, print_json_lines
from proxy.commands.recall import FIND_AGAIN, ActorOption, OneTenantOption, in_words, recall
from proxy.commands.recall_corrections import drafted
from proxy.commands.recall_plan import plan_of

if TYPE_CHECKING:
    from proxy.ledger.ledger import Ledger
    from proxy.ledger.recall.records import Recall
    from proxy.recovery.recall.bench import Plan
    from proxy.recovery.recall.job import Progress, RecallPool
    from proxy.settings import Settings

ASKED = "somebody asked"
FEW = 50  # answers up to which no further process is started


@recall.command("check")
def check(
    corpus_changed: Annotated[
        bool,
        typer.Option("--corpus-changed", help="All answers given by other documents than today's."),
    ] = False,
    document: Annotated[
        str | None, typer.Option("--document", metavar="ID", help="Answers that rest on this document.")
    ] = None,
    since: SinceOption = None,
    until: Annotated[str | None, typer.Option(metavar="WHEN", help="Only before this time.")] = None,
    resume: Annotated[
        str | None, typer.Option("--resume", metavar="RC-…", help="Go on with a recall that was left.")
    ] = None,
    propose: Annotated[
        bool, typer.Option("--propose", help="Propose failures; a person decides which of them count.")
    ] = False,
    automatic: Annotated[bool, typer.Option("--automatic", hidden=True)] = False,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="Processes; by default one for each core.")
    ] = None,
    ray: Annotated[
        str | None, typer.Option("--ray", metavar="ADDRESS", help="Judge over the machines of a Ray cluster.")
    ] = None,
    actor: ActorOption = None,
    tenant: OneTenantOption = "default",
    as_json: JsonOption = False,
    corpus: CorpusOption = None,
    policies: PoliciesOption = None,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Hold past answers against the text in force when each was given, and against today's.

    For example: cxai recall check --document airline/bereavement-fares --since 90d

    What was wrong then becomes a failure. Exits with 0 where everything still holds, with 1 where something does not.
    """
    from proxy.ledger.errors import LedgerError
    from proxy.recovery.recall.automatic import CORPUS_CHANGED, begun_by_change
    from proxy.recovery.recall.telling import DETECTED, PROPOSED

    settings = load(config, corpus=corpus, policies=policies, database_url=database_url).settings
    check_tenant(settings, tenant)
    if not (corpus_changed or document or since or resume or automatic):
        raise CommandError(
            "say which answers: --corpus-changed, --document ID, --since WHEN, or --resume RC-… for one that was left"
        )
    now = datetime.now(UTC)
    with existing_writable_ledger(settings) as ledger:
        plan = plan_of(ledger, settings.of_tenant(tenant), now)
        try:
            if automatic:
                begun = begun_by_change(ledger, plan, tenant, PROPOSED if propose else DETECTED, now)
                if begun is None:
                    return
            elif resume:
                begun = _left(ledger, resume, tenant)
            else:
                because = CORPUS_CHANGED if corpus_changed else f"document {document}" if document else ASKED
                by = actor or whoever_runs_this()
                begun = _begun(ledger, plan, (since, until, document), tenant, because, by, propose, now)
            drafting = partial(_draft_what_was_found, ledger, settings, now) if automatic else None
            done = _run(ledger, begun, plan, _pool(plan, begun, workers, ray), drafting)
        except LedgerError as error:
            raise CommandError(str(error)) from None
    if as_json:
        print_json_lines([{"ref": done.ref, "state": done.state, "answers": done.done, **done.counts}])
    else:
        print(in_words(done))
        print(f"What was found: cxai recall show {done.ref}")
    if _found_something(done):
        raise typer.Exit(1)


def _found_something(done: Recall) -> bool:
    return bool(done.counts.get("wrong_then", 0) or done.counts.get("changed_since", 0))


def _left(ledger: Ledger, ref: str, tenant: str) -> Recall:
    one = ledger.recalls.get(ref, tenant=tenant)
    if not one.resumable:
        raise CommandError(
            f"{ref} was opened by what was said, and cannot be gone on with; find it again: {FIND_AGAIN}"
        )
    return one


def _begun(
    ledger: Ledger,
    plan: Plan,
    which: tuple[str | None, str | None, str | None],
    tenant: str,
    because: str,
    actor: str,
    propose: bool,
    now: datetime,
) -> Recall:
    from proxy.ledger.recall.recalls import Which
    from proxy.recovery.recall.automatic import CORPUS_CHANGED
    from proxy.recovery.recall.job import begin
    from proxy.recovery.recall.telling import DETECTED, PROPOSED

    since, until, document = which
    found_as = PROPOSED if propose else DETECTED
    versions = ledger.recalls.changed_versions(tenant, plan.hashes) if because == CORPUS_CHANGED else None
    answers = Which(tenant, moment(since), moment(until), document, versions)
    return begin(ledger, answers, plan, actor=actor, now=now, because=because, found_as=found_as)


def _draft_what_was_found(ledger: Ledger, settings: Settings, now: datetime, one: Recall) -> None:
    if _found_something(one):
        drafted(ledger, settings, one, now)


def _run(
    ledger: Ledger, begun: Recall, plan: Plan, pool: RecallPool, before_end: Callable[[Recall], None] | None
) -> Recall:
    from proxy.grounding.types import VerifierError
    from proxy.recovery.recall.job import DocumentsChanged, run

    left = counted(begun.total - begun.done, "answer")
    print(f"cxai: recall {begun.ref}: {left} to judge again", file=sys.stderr)
    stands = begun
    try:
        for progress in run(ledger, begun, plan, pool, before_end=before_end):
            stands = progress.recall
            _tell(progress)
    except (DocumentsChanged, VerifierError) as error:
        raise CommandError(str(error)) from None
    except KeyboardInterrupt:
        raise CommandError(
            f"left at {stands.done} of {counted(stands.total, 'answer')}; "
            f"go on with it: cxai recall check --resume {stands.ref}"
        ) from None
    return stands


def _pool(plan: Plan, begun: Recall, workers: int | None, ray: str | None) -> RecallPool:
    from proxy.recovery.recall.bench import Bench

    is_short = begun.total - begun.done <= FEW
    return pool_of(partial(Bench, plan), workers=workers, ray=ray, is_short=is_short)


def _tell(progress: Progress) -> None:
    one = progress.recall
    wrong, changed = one.counts.get("wrong_then", 0), one.counts.get("changed_since", 0)
    told = f"{one.done} of {counted(one.total, 'answer')}; {wrong} wrong then, {changed} changed since"
    tell_progress(told, progress.forecast, is_last=one.done >= one.total)
