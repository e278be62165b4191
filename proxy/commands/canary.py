"""``cxai canary``: how long a candidate has to be tried, and where each stands; people stop and resume them."""

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


@canary.command("plan")
def plan(
    usual: Annotated[
        float, typer.Option(min=0, max=1, help="The share of conversations that go wrong today.")
    ],
    bad: Annotated[float, typer.Option(min=0, max=1, help="The share of a candidate that is to be found.")],
    share: Annotated[
        float, typer.Option(min=0.001, max=0.5, help="The share of customers it answers.")
    ] = 0.1,
    margin: Annotated[float, typer.Option(min=0, max=1, help="How much worse the guard allows.")] = 0.02,
    tests: Annotated[
        int | None,
        typer.Option(
            min=1, help="Guards, times the routes with a share of their own; the usual guards by default."
        ),
    ] = None,
    longest: Annotated[int, typer.Option(min=100, max=20_000, help="After how many one gives up.")] = 5_000,
    as_json: JsonOption = False,
) -> None:
    """Say after how many conversations a bad candidate is found, by playing canaries through; no ledger is read.

    For example: cxai canary plan --usual 0.02 --bad 0.08 --margin 0.01
    """
    if bad <= usual + margin:
        raise CommandError(
            f"--bad: {bad:g} is no more than --usual and --margin allow ({usual + margin:g}); the guard lets it pass"
        )
    from proxy.rehearsal.canary.evidence import FALSE_ALARM
    from proxy.rehearsal.canary.planning import plan as played
    from proxy.rules.candidate_options import Guards

    among = tests or len(Guards().margins())
    found = played(usual, bad, margin, share, longest=longest, false_alarm=FALSE_ALARM / among)
    if as_json:
        print_json_lines([asdict(found)])
        return
    enough, runs = found.conversations, found.found
    print(
        f"{longest:,} conversations of the candidate do not do" if enough is None
        else f"After {enough:,} conversations of the candidate a bad one is found",
        f"({runs.hits:,} of {runs.n:,} runs, at least {runs.low:.1%}).",
    )  # fmt: skip
    good = found.false_alarms
    print(
        f"One as good as what runs is rolled back in {good.hits:,} of {good.n:,} runs (at most {good.high:.1%})",
        f"within {longest:,} conversations.",
    )


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
