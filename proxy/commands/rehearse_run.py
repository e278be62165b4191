"""``cxai rehearse run``: a suite played again through the proxy, and what its customers would have got."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from proxy.commands.jobs import pool_of, tell_progress
from proxy.commands.options import (
    CommandError,
    ConfigOption,
    CorpusOption,
    JsonOption,
    PoliciesOption,
    check_tenant,
    load,
)
from proxy.commands.output import counted, print_json_lines, print_table
from proxy.commands.rehearse import rehearse

if TYPE_CHECKING:
    from proxy.intervals import Rate
    from proxy.jobs.pools import Pool
    from proxy.rehearsal.operators.levels import Level
    from proxy.rehearsal.replay.job import Progress
    from proxy.rehearsal.replay.outcome import Outcome
    from proxy.rehearsal.replay.summary import Summary
    from proxy.rehearsal.suite.reading import Suite
    from proxy.settings import Settings

Upstream = Literal["recorded", "live"]
RESULTS = ".results.jsonl"
_OF_MODEL = {"recorded": ", without a model's own time", "live": ", the model's own time with it"}
OF_PROVIDER = "provider-busy"
FEW = 5  # conversations up to which no further process is started
COLUMNS = ("what", "share", "95% interval", "how many", "of")


@rehearse.command("run")
def run_suite(
    suite: Annotated[
        Path, typer.Argument(metavar="SUITE", help="A file of `cxai rehearse record`, or its folder.")
    ],
    upstream: Annotated[
        Upstream, typer.Option(help="Answers as they were recorded, or by the provider of the settings.")
    ] = "recorded",
    operators: Annotated[
        list[str] | None,
        typer.Option(
            "--with", metavar="OPERATOR[=SHARE]", help="Do what production does; `all` for all of it."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Another one draws other conversations, and hits others.")] = 1,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="Draw so many conversations; all without it.")
    ] = None,
    processes: Annotated[
        int | None, typer.Option("--processes", min=1, help="By default one for each core.")
    ] = None,
    ray: Annotated[
        str | None, typer.Option("--ray", metavar="ADDRESS", help="Play over the machines of a Ray cluster.")
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option(
            "--to", metavar="FILE", help="The results; where they are begun, they are gone on with."
        ),
    ] = None,
    tenant: Annotated[str, typer.Option("--tenant", help="By whose documents and policies.")] = "default",
    as_json: JsonOption = False,
    corpus: CorpusOption = None,
    policies: PoliciesOption = None,
    config: ConfigOption = None,
) -> None:
    """Play a suite turn by turn through the proxy, and say what its customers would have got.

    For example: cxai rehearse run pilot.jsonl --limit 50
    """
    from proxy.grounding.types import VerifierError
    from proxy.rehearsal.replay.job import chosen, run
    from proxy.rehearsal.replay.results import OtherRehearsal, Results, digest, outcomes_in
    from proxy.rehearsal.replay.summary import summary_of

    opened = _opened(suite)
    settings = load(config, corpus=corpus, policies=policies).settings
    check_tenant(settings, tenant)
    settings = settings.of_tenant(tenant)
    levels = _levels(operators or (), upstream)
    conversations = chosen(opened, limit, seed)
    file = to or Path(f"{opened.head.suite}{RESULTS}")
    head = {**_head(opened, settings), "upstream": upstream, "limit": limit, "seed": seed}
    head["operators"] = {one.operator: one.share for one in levels}
    try:
        results = Results(file, head, [opened.turns[number] for number in conversations])
        left = conversations[results.done :]
        opening = partial(_worker, settings, opened.file, upstream == "live", levels, seed)
        pool: Pool[int, list[Outcome]] = pool_of(
            opening, workers=processes, ray=ray, is_short=len(left) <= FEW
        )
        _tell_begun(results.done, conversations)
        for progress in run(opened, conversations, results, pool) if left else ():
            _tell(progress)
    except (OtherRehearsal, VerifierError) as error:
        raise CommandError(str(error)) from None
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {error.strerror}") from None
    except KeyboardInterrupt:
        raise CommandError(f"left; the same command goes on with {file}") from None
    found = summary_of(outcomes_in(file))
    if as_json:
        print_json_lines([_json(found, opened, digest(file))])
        return
    _print(found, opened, upstream, digest(file))
    print(f"Turn by turn: {file}")


def _levels(told: Sequence[str], upstream: Upstream) -> tuple[Level, ...]:
    from proxy.rehearsal.operators.levels import LevelError, levels_of

    try:
        levels = levels_of(told)
    except LevelError as error:
        raise CommandError(f"--with: {error}") from None
    if upstream == "live" and any(one.operator == OF_PROVIDER for one in levels):
        raise CommandError(
            f"--with {OF_PROVIDER}: a live provider has its own troubles; name the others one by one"
        )
    return levels


def _worker(settings: Settings, suite: Path, live: bool, levels: tuple[Level, ...], seed: int) -> Any:
    from proxy.commands.rehearsal_worker import RehearsalWorker
    from proxy.telemetry.logs import configure_logging

    configure_logging("ERROR", json=False)
    _label_traces()
    return RehearsalWorker(settings, suite, live, levels, seed)


def _label_traces() -> None:
    """What is rehearsed must not be taken for what happened; of two values of an attribute the later counts."""
    label = "deployment.environment.name=rehearsal"
    given = os.environ.get("OTEL_RESOURCE_ATTRIBUTES")
    os.environ["OTEL_RESOURCE_ATTRIBUTES"] = f"{given},{label}" if given else label


def _opened(path: Path) -> Suite:
    from proxy.rehearsal.suite.reading import SuiteError, open_suite

    try:
        return open_suite(path)
    except SuiteError as error:
        raise CommandError(str(error)) from None


def _head(suite: Suite, settings: Settings) -> dict[str, Any]:
    """What results depend on: where any of it is another, they are another rehearsal's."""
    from proxy.corpus.folder import read_source
    from proxy.corpus.problems import CorpusError
    from proxy.corpus.sources import open_source
    from proxy.rules.reading import policy_texts

    try:
        reading = read_source(open_source(settings.corpus))
    except CorpusError as error:
        raise CommandError(str(error)) from None
    documents = sorted((one.document.path, one.document.content_hash) for one in reading.documents)
    judged_by = settings.verifier.model_dump_json(), settings.cascade, settings.calibration
    return {
        "rehearsal": suite.head.suite,
        "suite": hashlib.sha256(suite.file.read_bytes()).hexdigest()[:16],
        "documents": _named(documents),
        "policies": _named(policy_texts(settings.policies)),
        "judged_by": _named(judged_by),
    }


