"""Failures told by people and other systems: ``cxai failures tell``, ``import`` and ``export``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.commands.failures import FailureArgument, OneTenantOption, as_told, failures
from proxy.commands.options import (
    CommandError,
    ConfigOption,
    DatabaseOption,
    SinceOption,
    check_tenant,
    existing_ledger,
    load,
    moment,
    whoever_runs_this,
)
from proxy.commands.output import counted, print_json_lines
from proxy.commands.traced_ledger import traced_ledger
from proxy.ledger.failures.records import (
    CONFIRMED,
    NO_REPEAT_CONTACT,
    Cause,
    FailureEvent,
    Severity,
    Source,
    Step,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proxy.ledger.ledger import Ledger


@failures.command("tell")
def tell(
    failure: FailureArgument,
    step: Annotated[Step, typer.Argument(help="What happened to it.")],
    at: Annotated[
        str | None, typer.Option(metavar="WHEN", help="When: 2h, or a time; now by default.")
    ] = None,
    note: Annotated[str | None, typer.Option(help="What people should know of it.")] = None,
    how: Annotated[
        str | None,
        typer.Option(help=f"Of restored: {CONFIRMED} or {NO_REPEAT_CONTACT}; of corrected: any words."),
    ] = None,
    source: Annotated[
        Source | None,
        typer.Option(
            help=f"Who found it, of detected and proposed; by default who proposed it, else {Source.AGENT.value}."
        ),
    ] = None,
    severity: Annotated[Severity | None, typer.Option(help="How bad it is.")] = None,
    cause: Annotated[Cause | None, typer.Option(help="What caused it.")] = None,
    amount: Annotated[float | None, typer.Option(min=0, help="The money at stake.")] = None,
    currency: Annotated[str | None, typer.Option(help="Its currency.")] = None,
    topic: Annotated[str | None, typer.Option(help="What it is about.")] = None,
    of: Annotated[str | None, typer.Option(metavar="FL-…", help="Of recurred: the earlier failure.")] = None,
    event: Annotated[
        str | None, typer.Option(metavar="KEY", help="Of retracted: the key of the event that was not so.")
    ] = None,
    tenant: OneTenantOption = "default",
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Tell what happened to a failure. Nothing that was told before is changed.

    For example: cxai failures tell FL-7K3F-92QD-X4MN corrected --at 2h --note "called her" --how told
    """
    from proxy.ledger.failures.telling import FailureStepRefused, UnknownFailure

    data = {
        "how": how, "severity": severity, "cause": cause, "amount": amount, "currency": currency, "topic": topic,
        "of": of, "event": event,
    }  # fmt: skip
    told = {name: value for name, value in data.items() if value is not None}
    _check(step, told)
    settings = load(config, database_url=database_url).settings
    check_tenant(settings, tenant)
    when = moment(at) or datetime.now(UTC)
    failure_id = failure.strip().upper()
    with traced_ledger(settings) as ledger:
        one = FailureEvent(
            key=f"by hand {step} {when.isoformat()}",
            step=step,
            at=when,
            actor=whoever_runs_this(),
            source=_found_by(ledger, failure_id, tenant, step, source),
            data=told,
            note=note,
        )
        try:
            state = ledger.failures.add(failure_id, one, tenant=tenant)
        except (UnknownFailure, FailureStepRefused) as error:
            raise CommandError(str(error)) from None
    print(f"{state.failure_id} is {state.status}{'' if state.counted else ', and counts nowhere'}.")


def _found_by(ledger: Ledger, failure_id: str, tenant: str, step: Step, source: Source | None) -> str | None:
    """Who found it, of the steps that say so; where it is not said, a failure that was proposed is the proposer's."""
    if step not in (Step.DETECTED, Step.PROPOSED):
        return None
    if source is not None:
        return source
    file = ledger.failures.file(failure_id, tenant=tenant) if step is Step.DETECTED else None
    return (file.proposed_by if file is not None else None) or Source.AGENT


def _check(step: Step, told: Mapping[str, Any]) -> None:
    """Raises CommandError where a step needs to say more."""
    if step is Step.RESTORED and told.get("how") not in (CONFIRMED, NO_REPEAT_CONTACT):
        raise CommandError(
            f"--how: say how its customer counts as restored: {CONFIRMED} (they said so), "
            f"or {NO_REPEAT_CONTACT}; the two are never mixed"
        )
    if step is Step.RECURRED and "of" not in told:
        raise CommandError("--of: name the earlier failure that this one repeats")
    if step is Step.RETRACTED and "event" not in told:
        raise CommandError(
            "--event: name the event that was not so, by its key (`cxai failures show --json`)"
        )


@failures.command("import")
def import_table(
    table: Annotated[
        Path, typer.Argument(metavar="FILE.csv", help="The table; its first line names the columns.")
    ],
    mapping: Annotated[Path, typer.Option("--map", metavar="FILE.yaml", help="Which column is what.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be imported.")] = False,
    tenant: OneTenantOption = "default",
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Import failures from another system's table, whole or not at all.

    Each is imported once by its key. docs/recovery.md says what the mapping looks like.
    Imported again, it adds what has happened since.
    """
    from proxy.recovery.detecting.finding import tell as tell_all
    from proxy.recovery.detecting.imported import ImportRefused, read_map, read_table

    settings = load(config, database_url=database_url).settings
    check_tenant(settings, tenant)
    try:
        columns = read_map(_text_of(mapping), str(mapping))
        read = read_table(
            _text_of(table), str(table), columns, tenant, whoever_runs_this(), datetime.now(UTC)
        )
    except ImportRefused as error:
        raise CommandError(str(error)) from None
    if dry_run:
        print(f"{counted(len(read), 'failure')} would be imported; nothing was changed.")
        return
    with traced_ledger(settings) as ledger:
        new = tell_all(ledger, read, tenant=tenant)
    print(f"{counted(len(read), 'failure')} read, {new} with something new.")


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{file} cannot be read: {error}") from None


@failures.command("export")
def export(
    since: SinceOption = None,
    known_by: Annotated[
        str | None, typer.Option("--known-by", metavar="WHEN", help="As it was known then: 7d, or a date.")
    ] = None,
    tenant: OneTenantOption = "default",
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Print all failures with all their events, one JSON object a line."""
    settings = load(config, database_url=database_url).settings
    check_tenant(settings, tenant)
    with existing_ledger(settings) as ledger:
        found = ledger.failures.in_order(tenant, known_by=moment(known_by), since=moment(since))
        print_json_lines(map(as_told, found))
