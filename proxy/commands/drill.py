"""``cxai drill``: faults injected into a running proxy, what is promised of each, and what is seen."""

from __future__ import annotations

import sys
from typing import Annotated, Literal

import typer

from proxy.commands.options import CommandError
from proxy.commands.output import print_table

BROKEN_PROMISE = 1


def drill(
    output_format: Annotated[
        Literal["table", "markdown"], typer.Option("--format", help="A table, or the page docs/drill.md.")
    ] = "table",
) -> None:
    """Break things around a proxy and see if it keeps its promises.

    Starts proxies of its own, on loopback and in a temporary folder, and takes about half a minute. Shows what is
    promised of each fault beside what a customer then gets; ends with status 1 where the two differ.
    """
    from proxy.drill.report import COLUMNS, page, rows
    from proxy.drill.run import STAGES, run_drill
    from proxy.loopback import StartError
    from proxy.telemetry.logs import configure_logging

    configure_logging("ERROR", json=False)
    count = sum(len(stage.faults) for stage in STAGES)
    print(f"Trying {count} faults, which takes about half a minute ...", file=sys.stderr)
    try:
        results = run_drill(STAGES)
    except StartError as error:
        raise CommandError(str(error)) from None
    if output_format == "markdown":
        print(page(results), end="")
    else:
        print_table(COLUMNS, rows(results), empty="There is nothing to try.")
    broken = [result.fault.name for result in results if not result.kept]
    for name in broken:
        print(f"cxai: not as promised: {name}", file=sys.stderr)
    if broken:
        raise typer.Exit(BROKEN_PROMISE)
