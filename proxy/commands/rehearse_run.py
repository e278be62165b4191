"""``cxai rehearse run``: a suite played again through the proxy, and what its customers would have got."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from proxy.commands.options import CommandError, ConfigOption, CorpusOption, JsonOption, PoliciesOption
from proxy.commands.output import print_json_lines
from proxy.commands.rehearsal_job import Places, opened_suite, play, settings_of
from proxy.commands.rehearsal_options import (
    ContextOption,
    PlayedTenantOption,
    ProcessesOption,
    ResultsOption,
    SampleOption,
    SeedOption,
    SuiteArgument,
    UpstreamOption,
)
from proxy.commands.rehearsal_told import print_summary, summary_json
from proxy.commands.rehearse import rehearse

if TYPE_CHECKING:
    from proxy.rehearsal.operators.levels import Level
    from proxy.rehearsal.operators.operator import Needs

RESULTS = ".results.jsonl"
AS_FAST, REAL = "as-fast-as-possible", "real"


@rehearse.command("run")
def run_suite(
    suite: SuiteArgument,
    upstream: UpstreamOption = "recorded",
    context: ContextOption = "then",
    operators: Annotated[
        list[str] | None,
        typer.Option(
            "--with", metavar="OPERATOR[=SHARE]", help="Do what production does; `all` for all of it."
        ),
    ] = None,
    levels_of_suite: Annotated[
        Path | None,
        typer.Option(
            "--levels", metavar="LIVE", help="Take shares that --with does not say from this recorded suite."
        ),
    ] = None,
    seed: SeedOption = 1,
    limit: SampleOption = None,
    processes: ProcessesOption = None,
    speed: Annotated[
        str,
        typer.Option(
            "--speed",
            metavar="SPEED",
            help="real, a number of times as fast, or as-fast-as-possible, one conversation after the other.",
        ),
    ] = AS_FAST,
    arrivals: Annotated[
        float | None,
        typer.Option(
            "--arrivals",
            metavar="A_MINUTE",
            min=0.001,
            help="So many conversations a minute, in the place of the recorded times.",
        ),
    ] = None,
    at_once: Annotated[
        int,
        typer.Option("--at-once", min=1, help="As fast as possible, so many side by side in one process."),
    ] = 1,
    streamed: Annotated[
        float | None,
        typer.Option(
            "--stream",
            metavar="SHARE",
            min=0.0,
            max=1.0,
            help="Ask for this share of conversations as streams; as recorded without it.",
        ),
    ] = None,
    ray: Annotated[
        str | None, typer.Option("--ray", metavar="ADDRESS", help="Play over the machines of a Ray cluster.")
    ] = None,
    to: ResultsOption = None,
    tenant: PlayedTenantOption = "default",
    as_json: JsonOption = False,
    corpus: CorpusOption = None,
    policies: PoliciesOption = None,
    config: ConfigOption = None,
) -> None:
    """Play a suite turn by turn through the proxy, and say what its customers would have got.

    For example: cxai rehearse run pilot.jsonl --limit 50
    """
    from proxy.rehearsal.replay.plan import Plan, needs_met
    from proxy.rehearsal.replay.results import digest, outcomes_in
    from proxy.rehearsal.replay.summary import summary_of

    opened = opened_suite(suite)
    settings = settings_of(config, corpus, policies, tenant)
    live, live_context = upstream == "live", context == "live"
    met = needs_met(live=live, live_context=live_context, speed=_speed(speed))
    plan = Plan(
        opened.file,
        live=live,
        live_context=live_context,
        levels=_levels(operators or (), met, levels_of_suite),
        seed=seed,
        speed=_speed(speed),
        arrivals=arrivals,
        at_once=at_once,
        streamed=streamed,
    )
    if arrivals is not None and plan.speed is None:
        raise CommandError("--arrivals needs --speed: how fast their time goes by")
    if plan.is_side_by_side and (ray is not None or (processes or 1) > 1):
        raise CommandError("--speed and --at-once play through one proxy; leave out --processes and --ray")
    file = to or Path(f"{opened.head.suite}{RESULTS}")
    play(settings, plan, opened, limit, file, Places(processes, ray))
    found = summary_of(outcomes_in(file))
    if as_json:
        print_json_lines([summary_json(found, opened, digest(file))])
        return
    print_summary(found, opened, upstream, digest(file))
    print(f"Turn by turn: {file}")


def _speed(told: str) -> float | None:
    """How many recorded seconds go by in one; None is as fast as possible."""
    if told == AS_FAST:
        return None
    try:
        speed = 1.0 if told == REAL else float(told)
    except ValueError:
        speed = 0.0
    if not 0.0 < speed < math.inf:
        raise CommandError(
            f'--speed: "{told}" is none; write {REAL}, 60 for sixty times as fast, or {AS_FAST}'
        )
    return speed


def _levels(told: Sequence[str], met: Collection[Needs], live: Path | None) -> tuple[Level, ...]:
    from proxy.rehearsal.operators.fitting import fitted
    from proxy.rehearsal.operators.levels import LevelError, levels_of

    try:
        return levels_of(told, met, fitted(opened_suite(live).conversations()) if live else {})
    except LevelError as error:
        raise CommandError(f"--with: {error}") from None
