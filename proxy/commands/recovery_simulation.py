"""``cxai recovery simulate``: sixty days of a telecom through the real code, dashboard and customers side by side."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.commands.options import CommandError, ConfigOption, CorpusOption, JsonOption, load
from proxy.commands.output import counted, print_json_lines, print_table
from proxy.commands.recovery import recovery

if TYPE_CHECKING:
    from proxy.intervals import Rate
    from proxy.recovery.simulation.run import Simulated
    from proxy.recovery.simulation.story import Story
    from proxy.settings import Settings

DAYS = (
    "day", "answers", "delivered unchanged", "by automation", "guard p90 (ms)", "shown", "sent back", "known of",
    "customers", "open",
)  # fmt: skip
TIMES = ("from when a failure reached its customer", "before the rule", "after it")


@recovery.command("simulate")
def simulate(
    days: Annotated[int, typer.Option(min=2, help="How many days.")] = 60,
    customers: Annotated[
        int, typer.Option(min=10, help="How many customers the telecom has at scale 1.")
    ] = 400,
    scale: Annotated[float, typer.Option(min=0.1, help="How much larger it is.")] = 1.0,
    seed: Annotated[int, typer.Option(help="Another one is another course of events.")] = 1,
    keep: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keep the ledger (SQLite), to look at it.")
    ] = None,
    charts: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write a chart (SVG) into this folder.")
    ] = None,
    as_json: JsonOption = False,
    corpus: CorpusOption = None,
    config: ConfigOption = None,
) -> None:
    """Replay the telecom's story: complaints stand in the CRM, and no rule reads them until one is injected half-way.

    The answers, rules, notes and failures come from the code that serves; customers and people are made up. Nothing is
    written to your own ledger.
    """
    from proxy.recovery.simulation.story import Story

    settings = load(config, corpus=corpus).settings
    half_way = days // 2 + 1
    story = Story.until(
        datetime.now(UTC), scale, days=days, customers=customers, seed=seed, injected_on=half_way
    )
    with _ledger_url(keep) as url:
        found = simulated(settings, url, story)
    if as_json:
        print_json_lines(_json(found))
    else:
        print_found(found)
    if charts is not None:
        typer.echo(f"cxai: {_drawn(found, charts)} written", err=True)


def simulated(
    settings: Settings, url: str, story: Story, *, upgrade: bool = True, timed: bool = True
) -> Simulated:
    """The story, played into the ledger of this address with the guard of these settings."""
    from proxy.commands.check import opened_guard
    from proxy.models.embedder import Embedder
    from proxy.recovery.simulation.run import simulate
    from proxy.telemetry.tracing import Telemetry

    telemetry = Telemetry.from_environment(content=settings.trace_content)
    guard = replace(opened_guard(settings), telemetry=telemetry)
    try:
        return simulate(story, guard, Embedder.load().embed, url, upgrade=upgrade, timed=timed)
    finally:
        telemetry.shutdown()


def _drawn(found: Simulated, folder: Path) -> Path:
    from proxy.recovery.simulation.charts import draw

    try:
        return draw(found, folder)
    except ImportError as error:
        raise CommandError(f"charts need {error.name}; pip install 'cxai-proxy[review]'") from None
    except OSError as error:
        raise CommandError(f"{folder} cannot be written: {error.strerror}") from None


@contextmanager
def _ledger_url(keep: Path | None) -> Iterator[str]:
    if keep is not None:
        if keep.exists():
            raise CommandError(f"--keep: {keep} is there already; name a file that is not")
        yield f"sqlite:///{keep}"
        return
    with tempfile.TemporaryDirectory(prefix="cxai-simulated-") as folder:
        yield f"sqlite:///{folder}/ledger.db"


def print_found(found: Simulated) -> None:
    """The days, the times, and in words what they come to."""
    story = found.story
    print(
        f"Simulated: {story.begins:%Y-%m-%d} to {story.ends:%Y-%m-%d}, seed {story.seed}; on day {story.injected_on} "
        "the rule is injected, and from then on the CRM sends its complaints every night. All of it is made up but "
        "what the code does with it."
    )
    print_table(DAYS, list(_days(found)), empty="")
    print_table(TIMES, list(_times(found)), empty="")
    print(in_words(found))


def in_words(found: Simulated) -> str:
    """What the usual numbers never showed, and since when it was known."""
    green = sum(one.green for one in found.dashboard)
    usual = f"The usual numbers were green on {green} of {len(found.dashboard)} days."
    if (divergence := found.divergence) is None:
        return f"{usual} Nobody is known to have been sent back to the chatbot in spite of a complaint."
    shown = found.dashboard[divergence.day - 1]
    return (
        f"{usual} On day {divergence.day}, with {_rate(shown.approved)} of the answers delivered unchanged, it was "
        f"known that {counted(divergence.customers, 'customer')} with an open complaint had been sent back to the "
        f"chatbot. At the end {found.found} of {found.returned} such answers were known."
    )


def _days(found: Simulated) -> Iterator[tuple[Any, ...]]:
    """Every fifth day, and those on which something begins."""
    first = found.divergence.day if found.divergence else 0
    shown = {1, first, found.story.injected_on, *range(5, found.story.days + 1, 5)}
    for usual, lived in zip(found.dashboard, found.lived, strict=True):
        if usual.day in shown:
            told = usual.answers, _rate(usual.approved), _rate(usual.automated), f"{usual.p90_ms:.0f}"
            green = "green" if usual.green else "not green"
            yield usual.day, *told, green, lived.happened, lived.known, lived.customers, lived.open


def _times(found: Simulated) -> Iterator[tuple[Any, ...]]:
    from proxy.recovery.measures.registry import MEASURES

    for before, after in zip(found.before, found.after, strict=True):
        for name in ("median", "p90"):
            told = (getattr(one, name).text for one in (before, after))
            yield f"{MEASURES[before.measure].title}, {name}", *told


def _rate(rate: Rate) -> str:
    """A share with its 95% interval, never without how many it is of."""
    if rate.share is None:
        return "of none"
    return f"{rate.share:.1%} of {rate.n} ({rate.low:.1%} to {rate.high:.1%})"


def _json(found: Simulated) -> Iterator[dict[str, Any]]:
    for usual, lived in zip(found.dashboard, found.lived, strict=True):
        shares = {"approved": usual.approved.share, "automated": usual.automated.share, "green": usual.green}
        yield {"type": "day", **asdict(usual), **shares, **asdict(lived)}
    for when, times in (("before", found.before), ("after", found.after)):
        for one in times:
            for figure in (one.median, one.p90):
                yield {"type": "time", "when": when, **figure.as_json()}
    yield {
        "type": "summary",
        "seed": found.story.seed,
        "injected_on": found.story.injected_on,
        "divergence_day": found.divergence.day if found.divergence else None,
        "returned": found.returned,
        "found": found.found,
    }
