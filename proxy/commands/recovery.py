"""Recovery, from the command line: ``cxai recovery measures``, ``lead`` and ``scorecard``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.commands.options import (
    CommandError,
    ConfigOption,
    DatabaseOption,
    JsonOption,
    PoliciesOption,
    check_tenant,
    existing_ledger,
    load,
    moment,
    policies_in,
    require_extra,
)
from proxy.commands.output import print_json_lines, print_table

if TYPE_CHECKING:
    from proxy.ledger.ledger import Ledger
    from proxy.recovery.measures.figure import Figure
    from proxy.recovery.measures.period import Period
    from proxy.recovery.measures.scorecard import Scorecard
    from proxy.settings import Settings

recovery = typer.Typer(no_args_is_help=True, help="How soon failures are found and customers well again.")

EXTRA = ("statsmodels.duration.survfunc",)
SIMULATED = "SIMULATED: some of it did not happen to anybody.\n"
DaysOption = Annotated[int, typer.Option("--days", min=1, max=3660, help="Of so many days (UTC), today too.")]
OneTenantOption = Annotated[str, typer.Option("--tenant", help="Whose failures.")]
KnownByOption = Annotated[
    str | None,
    typer.Option(
        "--known-by", metavar="WHEN", help="As the ledger knew it then (1d, or a date); now by default."
    ),
]


@recovery.command("measures")
def measures(
    days: DaysOption = 30,
    known_by: KnownByOption = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="What each measure is, and its formula.")
    ] = False,
    tenant: OneTenantOption = "default",
    as_json: JsonOption = False,
    policies: PoliciesOption = None,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Show the measures of recovery, each with its n and its 95% interval; docs/recovery.md explains them."""
    if explain:
        _explain(as_json)
        return
    require_extra("recovery", "the measures of recovery need", EXTRA)
    settings = load(config, policies=policies, database_url=database_url).settings
    check_tenant(settings, tenant)
    with existing_ledger(settings) as ledger:
        period = _period(ledger, settings, tenant, days, moment(known_by))
        figures = list(_figures(ledger, period, now=known_by is None))
    if as_json:
        print_json_lines(one.as_json() for one in figures)
        return
    if period.simulated:
        print(SIMULATED)
    rows = [(_title(one), one.text, one.method) for one in figures if one.n or one.value]
    print_table(("measure", "figure", "interval by"), rows, empty="No failure is known of this time.")


