"""``cxai rehearse consistency``: the same questions in other words and by another channel."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.commands.options import CommandError, ConfigOption, CorpusOption, JsonOption, PoliciesOption
from proxy.commands.output import counted, print_json_lines, print_table
from proxy.commands.rehearsal_job import Places, opened_suite, play, settings_of
from proxy.commands.rehearsal_options import (
    PlayedTenantOption,
    ProcessesOption,
    ResultsOption,
    SampleOption,
    SeedOption,
    SuiteArgument,
    UpstreamOption,
)
from proxy.commands.rehearsal_told import COLUMNS, rate_cells, rate_json
from proxy.commands.rehearse import rehearse

if TYPE_CHECKING:
    from proxy.rehearsal.consistency.comparing import Came, Consistency, Difference
    from proxy.rehearsal.consistency.variants import Variant
    from proxy.rehearsal.consistency.wordings import Given
    from proxy.rehearsal.suite.reading import Suite

RESULTS = ".consistency.results.jsonl"
SHOWN = 20
OF_QUESTIONS = {
    "decision": "the same decision each time",
    "values": "the same typed values each time",
    "both": "both the same each time",
}


@rehearse.command("consistency")
def consistency(
    suite: SuiteArgument,
    wordings: Annotated[
        Path | None,
        typer.Option(
            "--wordings", metavar="FILE", help="Wordings by people: JSON lines of question and wordings."
        ),
    ] = None,
    channels: Annotated[
        str, typer.Option("--channels", metavar="A,B", help="By which channels each is asked.")
    ] = "chat,email",
    upstream: UpstreamOption = "recorded",
    seed: SeedOption = 1,
    limit: SampleOption = None,
    processes: ProcessesOption = None,
    to: ResultsOption = None,
    tenant: PlayedTenantOption = "default",
    as_json: JsonOption = False,
    corpus: CorpusOption = None,
    policies: PoliciesOption = None,
    config: ConfigOption = None,
) -> None:
    """Ask a suite's questions in five wordings by two channels, and say where something else comes of it.

    For example: cxai rehearse consistency pilot.jsonl --limit 50
    """
    from proxy.rehearsal.consistency.comparing import Consistency
    from proxy.rehearsal.replay.plan import Plan
    from proxy.rehearsal.replay.results import outcomes_in
    from proxy.rehearsal.suite.reading import write_suite

    opened = opened_suite(suite)
    settings = settings_of(config, corpus, policies, tenant)
    asked = _variants(opened, limit, seed, _given(wordings), _channels(channels))
    file = to or Path(f"{opened.head.suite}{RESULTS}")
    with TemporaryDirectory(prefix="cxai-consistency-") as folder:
        varied = Path(folder) / "variants.jsonl"
        write_suite(varied, opened.head, (one.played for case in asked for one in case))
        plan = Plan(varied, live=upstream == "live", seed=seed)
        play(settings, plan, opened_suite(varied), None, file, Places(processes))
    found, outcomes = Consistency(), outcomes_in(file)
    for case in asked:
        found.add(case, list(islice(outcomes, len(case))))
    if as_json:
        print_json_lines([_json(found, opened)])
    else:
        _print(found, opened)
        print(f"Turn by turn: {file}")


def _given(file: Path | None) -> Given:
    from proxy.rehearsal.consistency.wordings import read_wordings
    from proxy.rehearsal.sources.source import SourceError

    try:
        return read_wordings(file) if file else {}
    except SourceError as error:
        raise CommandError(f"--wordings: {error}") from None


def _channels(told: str) -> list[str]:
    named = [one.strip() for one in told.split(",")]
    if not all(named) or len(set(named)) < len(named):
        raise CommandError(f'--channels: "{told}": name different channels, such as chat,email')
    return named


def _variants(
    suite: Suite, limit: int | None, seed: int, given: Given, channels: list[str]
) -> list[list[Variant]]:
    from proxy.rehearsal.consistency.variants import variants
    from proxy.rehearsal.replay.job import chosen

    found = list(variants(map(suite.conversation, chosen(suite, limit, seed)), given, channels))
    if not found:
        raise CommandError(f"{suite.file}: there is no question of a customer that a text answered")
    return found


def _print(found: Consistency, suite: Suite) -> None:
    print(f"{suite.head.suite}: {counted(found.questions, 'question')}")
    rows: list[tuple[Any, ...]] = [
        (told, *rate_cells(found.same(what), "questions")) for what, told in OF_QUESTIONS.items()
    ]
    rows += [
        (f"{wording}, by {channel}: both as when asked first", *rate_cells(rate, "questions"))
        for channel, wording, rate in found.alike()
    ]
    print_table(COLUMNS, rows, empty="")
    if not found.differences:
        return
    print_table(
        ("question", "asked", "came to", "as it was asked"),
        [
            (one.question, f"{one.wording}, by {one.channel}", _told(one.other), _told(one.asked))
            for one in found.differences[:SHOWN]
        ],
        empty="",
        title=f"Pairs that differ, {min(SHOWN, len(found.differences))} of {len(found.differences)}:",
    )


def _told(came: Came) -> str:
    return "; ".join([came.decision, *sorted(came.values)])


def _json(found: Consistency, suite: Suite) -> dict[str, Any]:
    return {
        "suite": suite.head.suite,
        "questions": found.questions,
        **{f"same_{what}": rate_json(found.same(what)) for what in OF_QUESTIONS},
        "pairs": [
            {"channel": channel, "wording": wording, **rate_json(rate)}
            for channel, wording, rate in found.alike()
        ],
        "differing": list(map(_difference, found.differences)),
    }


def _difference(one: Difference) -> dict[str, Any]:
    came = {
        name: {"decision": came.decision, "values": sorted(came.values)}
        for name, came in (("asked", one.asked), ("other", one.other))
    }
    return {"question": one.question, "wording": one.wording, "channel": one.channel, **came}
