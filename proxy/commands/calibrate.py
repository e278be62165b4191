"""``cxai calibrate``: the verifier's confidence held against a company's own labels, and a threshold that is proven."""

from __future__ import annotations

import asyncio
import hashlib
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from proxy.commands.check import Checker
from proxy.commands.options import (
    AsOfOption,
    AudienceOption,
    CommandError,
    ConfigOption,
    CorpusOption,
    JsonOption,
    JurisdictionOption,
    PoliciesOption,
    load,
    policy_date,
    require_extra,
)
from proxy.commands.output import print_json_lines, print_table

if TYPE_CHECKING:
    from proxy.actions.decide import Judged
    from proxy.calibration.fitting import Provenance, Result
    from proxy.calibration.labels import Labelled
    from proxy.calibration.sample import Sample

EXTRA = ("sklearn", "scipy", "matplotlib")
BARE = "a bare yes or no"


def calibrate(
    labels: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help="JSONL of {id?, question?, claim, label, group?, score?, verdict?, verifier?}.",
        ),
    ],
    risk: Annotated[
        float, typer.Option(min=0.0001, max=0.5, help="The share of delivered claims that may be wrong.")
    ] = 0.02,
    confidence: Annotated[
        float, typer.Option(min=0.5, max=0.9999, help="How sure that share has to be.")
    ] = 0.95,
    out: Annotated[
        Path, typer.Option(metavar="FILE", help="Where the calibration goes, for the setting `calibration`.")
    ] = Path("calibration.json"),
    report: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where a report for auditors goes, as one HTML file.")
    ] = None,
    as_of: AsOfOption = None,
    jurisdiction: JurisdictionOption = None,
    audience: AudienceOption = "customer",
    model: Annotated[str, typer.Option(help="The model's name, for the choice of the route.")] = "",
    channel: Annotated[str, typer.Option(help="The channel, for the choice of the route.")] = "chat",
    as_json: JsonOption = False,
    corpus: CorpusOption = None,
    policies: PoliciesOption = None,
    config: ConfigOption = None,
) -> None:
    """Fit the verifier's confidence to your own labels.

    Figures before and after go to the screen; the curve, and a threshold for --risk where it is proven, to --out.

    Claims without a score are judged as `cxai check --claims` does. Nothing is recorded.
    """
    require_extra("calibrate", "calibrating needs", EXTRA)
    from proxy.context.customer import Customer

    rows, digest = _read(labels)
    settings = load(config, corpus=corpus, policies=policies).settings
    asker = Customer(None, None, channel, jurisdiction, audience, policy_date(as_of))
    # What is calibrated is the verifier itself, not one behind an earlier calibration.
    checker = Checker(settings.model_copy(update={"calibration": None}), asker, model)
    outcomes = asyncio.run(_judge_all(checker, rows))
    result, provenance = _fit(checker, rows, outcomes, risk, confidence, labels, digest)
    used = [row for row, outcome in zip(rows, outcomes, strict=True) if not outcome.set_aside]
    _write(result, provenance, used, out, report)
    _print(result, provenance, out, report, as_json)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the verifier said of a row, or why the row tells nothing about the verifier (``set_aside``)."""

    score: float = 0.0
    supported: bool = False
    set_aside: str | None = None


def _read(path: Path) -> tuple[list[Labelled], str]:
    """The rows, and the SHA-256 of the file."""
    from proxy.calibration.labels import LabelsError, read_labels

    try:
        content = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
        rows = read_labels(content.decode("utf-8-sig"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    except LabelsError as error:
        raise CommandError(str(error)) from None
    return rows, hashlib.sha256(content).hexdigest()


async def _judge_all(checker: Checker, rows: Sequence[Labelled]) -> list[Outcome]:
    """An outcome for each row, in their order."""
    missing = sum(row.score is None for row in rows)
    if missing:
        print(f"cxai: judging {missing} claims", file=sys.stderr)
    return list(await asyncio.gather(*(_judge(checker, row) for row in rows)))


async def _judge(checker: Checker, row: Labelled) -> Outcome:
    if row.score is not None:
        return _judged_before(row, row.score, checker.guard.verifier.version)
    _, judged = await checker.check(row.claim, row.question)
    return outcome_of(judged)


def _judged_before(row: Labelled, score: float, version: str) -> Outcome:
    """Of a score that the file brought, which means nothing beside those of another version of the verifier."""
    from proxy.grounding.claims.bare_answers import is_bare_answer

    if row.verifier not in (None, version):
        return Outcome(set_aside="judged by another version of the verifier")
    if is_bare_answer(row.claim):
        return Outcome(set_aside=BARE)
    return Outcome(score, row.verdict in (None, "supported"))


def outcome_of(judged: Sequence[Judged]) -> Outcome:
    """That of the claim's weakest sentence, as in ``cxai check``; set aside where the verifier was not what decided."""
    from proxy.grounding.claims.bare_answers import is_bare_answer
    from proxy.grounding.judging import weaker
    from proxy.grounding.types import ClaimKind, Label

    unverified = next((one.unverified for one in judged if one.unverified), None)
    if unverified:
        return Outcome(set_aside=f"not verified ({unverified})")
    found = [one.judgement for one in judged if one.judgement]
    checked = [each for each in found if each.claim.kind is not ClaimKind.NOT_CHECKABLE]
    if not checked:
        return Outcome(set_aside="not checkable")
    if any(each.claim.kind is not ClaimKind.POLICY for each in checked):
        return Outcome(set_aside="about the customer's account")
    if any(is_bare_answer(each.claim.text) for each in checked):
        return Outcome(set_aside=BARE)
    verdict = checked[0].verdict
    for each in checked[1:]:
        verdict = weaker(verdict, each.verdict)
    return Outcome(verdict.confidence, verdict.label is Label.SUPPORTED)


