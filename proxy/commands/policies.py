"""``cxai policies test``: a compliance team's own cases, and those of the rules, before a change goes live."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from proxy.commands.case_results import Result, print_results, write_junit
from proxy.commands.check import opened_guard, patient_policies
from proxy.commands.findings import Format, FormatOption
from proxy.commands.options import (
    CommandError,
    ConfigOption,
    CorpusOption,
    JsonOption,
    PoliciesOption,
    load,
    policies_folder,
)

if TYPE_CHECKING:
    from proxy.authoring.cases.options import PlacedCase
    from proxy.authoring.cases.trying import CaseOutcome
    from proxy.rules.policies import Policies
    from proxy.settings import Settings

policies = typer.Typer(no_args_is_help=True, help="Routes, rules and a company's own test cases.")


@policies.command("test")
def test(
    form: FormatOption = Format.TEXT,
    as_json: JsonOption = False,
    junit: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the results there too, for a CI system.")
    ] = None,
    corpus: CorpusOption = None,
    policies: PoliciesOption = None,
    config: ConfigOption = None,
) -> None:
    """Try the cases of policies/tests against the documents, and the rules' own cases. Exits with 1 where one fails."""
    settings = load(config, corpus=corpus, policies=policies).settings
    folder = policies_folder(settings)
    now = datetime.now(UTC)
    live = patient_policies(settings)
    results = [*rule_results(live, folder, now), *_answer_results(settings, folder, live, now)]
    print_results(results, Format.JSON if as_json else form)
    if not any(result.kind == "answer" for result in results):
        where = folder / "tests"
        print(
            f"cxai: no cases of your own yet; write some into {where} (docs/corpus.md says how)",
            file=sys.stderr,
        )
    if junit is not None:
        write_junit(results, junit)
    if not all(result.passed for result in results):
        raise typer.Exit(1)


def rule_results(policies: Policies, folder: Path | None, now: datetime) -> list[Result]:
    """The cases that stand beside the rules of a folder, and beside those that ship."""
    from proxy.rules.cases import run_cases

    beside = os.path.relpath((folder or Path()).absolute().parent)
    return [
        Result(
            "rule",
            os.path.normpath(Path(beside, one.path)),
            one.line,
            one.name,
            (one.problem,) if one.problem else (),
        )
        for one in run_cases(policies, now)
    ]


def _answer_results(settings: Settings, folder: Path, policies: Policies, now: datetime) -> list[Result]:
    from proxy.authoring.cases.reading import unknown_documents
    from proxy.authoring.cases.trying import try_cases

    cases = _read(folder)
    if not cases:
        return []
    guard = opened_guard(settings)
    if unknown := unknown_documents(cases, guard.current_corpus().documents):
        raise CommandError("\n".join(map(str, unknown)))
    outcomes = asyncio.run(try_cases(guard, policies, cases, now, at_once=settings.judge_threads))
    return [_result(outcome, settings.corpus) for outcome in outcomes]


def _read(folder: Path) -> Sequence[PlacedCase]:
    from proxy.authoring.cases.reading import read_cases
    from proxy.rules.problems import PoliciesError

    try:
        return read_cases(folder)
    except PoliciesError as error:
        raise CommandError(str(error)) from None


def _result(outcome: CaseOutcome, corpus: Path) -> Result:
    came, placed = outcome.came, outcome.placed
    place = f"{corpus / came.passage.document.path}:{came.passage.line_start}" if came.passage else None
    told = {"question": placed.case.question, "sentence": came.sentence, "because": came.reason}
    if came.evidence is not None:
        told["policy"] = f'{place or came.evidence.document}: "{" ".join(came.evidence.quote.split())}"'
    data = {
        "verdict": came.verdict,
        "decision": came.decision,
        "confidence": came.confidence,
        "sentence": came.sentence,
        "reason": came.reason,
        "document": came.document,
        "quote": came.evidence.quote if came.evidence else None,
        "at": place,
    }
    return Result(
        "answer",
        os.path.relpath(placed.path),
        placed.line,
        placed.case.name,
        outcome.problems,
        {name: text for name, text in told.items() if text},
        data,
    )
