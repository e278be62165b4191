"""``cxai recall draft``, ``corrections``, ``approve`` and what else becomes of what customers are told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.commands.options import (
    CommandError,
    ConfigOption,
    CorpusOption,
    DatabaseOption,
    JsonOption,
    PoliciesOption,
    check_tenant,
    existing_ledger,
    existing_writable_ledger,
    load,
    whoever_runs_this,
)
from proxy.commands.output import counted, print_json_lines, print_table
from proxy.commands.recall import FIND_AGAIN, ActorOption, OneTenantOption, RefArgument, recall
from proxy.commands.recall_plan import opened_bench
from proxy.commands.signed_in import signed_in

if TYPE_CHECKING:
    from proxy.ledger.ledger import Ledger
    from proxy.ledger.recall.records import Correction, Recall
    from proxy.settings import Settings

NumberArgument = Annotated[int, typer.Argument(metavar="NUMBER", help="The correction.")]


@recall.command("draft")
def draft(
    ref: RefArgument,
    tenant: OneTenantOption = "default",
    as_json: JsonOption = False,
    corpus: CorpusOption = None,
    policies: PoliciesOption = None,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Draft what each customer of a recall is to be told, in the policy's own words.

    A customer gets one message about a recall, whatever was told and however often. Nothing is sent before it was
    approved as the setting recall.approve says.
    """
    settings = load(config, corpus=corpus, policies=policies, database_url=database_url).settings
    check_tenant(settings, tenant)
    with existing_writable_ledger(settings) as ledger:
        begun = ledger.recalls.get(ref, tenant=tenant)
        _check_ended(begun)
        unreachable, sent = drafted(ledger, settings, begun, datetime.now(UTC))
        found = ledger.corrections.of(tenant, ref=ref)
    _show(found, as_json)
    if as_json:
        return
    if sent:
        print(
            f"{counted(len(sent), 'correction')} sent by {settings.recall.send_by}: nobody has to approve them."
        )
    if unreachable:
        print(f"{counted(unreachable, 'answer')} went to customers whom nobody knows: they cannot be told.")


@recall.command("corrections")
def corrections(
    ref: Annotated[str | None, typer.Argument(metavar="[RC-…]", help="Only this recall's.")] = None,
    state: Annotated[
        str | None,
        typer.Option("--state", help="Only these: draft, approved, sent, doubtful, failed, dismissed."),
    ] = None,
    tenant: OneTenantOption = "default",
    as_json: JsonOption = False,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """List what customers are to be told, or were."""
    settings = load(config, database_url=database_url).settings
    check_tenant(settings, tenant)
    with existing_ledger(settings) as ledger:
        _show(ledger.corrections.of(tenant, ref=ref, state=state), as_json)


@recall.command("rewrite")
def rewrite(
    number: NumberArgument,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What the customer is to be told.")],
    actor: ActorOption = None,
    tenant: OneTenantOption = "default",
    as_json: JsonOption = False,
    corpus: CorpusOption = None,
    policies: PoliciesOption = None,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Write a draft anew. What it states is held against today's documents, as any answer is."""
    from proxy.recovery.recall.drafting import findings_of, problem_of

    settings = load(config, corpus=corpus, policies=policies, database_url=database_url).settings
    check_tenant(settings, tenant)
    with existing_writable_ledger(settings) as ledger:
        one = _one(ledger, tenant, number)
        with opened_bench(ledger, settings.of_tenant(tenant), datetime.now(UTC)) as bench:
            problem = problem_of(text, *findings_of(ledger, one), bench.rechecker)
        ledger.corrections.rewrite(
            number, text, verified=problem is None, problem=problem, actor=actor or whoever_runs_this()
        )
        _show([_one(ledger, tenant, number)], as_json)


@recall.command("approve")
def approve(
    numbers: Annotated[
        list[int] | None, typer.Argument(metavar="[NUMBER]...", help="The corrections.")
    ] = None,
    every: Annotated[
        str | None, typer.Option("--all", metavar="RC-…", help="All sound drafts of this recall.")
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            "--by",
            help="How they are sent: next_turn, mail, or the name of a webhook of the settings. By default as the "
            "setting recall.send_by says.",
        ),
    ] = None,
    email: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="EMAIL",
            help="Who approves, as they sign in to the console; their password is asked for, or read from stdin. "
            "Needed where the setting recall.approve is two.",
        ),
    ] = None,
    tenant: OneTenantOption = "default",
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Let corrections be sent: by webhook, by e-mail, or at each customer's next turn.

    Where the setting recall.approve is two, they wait for another person's approval. Each is somebody who may sign in
    to the console, so that nobody counts twice.
    """
    from proxy.recovery.recall.approving import approve_all, drafts_of

    settings = load(config, database_url=database_url).settings
    check_tenant(settings, tenant)
    by, needed = by or settings.recall.send_by, settings.recall.approvals_needed
    check_way(settings, by, tenant)
    now = datetime.now(UTC)
    with existing_writable_ledger(settings) as ledger:
        actor = _approver(ledger, email, tenant, needed)
        approved = sent = 0
        if every:
            begun = ledger.recalls.get(every, tenant=tenant)
            found = approve_all(ledger, drafts_of(ledger, tenant, begun.ref), by, actor, now, needed)
            approved, sent = len(found), sum(found.values())
        for number in numbers or ():
            sent += ledger.corrections.approve(_one(ledger, tenant, number), by, actor, now, needed)
            approved += 1
    if waiting := approved - sent:
        print(f"{counted(waiting, 'correction')} approved by {actor}; another person has to approve, too.")
    if sent or not approved:
        print(f"{counted(sent, 'correction')} approved, to be sent by {by}.")


@recall.command("withdraw")
def withdraw(
    number: NumberArgument,
    tenant: OneTenantOption = "default",
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Take the approval of a correction back before it has left: it is a draft again."""
    with _opened(number, tenant, config, database_url) as (ledger, _):
        ledger.corrections.withdraw(number, whoever_runs_this(), datetime.now(UTC))
    print(f"Correction {number} is a draft again.")


