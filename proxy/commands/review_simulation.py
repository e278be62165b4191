"""``cxai review simulate``: a day of review under growing load, our design beside a plain queue."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.commands.options import CommandError, ConfigOption, JsonOption, load
from proxy.commands.output import print_json_lines, print_table
from proxy.commands.review import review

if TYPE_CHECKING:
    from proxy.review.simulation.comparing import Mean, Point

COLUMNS = (
    "load", "design", "cases", "by people", "else", "waiting", "errors passed", "caught",
    "wait low (min)", "medium", "high",
)  # fmt: skip


@review.command("simulate")
def simulate(
    loads: Annotated[
        list[float] | None, typer.Option("--load", min=0.1, help="A multiple of an ordinary day's cases.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, help="How many days of each are simulated.")] = 20,
    people: Annotated[int, typer.Option(min=1, help="How many people review.")] = 6,
    leak: Annotated[
        float,
        typer.Option(min=0, max=1, help="The part of the queue's pressure that reaches people after all."),
    ] = 0.0,
    wrong: Annotated[float, typer.Option(min=0, max=1, help="The share of wrong answers among cases.")] = 0.1,
    processes: Annotated[int, typer.Option(min=1, help="How many processes to use.")] = 1,
    charts: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write charts (SVG) into this folder.")
    ] = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Simulate review under load: errors let through, waits and catch rates, with their intervals.

    Who is given what, and what is kept from people, is decided by the code and the `review` settings that serve.
    docs/review.md says how people are simulated, and where that is taken from.
    """
    try:
        from proxy.review.simulation.comparing import LOADS, compare
        from proxy.review.simulation.world import World
    except ImportError as error:
        raise CommandError(
            f"simulating needs {error.name}, which is not installed; pip install 'cxai-proxy[review]'"
        ) from None
    world = World(people=people, leak=leak, wrong_share=wrong, plan=load(config).settings.review)
    points = compare(world, loads=loads or LOADS, days=days, processes=processes)
    if as_json:
        print_json_lines(map(asdict, points))
    else:
        print_table(COLUMNS, [_row(one) for one in points], empty="")
    if charts is not None:
        for path in _drawn(points, charts):
            typer.echo(f"cxai: {path} written", err=True)


def _drawn(points: list[Point], folder: Path) -> list[Path]:
    from proxy.review.simulation.charts import draw

    try:
        return draw(points, folder)
    except ImportError as error:
        raise CommandError(f"charts need {error.name}; pip install 'cxai-proxy[review]'") from None
    except OSError as error:
        raise CommandError(f"{folder} cannot be written: {error.strerror}") from None


def _row(one: Point) -> tuple[Any, ...]:
    return tuple(_cells(one))


def _cells(one: Point) -> Iterator[Any]:
    yield f"{one.load:g}x"
    yield one.design
    yield from (
        f"{mean.value:.0f}" for mean in (one.arrived, one.by_people, one.without_people, one.unsettled)
    )
    yield _told(one.passed_wrong, 1)
    miss = one.miss_share
    yield f"{1 - miss.value:.2f} ({1 - miss.high:.2f}–{1 - miss.low:.2f})"
    yield from (f"{one.wait_min[risk].value:.0f}" for risk in ("low", "medium", "high"))


def _told(mean: Mean, digits: int) -> str:
    return f"{mean.value:.{digits}f} ({mean.low:.{digits}f}–{mean.high:.{digits}f})"
