"""``cxai rehearse predict`` and ``outcomes``: what production is said to show, and what it showed."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.commands.options import (
    CommandError,
    ConfigOption,
    DatabaseOption,
    JsonOption,
    PoliciesOption,
    check_tenant,
    duration,
    existing_writable_ledger,
    load,
    moment,
    whoever_runs_this,
    writable_ledger,
)
from proxy.commands.output import counted, print_json_lines, print_table
from proxy.commands.rehearsal_recovery import put_right
from proxy.commands.rehearse import rehearse
from proxy.commands.rehearse_report import (
    AnswersOption,
    ByOption,
    LiveOption,
    OneTenantOption,
    RecoveryOption,
    ResultsArgument,
    SeedOption,
    SuiteArgument,
    UnderOption,
    reported,
)

if TYPE_CHECKING:
    from proxy.ledger.ledger import Ledger
    from proxy.ledger.rehearsal.register import Held, Prediction, PredictionOutcome, RehearsalReport

REVIEWS, RESULTS = "reviews", "results"
REVIEWED = "delivered_wrong"  # the measure that people's reviews of live answers tell
LEAST_N = 20  # reviewed answers, before a prediction is held to them
COLUMNS = ("report", "measure", "for", "pilot", "predicted", "came", "held", "known by")


@rehearse.command("predict")
def predict(
    suite: SuiteArgument,
    results: ResultsArgument,
    live: LiveOption,
    length: Annotated[
        str, typer.Option("--for", metavar="LENGTH", help="How long a time (30d, 12h).")
    ] = "30d",
    since: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="When it begins; now by default.")
    ] = None,
    under: UnderOption = None,
    recovery: RecoveryOption = None,
    by: ByOption = None,
    answers: AnswersOption = 1_000,
    seed: SeedOption = 0,
    tenant: OneTenantOption = "default",
    policies: PoliciesOption = None,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Write the report and what it predicts into the ledger, where it can never be changed.

    For example: cxai rehearse predict pilot.jsonl pilot.results.jsonl --live live.jsonl --for 30d

    `cxai rehearse outcomes` holds it against what came.
    """
    from proxy.ledger.rehearsal.register import RehearsalReport
    from proxy.ledger.texts import StoreText
    from proxy.rehearsal.report.kept import as_kept

    settings = load(config, policies=policies, database_url=database_url).settings
    check_tenant(settings, tenant)
    given = {
        "under": under,
        "way": by,
        "n": answers,
        "seed": seed,
        "recovery": put_right(recovery, settings, tenant),
    }
    told = reported(settings, suite, results, live, given)
    at, actor, id = datetime.now(UTC), whoever_runs_this(), f"RR-{secrets.token_hex(4)}"
    report = RehearsalReport(id, at, actor, as_kept(told, StoreText.named(settings.store_text)), tenant)
    begins = moment(since) or at
    ends = begins + (duration(length, "--for") or timedelta())
    predicted = [_prediction(report, one, told, answers, begins, ends) for one in told["predicted"]]
    with writable_ledger(settings) as ledger:
        try:
            ledger.rehearsals.keep(report, predicted)
        except ValueError as error:
            raise CommandError(str(error)) from None
    print(
        f"{id}: {counted(len(predicted), 'prediction')} for {_period(predicted[0])}; they cannot be changed any more"
    )


def _prediction(
    report: RehearsalReport,
    one: dict[str, Any],
    told: dict[str, Any],
    answers: int,
    begins: datetime,
    ends: datetime,
) -> Prediction:
    from proxy.ledger.rehearsal.register import Prediction

    last = one["steps"][-1]
    return Prediction(
        id=f"{report.id}-{one['measure']}",
        report_id=report.id,
        at=report.at,
        actor=report.actor,
        suite=told["suite"],
        measure=one["measure"],
        since=begins,
        until=ends,
        pilot=one["pilot"]["share"],
        value=last["value"],
        low=last["low"],
        high=last["high"],
        n=answers,
        made_from={**told["made_from"], "seed": told["seed"]},
        tenant=report.tenant,
    )


