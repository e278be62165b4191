"""``cxai rehearse compare``: how alike a suite and live traffic are, and what the suite lacks."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from proxy.commands.options import CommandError, JsonOption, require_extra
from proxy.commands.rehearse import rehearse

if TYPE_CHECKING:
    from proxy.rehearsal.realism.compare import Realism
    from proxy.rehearsal.realism.gaps import Gap
    from proxy.rehearsal.realism.traffic import Traffic

EXTRA = ("scipy", "sklearn")


@rehearse.command("compare")
def compare_suites(
    suite: Annotated[Path, typer.Argument(metavar="SUITE", help="What is rehearsed.")],
    live: Annotated[
        Path, typer.Argument(metavar="LIVE", help="A suite that was recorded from live traffic.")
    ],
    seed: Annotated[int, typer.Option(help="Another one deals out other samples.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Say how alike a suite and live traffic are, and what the suite lacks.

    For example: cxai rehearse compare pilot.jsonl live.jsonl
    """
    require_extra("rehearsal", "comparing needs", EXTRA)
    from proxy.models.embedder import Embedder
    from proxy.rehearsal.realism.compare import realism
    from proxy.rehearsal.realism.of_suite import traffic_of
    from proxy.rehearsal.suite.reading import SuiteError, open_suite

    embedder = Embedder.load()
    try:
        ours, theirs = (
            traffic_of(name, open_suite(path).conversations(), embedder)
            for name, path in (("suite", suite), ("live", live))
        )
        found = realism(ours, theirs, seed=seed)
    except (SuiteError, ValueError) as error:
        raise CommandError(str(error)) from None
    if as_json:
        print(json.dumps(asdict(found), ensure_ascii=False))
    else:
        _print(found, theirs)


def _print(found: Realism, live: Traffic) -> None:
    for dimension in found.dimensions:
        print(dimension.text)
    if found.unknown:
        print(f"not known, so not compared: {', '.join(found.unknown)}")
    print(f"score: {found.score.text}" if found.score else "score: none")
    print("what the suite lacks:" if found.gaps else "no gap is shown")
    for gap in found.gaps:
        print(f"- {gap.text('live', 'suite')}{_suggested(gap, live)}")


def _suggested(gap: Gap, live: Traffic) -> str:
    return f"; begin with {', '.join(live.messages[row].conversation for row in gap.suggested)}"