@recall.command("dismiss")
def dismiss(
    number: NumberArgument,
    tenant: OneTenantOption = "default",
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Decide that this customer is told nothing."""
    with _opened(number, tenant, config, database_url) as (ledger, _):
        ledger.corrections.dismiss(number, whoever_runs_this())
    print(f"Correction {number} is not sent.")


@recall.command("resolve")
def resolve_doubt(
    number: NumberArgument,
    sent: Annotated[bool, typer.Option("--sent/--not-sent", help="Whether the mail left.")],
    tenant: OneTenantOption = "default",
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Say what became of a mail whose fate is in doubt; one that did not leave is sent now."""
    from proxy.ledger.recall.corrected import resolve

    by, now = whoever_runs_this(), datetime.now(UTC)
    with _opened(number, tenant, config, database_url) as (ledger, one):
        tables = ledger.corrections, ledger.recalls, ledger.failures
        resolve(*tables, one, sent=sent, actor=by, now=now)
    print(f"Correction {number} {'was sent' if sent else 'is sent now'}.")


@recall.command("contain")
def contain(
    ref: RefArgument,
    because: Annotated[
        str,
        typer.Option("--because", help="What keeps it from more customers: a rule, or the corpus version."),
    ],
    tenant: OneTenantOption = "default",
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Note that a recall's failures hit no more customers: the corpus or a rule was put right."""
    from proxy.ledger.recall.corrected import note_contained

    settings = load(config, database_url=database_url).settings
    with existing_writable_ledger(settings) as ledger:
        one = ledger.recalls.get(ref, tenant=tenant)
        noted = note_contained(
            ledger.recalls, ledger.failures, one, because, whoever_runs_this(), datetime.now(UTC)
        )
    print(f"{counted(noted, 'failure')} contained.")


def _approver(ledger: Ledger, email: str | None, tenant: str, needed: int) -> str:
    """Who approves. Under two names, the console's and the system's, one person would be two. Raises CommandError."""
    from proxy.access.people.roles import APPROVERS

    if email is not None:
        return signed_in(ledger, email, tenant, *APPROVERS).email
    if needed > 1:
        raise CommandError(
            "recall.approve is two: say who approves with --as EMAIL, as they sign in to the console, or approve there"
        )
    return whoever_runs_this()


def _check_ended(recall: Recall) -> None:
    """Who has a draft keeps it: what is found of them later would not stand in it. Raises CommandError."""
    from proxy.ledger.recall.records import RecallState

    if recall.state == RecallState.RUNNING:
        goes_on = f"go on with it: cxai recall check --resume {recall.ref}"
        way = goes_on if recall.resumable else f"find it again: {FIND_AGAIN}"
        raise CommandError(f"{recall.ref} has not ended, and nothing of it is drafted before; {way}")


def check_way(settings: Settings, by: str, tenant: str, option: str = "--by") -> None:
    """Raises CommandError for a way that would lead nowhere."""
    from proxy.wire.notify.ways import Ways

    problem = Ways(settings.notify, settings.recall).problem(by, tenant)
    if problem is not None:
        raise CommandError(f"{option} {by}: {problem}")


def drafted(ledger: Ledger, settings: Settings, recall: Recall, now: datetime) -> tuple[int, tuple[int, ...]]:
    """Draft what a recall's customers are told; those that nobody has to approve are sent. Raises LedgerError.

    How many answers went to customers whom nobody knows, and the numbers of what is sent.
    """
    from proxy.recovery.recall.approving import approve_by_setting
    from proxy.recovery.recall.drafting import draft_all

    if not settings.recall.approvals_needed:
        check_way(settings, settings.recall.send_by, recall.tenant, "recall.send_by:")
    with opened_bench(ledger, settings.of_tenant(recall.tenant), now) as bench:
        drafts = draft_all(ledger, recall, bench.rechecker)
    ledger.corrections.draft(drafts.drafts)
    return drafts.unreachable, approve_by_setting(ledger, settings.recall, recall.tenant, recall.ref, now)


@contextmanager
def _opened(
    number: int, tenant: str, config: Path | None, database_url: str | None
) -> Iterator[tuple[Ledger, Correction]]:
    """The ledger of the settings, to be written to, and the correction of this number."""
    with existing_writable_ledger(load(config, database_url=database_url).settings) as ledger:
        yield ledger, _one(ledger, tenant, number)


def _one(ledger: Ledger, tenant: str, number: int) -> Correction:
    found = ledger.corrections.of(tenant, ids=[number])
    if not found:
        raise CommandError(f"there is no correction {number}; `cxai recall corrections` lists them")
    return found[0]


def _show(found: Sequence[Correction], as_json: bool) -> None:
    if as_json:
        print_json_lines(map(asdict, found))
        return
    columns = ("number", "recall", "customer", "state", "by", "text", "problem", "approved by")
    print_table(columns, [_row(one) for one in found], empty="No corrections.")


def _row(one: Correction) -> tuple[Any, ...]:
    return (
        one.id,
        one.ref,
        one.customer_id,
        one.state,
        one.target,
        one.text,
        one.problem,
        ", ".join(one.approved_by) or one.actor,
    )
