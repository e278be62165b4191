"""``cxai rehearse report``: what production will show, what the pilot lacks, and go or no-go, as one HTML file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.commands.options import (
    CommandError,
    ConfigOption,
    DatabaseOption,
    JsonOption,
    PoliciesOption,
    load,
    policies_in,
    require_extra,
)
from proxy.commands.output import counted, print_json_lines
from proxy.commands.rehearsal_recovery import put_right
from proxy.commands.rehearse import rehearse
from proxy.commands.rehearse_compare import EXTRA

if TYPE_CHECKING:
    from proxy.rehearsal.report.report import Report
    from proxy.settings import Settings

SuiteArgument = Annotated[Path, typer.Argument(metavar="SUITE", help="The pilot, as it was rehearsed.")]
ResultsArgument = Annotated[
    Path, typer.Argument(metavar="RESULTS", help="What `cxai rehearse run` wrote of it.")
]
LiveOption = Annotated[
    Path, typer.Option("--live", metavar="SUITE", help="A suite that was recorded from live traffic.")
]
UnderOption = Annotated[
    Path | None,
    typer.Option("--under", metavar="RESULTS", help="The pilot's results with production's operators."),
]
RecoveryOption = Annotated[
    str | None,
    typer.Option(
        "--recovery", metavar="HITS/N|TIME", help="Failures put right in time: 45/50, or 30d of the ledger's."
    ),
]
OneTenantOption = Annotated[str, typer.Option("--tenant", help="Whose traffic.")]
ByOption = Annotated[
    str | None,
    typer.Option("--by", help="Parts by segment, topics, channel, jurisdiction or audience."),
]
AnswersOption = Annotated[
    int, typer.Option("--answers", min=1, help="Of how many answers of production is it predicted?")
]
SeedOption = Annotated[int, typer.Option(help="Another one makes other draws.")]


@rehearse.command("report")
def report_suite(
    suite: SuiteArgument,
    results: ResultsArgument,
    live: LiveOption,
    under: UnderOption = None,
    before: Annotated[
        Path | None,
        typer.Option("--before", metavar="RESULTS", help="Another version's results of the same pilot."),
    ] = None,
    came: Annotated[
        Path | None,
        typer.Option("--came", metavar="RESULTS", help="Results of the live suite itself, to compare with."),
    ] = None,
    recovery: RecoveryOption = None,
    by: ByOption = None,
    answers: AnswersOption = 1_000,
    seed: SeedOption = 0,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="The page; SUITE.report.html without it.")
    ] = None,
    as_json: JsonOption = False,
    tenant: OneTenantOption = "default",
    policies: PoliciesOption = None,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Write what production will show, what the pilot lacks, and go or no-go, in one HTML file.

    For example: cxai rehearse report pilot.jsonl pilot.results.jsonl --live live.jsonl
    """
    settings = load(config, policies=policies, database_url=database_url).settings
    given = {
        "recovery": put_right(recovery, settings, tenant),
        "under": under,
        "before": before,
        "came": came,
        "way": by,
        "n": answers,
        "seed": seed,
    }
    told = reported(settings, suite, results, live, given)
    if as_json:
        print_json_lines([told])
        return
    place = out or Path(f"{told['suite']}.report.html")
    _write(place, told)
    _print(told)
    print(f"Written: {place}")


def reported(
    settings: Settings, suite: Path, results: Path, live: Path, given: dict[str, Any]
) -> dict[str, Any]:
    """The report as JSON; ``given`` are further fields of ``Given``. Raises CommandError."""
    require_extra("rehearsal", "the report needs", EXTRA)
    from proxy.models.embedder import Embedder
    from proxy.rehearsal.replay.results import OtherRehearsal
    from proxy.rehearsal.report.report import Given, ReportError, report
    from proxy.rehearsal.report.segments import WAYS
    from proxy.rehearsal.report.told import as_json as told
    from proxy.rehearsal.suite.reading import SuiteError, open_suite

    if given.get("way") not in (None, *WAYS):
        raise CommandError(f'--by: parts are told apart by {", ".join(WAYS)}, not by "{given["way"]}"')
    criteria = policies_in(settings).launch
    try:
        found: Report = report(
            Given(open_suite(suite), results, open_suite(live), **given), criteria, Embedder.load()
        )
    except (SuiteError, ReportError, OtherRehearsal) as error:
        raise CommandError(str(error)) from None
    except OSError as error:
        raise CommandError(f"{error.filename} cannot be read: {error.strerror}") from None
    return told(found)


def _write(place: Path, told: dict[str, Any]) -> None:
    from proxy.console.rehearsal.report import rehearsal_report

    try:
        place.write_text(rehearsal_report(told, datetime.now(UTC)), encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{place}: cannot be written: {error.strerror}") from None


def _print(told: dict[str, Any]) -> None:
    for one in told["predicted"]:
        pilot, last = one["pilot"], one["steps"][-1]
        if not pilot["n"]:
            continue
        print(
            f"{one['words']}: {pilot['share']:.1%} in the pilot ({pilot['hits']} of {pilot['n']}); "
            f"predicted {last['words']}: {last['value']:.1%} ({last['low']:.1%} to {last['high']:.1%})"
            + (f"; came: {one['came']['share']:.1%}" if one["came"] and one["came"]["n"] else "")
        )
    print(f"{counted(len(told['gaps']), 'gap')} between the suite and live traffic")
    for one in told["decisions"]:
        print(f"{one['segment']}: {one['launch']}")