def _fit(
    checker: Checker,
    rows: Sequence[Labelled],
    outcomes: Sequence[Outcome],
    risk: float,
    confidence: float,
    labels: Path,
    digest: str,
) -> tuple[Result, Provenance]:
    from proxy.calibration.fitting import Provenance, fit_calibration
    from proxy.verifiers.calibration_file import CalibrationError, FittedFor

    aside = Counter(outcome.set_aside for outcome in outcomes if outcome.set_aside)
    verifier, now = checker.guard.verifier, datetime.now(UTC)
    provenance = Provenance(
        made_at=now,
        verifier=FittedFor(verifier.name, verifier.version),
        corpus_version=checker.guard.current_corpus().version(
            checker.asker.scope(now, checker.route.documents)
        ),
        labels_file=labels.name,
        labels_sha256=digest,
        rows=len(rows),
        set_aside=dict(aside.most_common()),
        scored_before=sum(
            row.score is not None and not outcome.set_aside
            for row, outcome in zip(rows, outcomes, strict=True)
        ),
    )
    try:
        return fit_calibration(_sample(rows, outcomes), risk=risk, confidence=confidence), provenance
    except CalibrationError as error:
        raise CommandError(f"{labels}: {error}{_aside_in_words(provenance)}") from None


def _sample(rows: Sequence[Labelled], outcomes: Sequence[Outcome]) -> Sample:
    from proxy.calibration.sample import sample_of

    used = [(row, outcome) for row, outcome in zip(rows, outcomes, strict=True) if not outcome.set_aside]
    return sample_of(
        [outcome.score for _, outcome in used],
        [row.true for row, _ in used],
        [outcome.supported for _, outcome in used],
        [row.group for row, _ in used],
    )


def _aside_in_words(provenance: Provenance) -> str:
    parts = [f"{count} {reason}" for reason, count in provenance.set_aside.items()]
    return f" (set aside: {', '.join(parts)})" if parts else ""


def _write(
    result: Result, provenance: Provenance, used: Sequence[Labelled], out: Path, report: Path | None
) -> None:
    from proxy.calibration.fitting import as_text, stored, write
    from proxy.calibration.report import report_page

    place = out
    try:
        write(out, as_text(stored(result, provenance)))
        if report is not None:
            place = report
            write(report, report_page(result, provenance, used))
    except OSError as error:
        raise CommandError(f"{place}: cannot be written: {error.strerror or error}") from None


def _print(result: Result, provenance: Provenance, out: Path, report: Path | None, as_json: bool) -> None:
    from proxy.calibration.fitting import stored
    from proxy.calibration.report import figure_rows

    if as_json:
        print_json_lines([stored(result, provenance)])
        return
    verifier = provenance.verifier
    print_table(
        ("", "before", "after (out of fold)"),
        figure_rows(result.before, result.after),
        empty="",
        title=f"{verifier.name} {verifier.version}, corpus {provenance.corpus_version}",
    )
    groups = result.sample.group_count
    print(
        f"{len(result.sample)} of {provenance.rows} labels used, {groups} groups{_aside_in_words(provenance)}."
    )
    print(f"Curve: {result.chosen.why}.")
    print(result.control.statement)
    print(
        f"Written: {', '.join(str(path) for path in (out, report) if path)}. To use it, set calibration: {out}"
    )