@rehearse.command("outcomes")
def outcomes(
    report: Annotated[
        str | None,
        typer.Option("--report", metavar="ID", help="Of this report, as `cxai rehearse predict` named it."),
    ] = None,
    results: Annotated[
        Path | None,
        typer.Option("--results", metavar="RESULTS", help="What came, as results of labelled live traffic."),
    ] = None,
    tenant: OneTenantOption = "default",
    as_json: JsonOption = False,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Hold what was predicted against what came, and say how often the intervals held it.

    For example: cxai rehearse outcomes --report RR-1a2b3c4d --results live.results.jsonl

    Where the time that was predicted is over, what people found of its delivered answers is looked up by itself.
    """
    from proxy.ledger.rehearsal.register import coverage

    if (report is None) != (results is None):
        raise CommandError(
            "--report and --results go together: name the report, and the results of what came"
        )
    settings = load(config, database_url=database_url).settings
    check_tenant(settings, tenant)
    with existing_writable_ledger(settings) as ledger:
        if report and results:
            ledger.rehearsals.came(_by_results(ledger, tenant, report, results))
        ledger.rehearsals.came(list(_by_reviews(ledger, tenant)))
        register = ledger.rehearsals.register(tenant)
    share = coverage(register)
    if as_json:
        print_json_lines({**asdict(one), "held": one.held} for one in register)
        return
    print_table(COLUMNS, [_row(one) for one in register], empty="Nothing was predicted yet.")
    if share.share is not None:
        print(
            f"{share.hits} of {share.n} intervals hold what came: {share.share:.1%} "
            f"({share.low:.1%} to {share.high:.1%}); 95% should"
        )


def _by_results(ledger: Ledger, tenant: str, report: str, results: Path) -> list[PredictionOutcome]:
    """What came of each prediction of a report, by results of labelled traffic."""
    from proxy.rehearsal.replay.results import OtherRehearsal, digest, outcomes_in
    from proxy.rehearsal.report.answers import MEASURES, judged_answers, share

    predicted = ledger.rehearsals.register(tenant, report_id=report)
    if not predicted:
        raise CommandError(f'--report: there is no report "{report}"; `cxai rehearse outcomes` lists them')
    try:
        source = f"{RESULTS} {digest(results)}"
        answers = judged_answers(outcomes_in(results))
    except (OtherRehearsal, ValueError):
        raise CommandError(f"--results: {results} is no file of results") from None
    except OSError as error:
        raise CommandError(f"--results: {results} cannot be read: {error.strerror}") from None
    found = [(one.prediction, share(answers, MEASURES[one.prediction.measure])) for one in predicted]
    return [_outcome(one, source, came.share, *came.interval, came.n) for one, came in found if came.n]


def _by_reviews(ledger: Ledger, tenant: str) -> Iterator[PredictionOutcome]:
    """What people found of the delivered answers of each time that is over, once."""
    from proxy.ledger.reviews.records import SAMPLED
    from proxy.review.error_rate import error_rate

    now = datetime.now(UTC)
    for one in ledger.rehearsals.register(tenant):
        made = one.prediction
        if made.measure != REVIEWED or made.until > now or one.outcomes:
            continue
        draws = ledger.reviews.draws(tenant, since=made.since, until=made.until)
        found = error_rate(draws, ledger.reviews.reviews(tenant, since=made.since, kind=SAMPLED))
        if found and found.estimate and found.estimate.n >= LEAST_N:
            told = found.estimate
            yield _outcome(made, REVIEWS, told.share, told.low, told.high, told.n)


def _outcome(
    made: Prediction, source: str, share: float, low: float, high: float, n: int
) -> PredictionOutcome:
    from proxy.ledger.rehearsal.register import PredictionOutcome

    return PredictionOutcome(made.id, datetime.now(UTC), whoever_runs_this(), source, share, low, high, n)


def _row(one: Held) -> Sequence[Any]:
    made, came = one.prediction, one.outcome
    told = f"{came.share:.1%} ({came.low:.1%} to {came.high:.1%}; {came.n})" if came else None
    return (
        made.report_id,
        made.measure,
        _period(made),
        None if made.pilot is None else f"{made.pilot:.1%}",
        f"{made.value:.1%} ({made.low:.1%} to {made.high:.1%})",
        told,
        one.held,
        came.source if came else None,
    )


def _period(made: Prediction) -> str:
    return f"{made.since:%Y-%m-%d %H:%M} to {made.until:%Y-%m-%d %H:%M} UTC"
