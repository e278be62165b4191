"""``cxai canary``: where candidates stand that answer some customers; stopped and resumed by people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from proxy.commands.options import (
    CommandError,
    ConfigOption,
    DatabaseOption,
    JsonOption,
    check_tenant,
    existing_ledger,
    existing_writable_ledger,
    load,
    whoever_runs_this,
)
from proxy.commands.output import print_json_lines, print_table

if TYPE_CHECKING:
    from proxy.ledger.rehearsal.canaries import Canary

canary = typer.Typer(no_args_is_help=True, help="Candidates that answer some customers.")

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The candidate's name.")]
ReasonOption = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, for the record.")]
OneTenantOption = Annotated[str, typer.Option("--tenant", help="Whose customers.")]


@canary.command("status")
def status(
    tenant: OneTenantOption = "default",
    as_json: JsonOption = False,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Show where each candidate stands, what was found of it, and what was decided about it."""
    settings = load(config, database_url=database_url).settings
    check_tenant(settings, tenant)
    with existing_ledger(settings) as ledger:
        listed = ledger.canaries.listed(tenant)
        events = {one.name: ledger.canaries.events(tenant, one.name) for one in listed}
    if as_json:
        print_json_lines({**asdict(one), "events": [asdict(e) for e in events[one.name]]} for one in listed)
        return
    rows = [(one.name, one.state, one.since, one.reason) for one in listed]
    print_table(
        ("candidate", "state", "since", "reason"), rows, empty="No candidate has answered customers yet."
    )
    for one in listed:
        for line in _found(one):
            print(f"{one.name}: {line}")
        for event in events[one.name]:
            why = f": {event.reason}" if event.reason else ""
            print(f"{one.name}: {event.at:%Y-%m-%d %H:%M:%S} {event.event} by {event.actor}{why}")


@canary.command("stop")
def stop(
    name: NameArgument,
    reason: ReasonOption,
    tenant: OneTenantOption = "default",
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Have nobody answered by the candidate any more; proxies heed it within seconds.

    For example: cxai canary stop smaller-model --reason "customers complain of its tone"
    """
    _told(name, tenant, config, database_url, reason, resumes=False)


@canary.command("resume")
def resume(
    name: NameArgument,
    reason: ReasonOption,
    tenant: OneTenantOption = "default",
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Let a candidate answer again that was stopped or rolled back; what was found of it before does not count.

    For example: cxai canary resume smaller-model --reason "the prompt is mended"
    """
    _told(name, tenant, config, database_url, reason, resumes=True)


def _told(
    name: str, tenant: str, config: Path | None, database_url: str | None, reason: str, *, resumes: bool
) -> None:
    from proxy.ledger.ledger import LedgerError

    settings = load(config, database_url=database_url).settings
    check_tenant(settings, tenant)
    with existing_writable_ledger(settings) as ledger:
        do = ledger.canaries.resume if resumes else ledger.canaries.stop
        try:
            stands = do(tenant, name, by=whoever_runs_this(), reason=reason, now=datetime.now(UTC))
        except LedgerError as error:
            raise CommandError(str(error)) from None
    print(f"{name}: {stands.state}: {stands.reason}")


def _found(one: Canary) -> Iterator[str]:
    from proxy.rehearsal.canary.weighing import read_evidence

    for test in read_evidence(one.evidence).values():
        yield test.reason