@recovery.command("lead")
def show_lead(
    days: DaysOption = 30,
    tenant: OneTenantOption = "default",
    as_json: JsonOption = False,
    policies: PoliciesOption = None,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Set the usual numbers beside what customers lived through: what the console's page Lead shows."""
    from proxy.recovery.measures.lead import lead

    require_extra("recovery", "the measures of recovery need", EXTRA)
    settings = load(config, policies=policies, database_url=database_url).settings
    check_tenant(settings, tenant)
    with existing_ledger(settings) as ledger:
        found = lead(ledger, _period(ledger, settings, tenant, days, None))
    if as_json:
        print_json_lines([found])
        return
    _print(found)


@recovery.command("scorecard")
def show_scorecard(
    days: DaysOption = 60,
    tenant: OneTenantOption = "default",
    as_json: JsonOption = False,
    policies: PoliciesOption = None,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Measure the chatbot and people by one standard, also for the same mix of channels, topics and difficulty."""
    from proxy.recovery.measures.period import whole_days

    settings = load(config, policies=policies, database_url=database_url).settings
    check_tenant(settings, tenant)
    now = datetime.now(UTC)
    with existing_ledger(settings) as ledger:
        found = scorecard_of(ledger, settings, tenant, whole_days(now, days), now)
    if as_json:
        print_json_lines([found.as_json()])
        return
    if found.simulated:
        print(SIMULATED)
    rows = [(one.measure, one.ai.text, one.human.text, one.text) for one in found.scores]
    print_table(("measure", "chatbot", "people", "people less chatbot, in the same mix"), rows, empty="")
    for one in found.waits:
        print(f"Time to answer, {one.of}: {one.text} (as it was, in no standard mix)")
    if found.too_young:
        print(f"{found.too_young:,} answers are too recent to say whether their customer comes back.")


def _period(ledger: Ledger, settings: Settings, tenant: str, days: int, known_by: datetime | None) -> Period:
    from proxy.commands.recovery_given import given
    from proxy.recovery.measures.period import read_period, whole_days

    options = policies_in(settings.of_tenant(tenant)).recovery
    now = datetime.now(UTC)
    since = whole_days(known_by or now, days)
    if known_by is not None and known_by > now:
        raise CommandError("--known-by: that is still to come; name a time that is past")
    told = given(ledger, tenant, since, known_by or now)
    quiet = settings.recovery.quiet
    return read_period(ledger, tenant, since, now, options, quiet, told, known_by=known_by)


def lead_of(
    ledger: Ledger, settings: Settings, tenant: str, since: datetime, until: datetime
) -> dict[str, Any]:
    """What ``cxai recovery lead`` tells of a period.

    Failures are as they are known now, reviews as they stood at its end.
    """
    require_extra("recovery", "the measures of recovery need", EXTRA)
    from proxy.commands.recovery_given import given
    from proxy.recovery.measures.lead import lead
    from proxy.recovery.measures.period import read_period

    options, told = policies_in(settings.of_tenant(tenant)).recovery, given(ledger, tenant, since, until)
    return lead(ledger, read_period(ledger, tenant, since, until, options, settings.recovery.quiet, told))


def scorecard_of(
    ledger: Ledger, settings: Settings, tenant: str, since: datetime, until: datetime
) -> Scorecard:
    """What ``cxai recovery scorecard`` tells, of what was answered in a period."""
    from proxy.commands.recovery_given import found_right
    from proxy.recovery.measures.scorecard import read_scorecard

    options = policies_in(settings.of_tenant(tenant)).recovery
    audited = found_right(ledger.reviews.reviews(tenant, since=since))
    return read_scorecard(ledger, tenant, since, until, audited, options, settings.recovery.quiet)


def _figures(ledger: Ledger, period: Period, *, now: bool) -> Iterator[Figure]:
    from proxy.recovery.measures.period import of_failures, of_the_ledger, of_this_time

    yield from of_failures(period)
    if now:
        yield from of_the_ledger(ledger, period)
        yield from of_this_time(ledger, period)


def _title(one: Figure) -> str:
    from proxy.recovery.measures.registry import MEASURES

    parts = [MEASURES[one.measure].title, one.of, {"p90": "90%"}.get(one.which, one.which)]
    return ", ".join(part for part in parts if part)


def _print(found: dict[str, Any]) -> None:
    if found["simulated"]:
        print(SIMULATED)
    for one in found["divergences"]:
        print(f"! {one['text']}")
        print(f"  {', '.join(one['failures'][:3])}{' ...' if one['count'] > 3 else ''}")
    titles = found["measures"]
    for name, title in (
        ("usual", "The usual numbers"),
        ("lived", "What customers lived through"),
        ("now", "Now"),
    ):
        told = [one for one in found[name] if one["of"] is None or name == "now"]
        rows = [
            (", ".join(filter(None, (titles[one["measure"]]["title"], one["of"], one["which"]))), one["text"])
            for one in told
        ]
        print_table(("measure", "figure"), rows, empty="Nothing.", title=title)
    print(found["without_guard"]["text"])
    print(found["by_hand"]["text"])


def _explain(as_json: bool) -> None:
    from dataclasses import asdict

    from proxy.recovery.measures.registry import MEASURES

    if as_json:
        print_json_lines(map(asdict, MEASURES.values()))
        return
    rows = [(one.title, one.words, one.formula, one.source) for one in MEASURES.values()]
    print_table(("measure", "what it is", "how it is worked out", "from"), rows, empty="")
