"""``cxai report month``: what the console's page Lead shows, of one month, as an HTML file that needs nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

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
)
from proxy.commands.output import print_json_lines
from proxy.commands.records import report
from proxy.commands.recovery import OneTenantOption, lead_of, scorecard_of


@report.command("month")
def month(
    of: Annotated[
        str | None, typer.Option("--month", metavar="YYYY-MM", help="Which month (UTC); this one by default.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where the page goes; cxai-YYYY-MM.html by default.")
    ] = None,
    tenant: OneTenantOption = "default",
    as_json: JsonOption = False,
    policies: PoliciesOption = None,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Write a month's report, in one HTML file.

    It has the usual numbers beside what customers lived through, and the chatbot beside people. The file
    loads nothing from anywhere. It names failures by their references and no customer.
    """
    settings = load(config, policies=policies, database_url=database_url).settings
    check_tenant(settings, tenant)
    now = datetime.now(UTC)
    since, until = month_of(of, now)
    with existing_ledger(settings) as ledger:
        found = lead_of(ledger, settings, tenant, since, min(until, now))
        found["scorecard"] = scorecard_of(ledger, settings, tenant, since, min(until, now)).as_json()
    if as_json:
        print_json_lines([found])
        return
    place = out or Path(f"cxai-{since:%Y-%m}.html")
    _write(place, found, f"{since:%B %Y}", now)
    print(f"Written: {place}")


def month_of(written: str | None, now: datetime) -> tuple[datetime, datetime]:
    """The beginning of a month in UTC, and of the next one. Raises CommandError."""
    try:
        first = datetime.strptime(written, "%Y-%m").replace(tzinfo=UTC) if written else now
        since = first.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        following = (since.year + since.month // 12, since.month % 12 + 1)
        until = since.replace(year=following[0], month=following[1])
    except ValueError:
        raise CommandError(f'--month: "{written}" is no month; write it as 2026-03') from None
    if since > now:
        raise CommandError(f"--month: {since:%B %Y} has not begun yet")
    return since, until


def _write(place: Path, found: dict[str, Any], month: str, now: datetime) -> None:
    from proxy.console.lead.report import month_report

    try:
        place.write_text(month_report(found, f"Recovery in {month}", now), encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{place}: cannot be written: {error.strerror}") from None
