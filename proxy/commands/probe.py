"""``cxai corpus probe``: what false sentences about the documents would reach customers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.commands.check import opened_guard, patient_policies
from proxy.commands.conflicts import DocumentOption
from proxy.commands.corpus import FolderArgument, corpus
from proxy.commands.options import (
    AsOfOption,
    CommandError,
    ConfigOption,
    CorpusOption,
    JsonOption,
    PoliciesOption,
    load,
    policy_date,
)
from proxy.commands.output import print_json_lines, print_table

if TYPE_CHECKING:
    from proxy.authoring.probe.trying import KindCount, Probed, ProbeReport
    from proxy.settings import Settings

TRIED = 300  # some ten seconds to a minute


@corpus.command("probe")
def probe(
    folder: FolderArgument = None,
    document: DocumentOption = None,
    limit: Annotated[
        int, typer.Option(min=1, help="How many sentences to try at most, of all kinds alike.")
    ] = TRIED,
    every: Annotated[
        bool, typer.Option("--all", help="Try all that can be made, however long it takes.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Another number makes and chooses other sentences.")] = 1,
    allow: Annotated[
        float, typer.Option(min=0, max=1, metavar="SHARE", help="The share of false sentences that may pass.")
    ] = 0.0,
    write_cases: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the findings there as cases for policies/tests."),
    ] = None,
    as_of: AsOfOption = None,
    model: Annotated[str, typer.Option(help="The model's name, for the choice of the route.")] = "",
    channel: Annotated[str, typer.Option(help="The channel, for the choice of the route.")] = "chat",
    as_json: JsonOption = False,
    corpus: CorpusOption = None,
    policies: PoliciesOption = None,
    config: ConfigOption = None,
) -> None:
    """Try what false sentences the guard would let pass.

    Each sentence of a document is falsified in one thing (number, condition, market, channel ...), and reworded truly.
    All go through the configured verifier and route. Exits with 1 where more false ones pass than --allow says.
    """
    if write_cases is not None and write_cases.exists():
        raise CommandError(
            f"{write_cases} exists; name a new file (cases are looked at before they are kept)"
        )
    settings = load(config, corpus=folder or corpus, policies=policies).settings
    report = asyncio.run(
        _tried(
            settings,
            policy_date(as_of) or datetime.now(UTC),
            tuple(document or ("*",)),
            (None if every else limit, seed),
            (model, channel),
        )
    )
    if as_json:
        print_json_lines(_json_rows(report))
    else:
        _print_text(report)
    if write_cases is not None:
        _write(report, write_cases)
    if report.passed_share > allow:
        raise typer.Exit(1)


async def _tried(
    settings: Settings,
    now: datetime,
    globs: tuple[str, ...],
    chosen: tuple[int | None, int],
    asked: tuple[str, str],
) -> ProbeReport:
    from proxy.authoring.probe.choosing import make_probes
    from proxy.authoring.probe.trying import try_probes

    guard, routes = opened_guard(settings), patient_policies(settings)
    corpus = guard.current_corpus()
    limit, seed = chosen
    probes = make_probes(corpus.documents, corpus.passages, now, seed=seed, limit=limit, globs=globs)
    if not probes:
        raise CommandError(
            "nothing can be made of these documents: none of them is in force with a sentence that can be checked"
        )
    model, channel = asked
    return await try_probes(
        guard, routes, probes, now, model=model, channel=channel, at_once=settings.judge_threads
    )


def _print_text(report: ProbeReport) -> None:
    for one in report.delivered:
        print("\n".join(_told(one, "would have been delivered")), end="\n\n")
    for one in report.stopped:
        print("\n".join(_told(one, "true, would have been stopped")), end="\n\n")
    rows = [_row(count) for count in report.by_kind()]
    print_table(("attack", "tried", "went wrong", "share", ""), rows, empty="Nothing was tried.")
    false = sum(not one.probe.is_true for one in report.probed)
    print(
        f"{len(report.delivered)} of {false} false sentences would have been delivered, "
        f"{len(report.stopped)} of {len(report.probed) - false} true ones stopped"
    )


def _told(one: Probed, what: str) -> Iterator[str]:
    source = one.probe.source
    yield f"{what} ({one.probe.attack.value}): “{one.probe.text}”"
    yield f"  {source.document.path}:{source.passage.line_start} says: “{source.sentence}”"
    yield f"  the guard: {one.outcome.came.verdict}, {one.outcome.came.reason}"


def _row(count: KindCount) -> tuple[Any, ...]:
    word = "weak" if count.is_weak else ""
    return count.attack.value, count.tried, count.wrong, f"{count.share:.0%}", word


def _json_rows(report: ProbeReport) -> Iterator[dict[str, Any]]:
    for one in (*report.delivered, *report.stopped):
        source, came = one.probe.source, one.outcome.came
        yield {
            "type": "finding",
            "found": "stopped" if one.probe.is_true else "delivered",
            "attack": one.probe.attack.value,
            "made_by": one.probe.made_by,
            "text": one.probe.text,
            "original": source.sentence,
            "document": source.document.id,
            "path": source.document.path,
            "line": source.passage.line_start,
            "jurisdiction": one.probe.scope.jurisdiction,
            "audience": one.probe.scope.audience,
            "as_of": one.probe.scope.policy_date,
            "verdict": came.verdict,
            "confidence": came.confidence,
            "reason": came.reason,
        }
    for count in report.by_kind():
        yield {
            "type": "kind",
            "attack": count.attack.value,
            "tried": count.tried,
            "wrong": count.wrong,
            "weak": count.is_weak,
        }


def _write(report: ProbeReport, path: Path) -> None:
    from proxy.authoring.probe.case_file import case_file

    findings = [*report.delivered, *report.stopped]
    try:
        path.write_text(case_file(findings), encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}") from None
    typer.echo(f"cxai: {len(findings)} cases written to {path}", err=True)