def _named(value: object) -> str:
    return hashlib.sha256(repr(value).encode()).hexdigest()[:16]


def _tell_begun(done: int, conversations: list[int]) -> None:
    if done:
        print(
            f"cxai: going on behind {done} of {counted(len(conversations), 'conversation')}", file=sys.stderr
        )


def _tell(progress: Progress) -> None:
    told = f"{progress.done} of {counted(progress.total, 'turn')}"
    tell_progress(told, progress.forecast, is_last=progress.done == progress.total)


def _print(found: Summary, suite: Suite, upstream: Upstream, digest: str) -> None:
    sampling = suite.head.sampling
    print(
        f"{suite.head.suite}: {counted(found.turns, 'turn')} of {counted(found.conversations, 'conversation')}; "
        f"the suite has {sampling.taken} of {sampling.of} that were there ({sampling.how})"
    )
    print_table(COLUMNS, list(_rows(found)), empty="Nothing was played.")
    print(
        f"Half of the turns were answered within {found.latency_ms(0.5):.0f} ms, 99 of 100 within "
        f"{found.latency_ms(0.99):.0f} ms{_OF_MODEL[upstream]}. The results' digest is {digest}."
    )


def _rows(found: Summary) -> Iterator[tuple[Any, ...]]:
    from proxy.rehearsal.replay.summary import MEASURES

    for name, (what, of) in MEASURES.items():
        rate = found.rate(name)
        if rate.n:
            yield (
                what,
                _percent(rate.share),
                f"{_percent(rate.low)} to {_percent(rate.high)}",
                rate.hits,
                f"{rate.n} {of}",
            )


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"


def _json(found: Summary, suite: Suite, digest: str) -> dict[str, Any]:
    from proxy.rehearsal.replay.summary import MEASURES

    return {
        "suite": suite.head.suite,
        "turns": found.turns,
        "conversations": found.conversations,
        "results": digest,
        **{name: _rate(found.rate(name)) for name in MEASURES},
        "latency_ms": {"p50": found.latency_ms(0.5), "p99": found.latency_ms(0.99)},
    }


def _rate(rate: Rate) -> dict[str, Any]:
    return {"hits": rate.hits, "n": rate.n, "low": round(rate.low, 4), "high": round(rate.high, 4)}
