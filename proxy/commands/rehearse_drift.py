"""``cxai rehearse drift``: whether live traffic is still what it was the week before."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.commands.options import (
    CommandError,
    ConfigOption,
    DatabaseOption,
    JsonOption,
    check_tenant,
    existing_ledger,
    load,
    moment,
    require_extra,
)
from proxy.commands.output import counted, print_json_lines
from proxy.commands.rehearse import rehearse

if TYPE_CHECKING:
    from proxy.rehearsal.drift.weeks import Drift

EXTRA = ("scipy", "sklearn")


@rehearse.command("drift")
def drift(
    days: Annotated[int, typer.Option("--days", min=1, max=90, help="How many days each side has.")] = 7,
    until: Annotated[
        str | None, typer.Option(metavar="WHEN", help="When the later side ends; now without it.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Another one deals out other samples.")] = 0,
    tenant: Annotated[str, typer.Option("--tenant", help="Whose traffic.")] = "default",
    as_json: JsonOption = False,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Hold the last days of live traffic against those before them, and say what has changed.

    For example: cxai rehearse drift --days 7

    The proxy does this by itself once a day.
    """
    require_extra("rehearsal", "comparing needs", EXTRA)
    from proxy.models.embedder import Embedder
    from proxy.rehearsal.drift.weeks import TooLittle, weeks

    settings = load(config, database_url=database_url).settings
    check_tenant(settings, tenant)
    with existing_ledger(settings) as ledger:
        try:
            found = weeks(
                ledger, tenant, Embedder.load(), moment(until) or datetime.now(UTC), days=days, seed=seed
            )
        except TooLittle as error:
            raise CommandError(str(error)) from None
    if as_json:
        print_json_lines([_json(found)])
        return
    print(
        f"{counted(found.now, 'conversation')} of the last {days} days, {found.before} of the {days} days before"
    )
    for one in found.realism.dimensions:
        print(one.text)
    print(found.summary or "no change is shown that calls for a new rehearsal")
    for _, text in found.grown:
        print(text)


def _json(found: Drift) -> dict[str, Any]:
    changed = {one.name for one in found.changed}
    return {
        "until": found.until,
        "days": found.days,
        "conversations": {"before": found.before, "now": found.now},
        "dimensions": [
            {
                "name": one.name,
                "words": one.words,
                "changed": one.name in changed,
                "distance": one.apart.distance,
                "by_chance": one.apart.by_chance,
                "adjusted_p": one.adjusted_p,
            }
            for one in found.realism.dimensions
        ],
        "summary": found.summary,
        "grown": [{"dimension": dimension, "text": text} for dimension, text in found.grown],
    }
