"""``cxai rehearse shadow``: what a candidate made of copies of live traffic, pair by pair."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.commands.options import (
    CommandError,
    ConfigOption,
    DatabaseOption,
    JsonOption,
    LimitOption,
    SinceOption,
    check_tenant,
    existing_ledger,
    load,
    moment,
    require_extra,
)
from proxy.commands.output import counted, print_json_lines, print_table
from proxy.commands.rehearse import rehearse

if TYPE_CHECKING:
    from proxy.ledger.rehearsal.shadows import ShadowAnswer
    from proxy.rehearsal.canary.pairs import Paired

COLUMNS = ("what", "as it is", "candidate", "difference, 95% interval")


@rehearse.command("shadow")
def shadow(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The candidate's name.")],
    since: SinceOption = None,
    limit: LimitOption = 10,
    tenant: Annotated[str, typer.Option("--tenant", help="Whose traffic.")] = "default",
    as_json: JsonOption = False,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Compare a candidate with what runs, on copies of live traffic that it was asked.

    For example: cxai rehearse shadow smaller-model --since 7d

    With --json each pair is a line; --limit is how many pairs that differ are shown else.
    """
    settings = load(config, database_url=database_url).settings
    check_tenant(settings, tenant)
    with existing_ledger(settings) as ledger:
        answers = ledger.shadows.listed(tenant, name, since=moment(since))
    if as_json:
        print_json_lines(asdict(one) for one in answers)
        return
    require_extra("rehearsal", "comparing needs", ("scipy",))
    from proxy.rehearsal.canary.pairs import paired

    latest = [one for one in answers if one.changes == answers[0].changes]
    try:
        found = paired(latest)
    except ValueError as error:
        raise CommandError(f'"{name}": {error}') from None
    _print(name, found, len(answers) - len(latest), limit)


def _print(name: str, found: Paired, older: int, limit: int) -> None:
    left_out = f"; {counted(older, 'pair')} of an earlier candidate of this name left out" if older else ""
    print(
        f"{name}: {counted(found.n, 'answer')} of what runs, and the candidate's to the same requests{left_out}"
    )
    print_table(COLUMNS, list(_rows(found)), empty="")
    print(
        f"Half of the answers took {_ms(found.p50_ms)} ms, 99 of 100 at most {_ms(found.p99_ms)} ms (live, candidate)."
    )
    if found.differ:
        print(f"Decided otherwise: {len(found.differ)}, of which the latest:")
    for one in found.differ[:limit]:
        print(f"  {_told(one)}")


def _rows(found: Paired) -> Iterator[tuple[Any, ...]]:
    for what, (live, candidate) in found.good.items():
        yield what, f"{live / found.n:.1%}", f"{candidate / found.n:.1%}", found.compared[what].text


def _ms(both: tuple[float, float]) -> str:
    return ", ".join(f"{one:.0f}" for one in both)


def _told(one: ShadowAnswer) -> str:
    return f"{one.response_id}: {one.live.decision}, candidate {one.candidate.decision}"
