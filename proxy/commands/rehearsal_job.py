"""What commands that play suites share: the suite opened, played over a pool, and its results in a file."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from proxy.commands.jobs import pool_of, tell_progress
from proxy.commands.options import CommandError, check_tenant, load
from proxy.commands.output import counted
from proxy.commands.rehearsal_load import SideBySide

if TYPE_CHECKING:
    from proxy.commands.rehearsal_worker import RehearsalWorker
    from proxy.jobs.pools import Pool
    from proxy.rehearsal.replay.job import Progress
    from proxy.rehearsal.replay.outcome import Outcome
    from proxy.rehearsal.replay.plan import Plan
    from proxy.rehearsal.suite.reading import Suite
    from proxy.settings import Settings

FEW = 5  # conversations up to which no further process is started


@dataclass(frozen=True, slots=True)
class Places:
    """Where a suite is played: in so many processes (None: one for each core), or over a Ray cluster."""

    processes: int | None = None
    ray: str | None = None


def settings_of(config: Path | None, corpus: Path | None, policies: Path | None, tenant: str) -> Settings:
    """The settings of the tenant by whose documents and policies a suite is played."""
    settings = load(config, corpus=corpus, policies=policies).settings
    check_tenant(settings, tenant)
    return settings.of_tenant(tenant)


def opened_suite(path: Path) -> Suite:
    from proxy.rehearsal.suite.reading import SuiteError, open_suite

    try:
        return open_suite(path)
    except SuiteError as error:
        raise CommandError(str(error)) from None


def play(
    settings: Settings,
    plan: Plan,
    suite: Suite,
    limit: int | None,
    file: Path,
    places: Places,
) -> None:
    """Play the suite, or so many of its conversations, into the file; what is in it already is not played again."""
    from proxy.grounding.types import VerifierError
    from proxy.rehearsal.replay.job import chosen, run
    from proxy.rehearsal.replay.results import OtherRehearsal, Results

    conversations = chosen(suite, limit, plan.seed)
    try:
        head = {**_head(suite, settings), "limit": limit, **plan.told()}
        results = Results(file, head, [suite.turns[number] for number in conversations])
        left = conversations[results.done :]
        _tell_begun(results.done, conversations)
        pool = _pool(settings, plan, suite, left, places)
        for progress in run(suite, conversations, results, pool) if left else ():
            _tell(progress)
    except (OtherRehearsal, VerifierError) as error:
        raise CommandError(str(error)) from None
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {error.strerror}") from None
    except KeyboardInterrupt:
        raise CommandError(f"left; the same command goes on with {file}") from None


def _pool(
    settings: Settings, plan: Plan, suite: Suite, left: Sequence[int], places: Places
) -> Pool[int, list[Outcome]]:
    from proxy.rehearsal.replay.pace import NoTimes, starts_s

    opening = partial(open_worker, settings, plan)
    if not plan.is_side_by_side:
        return pool_of(opening, workers=places.processes, ray=places.ray, is_short=len(left) <= FEW)
    if plan.speed is None:
        return SideBySide(opening, plan.at_once)
    try:
        starts = starts_s(suite, left, plan.arrivals, plan.seed)
    except NoTimes as error:
        raise CommandError(str(error)) from None
    over_min = max(starts.values(), default=0.0) / plan.speed / 60
    print(f"cxai: {counted(len(left), 'conversation')} come over {over_min:.1f} min", file=sys.stderr)
    return SideBySide(opening, plan.at_once, starts, plan.speed)


def open_worker(settings: Settings, plan: Plan) -> RehearsalWorker:
    """In the process in which it works."""
    from proxy.commands.rehearsal_worker import RehearsalWorker
    from proxy.telemetry.logs import configure_logging

    configure_logging("ERROR", json=False)
    _label_traces()
    return RehearsalWorker(settings, plan)


def _label_traces() -> None:
    """What is rehearsed must not be taken for what happened; of two values of an attribute the later counts."""
    label = "deployment.environment.name=rehearsal"
    given = os.environ.get("OTEL_RESOURCE_ATTRIBUTES")
    os.environ["OTEL_RESOURCE_ATTRIBUTES"] = f"{given},{label}" if given else label


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
        "suite": suite.digest,
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
