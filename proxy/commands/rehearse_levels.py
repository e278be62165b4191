"""``cxai rehearse levels``: how often recorded traffic shows what operators do, beside what is assumed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.commands.options import JsonOption
from proxy.commands.output import print_json_lines, print_table
from proxy.commands.rehearsal_job import opened_suite
from proxy.commands.rehearsal_told import rate_cells, rate_json
from proxy.commands.rehearse import rehearse

if TYPE_CHECKING:
    from proxy.intervals import Rate
    from proxy.rehearsal.operators.operator import Operator

COLUMNS = ("operator", "seen in", "95% interval", "how many", "of", "assumed")


@rehearse.command("levels")
def levels(
    live: Annotated[
        Path, typer.Argument(metavar="LIVE", help="A suite that was recorded from live traffic.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Say how often recorded conversations show what operators do, beside the shares that are assumed.

    For example: cxai rehearse levels live.jsonl
    """
    from proxy.rehearsal.operators.fitting import fitted
    from proxy.rehearsal.operators.registry import OPERATORS

    found = fitted(opened_suite(live).conversations())
    if as_json:
        print_json_lines(_json(name, one, found.get(name)) for name, one in OPERATORS.items())
        return
    rows = [_row(name, one, found.get(name)) for name, one in OPERATORS.items()]
    print_table(COLUMNS, rows, empty="There are no operators.")
    print(f"Play with these: cxai rehearse run SUITE --with all --levels {live}")


def _row(name: str, operator: Operator, rate: Rate | None) -> tuple[Any, ...]:
    seen = rate_cells(rate, "conversations") if rate else ("not told by it", "", "", "")
    return name, *seen, f"{operator.share:.0%}"


def _json(name: str, operator: Operator, rate: Rate | None) -> dict[str, Any]:
    return {"operator": name, "assumed": operator.share, "seen": rate_json(rate) if rate else None}
