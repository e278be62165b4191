"""What went wrong for customers: ``cxai failures list``, ``show``, ``find`` and ``tell``."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.commands.document_risks import risks_of
from proxy.commands.options import (
    CommandError,
    ConfigOption,
    CorpusOption,
    DatabaseOption,
    JsonOption,
    LimitOption,
    SinceOption,
    check_tenant,
    existing_ledger,
    load,
    moment,
)
from proxy.commands.output import print_json_lines, print_table
from proxy.commands.traced_ledger import traced_ledger
from proxy.ledger.failures.records import Kind, Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxy.ledger.failures.records import FailureEvent, FailureFile, FailureState

failures = typer.Typer(
    no_args_is_help=True, help="What went wrong for customers, and what was done about it."
)

OneTenantOption = Annotated[str, typer.Option("--tenant", help="Whose failures.")]
FailureArgument = Annotated[str, typer.Argument(metavar="FL-…", help="The failure's reference.")]


@failures.command("list")
def list_failures(
    since: SinceOption = None,
    kind: Annotated[Kind | None, typer.Option(help="Only of this kind.")] = None,
    status: Annotated[Status | None, typer.Option(help="Only those that stand so.")] = None,
    is_open: Annotated[bool, typer.Option("--open", help="Only those whose customers wait.")] = False,
    customer: Annotated[str | None, typer.Option(metavar="ID", help="Only this customer's.")] = None,
    tenant: OneTenantOption = "default",
    limit: LimitOption = 100,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """List failures, those that reached a customer last first.

    What is only proposed, or was dismissed, counts nowhere. For example: cxai failures list --open --since 7d
    """
    from proxy.ledger.failures.filters import FailureFilter

    settings = load(config, database_url=database_url).settings
    check_tenant(settings, tenant)
    which = FailureFilter(
        tenant,
        since=moment(since),
        kind=kind,
        status=status,
        is_open=True if is_open else None,
        customer_id=customer,
    )
    with existing_ledger(settings) as ledger:
        found = ledger.failures.states(which, limit=limit)
    if as_json:
        print_json_lines(map(asdict, found))
        return
    columns = (
        "failure",
        "reached the customer (UTC)",
        "kind",
        "severity",
        "status",
        "found by",
        "customer",
        "at stake",
        "cause",
    )
    print_table(columns, [_row(one) for one in found], empty="No such failures.")


def _row(one: FailureState) -> tuple[Any, ...]:
    status = f"{one.status} ({one.restored_how})" if one.status == Status.RESTORED else one.status
    return (
        one.failure_id,
        one.occurred_at,
        one.kind,
        one.severity,
        f"{status}, clocks disagree" if one.doubtful else status,
        one.detected_by,
        one.customer_id,
        " ".join(str(part) for part in (one.amount, one.currency) if part is not None),
        one.cause,
    )


@failures.command("show")
def show(
    failure: FailureArgument,
    known_by: Annotated[
        str | None, typer.Option("--known-by", metavar="WHEN", help="As it was known then: 7d, or a date.")
    ] = None,
    tenant: OneTenantOption = "default",
    as_json: JsonOption = False,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Show one failure with all that happened to it.

    That is: when, when it was known, who says so, and on what evidence.
    """
    settings = load(config, database_url=database_url).settings
    check_tenant(settings, tenant)
    with existing_ledger(settings) as ledger:
        found = ledger.failures.file(failure.strip().upper(), tenant=tenant, known_by=moment(known_by))
    if found is None:
        raise CommandError(f"there is no failure {failure}; `cxai failures list` lists them")
    if as_json:
        print_json_lines([as_told(found)])
        return
    for name, value in _about(found):
        if value is not None:
            print(f"{name:<22} {_printable(value)}")
    print()
    columns = ("happened (UTC)", "known (UTC)", "step", "by", "found by", "evidence", "note")
    print_table(columns, [_event_row(one) for one in found.events], empty="Nothing was told of it.")
    if found.retracted:
        print_table(
            columns,
            [_event_row(one) for one in found.retracted],
            empty="",
            title="Not so, as was told since:",
        )


def as_told(found: FailureFile) -> dict[str, Any]:
    """A failure with all its events, as JSON has it."""
    return {
        "id": found.id,
        **asdict(found.failure),
        "known_at": found.known_at,
        "state": asdict(found.state),
        "events": [asdict(event) for event in found.events],
        "retracted": [asdict(event) for event in found.retracted],
    }


def _about(found: FailureFile) -> Iterator[tuple[str, Any]]:
    failure, state = found.failure, found.state
    yield "failure", f"{found.id}{' (simulated)' if failure.simulated else ''}"
    yield "kind", failure.kind
    yield "status", f"{state.status}{'' if state.counted else ' (counts nowhere)'}"
    yield "severity, cause", f"{state.severity}, {state.cause}"
    yield "reached the customer", failure.occurred_at
    yield "customer", failure.customer_id
    yield "answer", failure.response_id
    yield "case", failure.case_ref
    yield "trace", failure.trace_id
    yield "incident", failure.incident
    yield "at stake", f"{state.amount:g} {state.currency or ''}".strip() if state.amount is not None else None
    yield "what was said", failure.text
    yield "clocks", "they disagree; its times tell nothing" if state.doubtful else None


def _printable(value: Any) -> str:
    text = f"{value:%Y-%m-%d %H:%M:%S} UTC" if isinstance(value, datetime) else str(value)
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _event_row(event: FailureEvent) -> tuple[Any, ...]:
    evidence = "\n".join(f"{name}: {value}" for name, value in event.data.items() if value not in (None, []))
    return event.at, event.known_at, event.step, event.actor, event.source, evidence, event.note


@failures.command("find")
def find_in_ledger(
    since: Annotated[str, typer.Option(metavar="WHEN", help="How far back (30m, 1h, 7d), or a date.")] = "7d",
    tenant: OneTenantOption = "default",
    as_json: JsonOption = False,
    corpus: CorpusOption = None,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Look for failures in what the ledger knows.

    The running proxy does so by itself, of what is new. What was found before stays one.
    For example, after the proxy was stopped for days: cxai failures find --since 7d
    """
    from proxy.models.embedder import Embedder
    from proxy.recovery.detecting.finding import find
    from proxy.recovery.detecting.look import Look, kept_since

    settings = load(config, corpus=corpus, database_url=database_url).settings
    check_tenant(settings, tenant)
    risks, now = risks_of(settings.of_tenant(tenant)), datetime.now(UTC)
    with traced_ledger(settings) as ledger:
        told = find(
            Look(
                ledger=ledger,
                since=moment(since) or now,
                now=now,
                kept_since=kept_since(settings.retention_days, now),
                embed=Embedder.load().embed,
                risk_of=lambda document: risks.get(document, "medium"),
                plan=settings.recovery,
                tenant=tenant,
            )
        )
    if as_json:
        print_json_lines([told])
        return
    rows = [(source.replace("_", " "), count) for source, count in told.items()]
    print_table(("looked for in", "new"), rows, empty="Nothing was looked for.")
