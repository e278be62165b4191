"""Human review, from the command line: ``cxai review draw``, ``seed``, ``figures`` and ``labels``."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.commands.document_risks import risks_of
from proxy.commands.options import (
    CommandError,
    ConfigOption,
    CorpusOption,
    DatabaseOption,
    JsonOption,
    PoliciesOption,
    SinceOption,
    check_tenant,
    existing_ledger,
    load,
    moment,
)
from proxy.commands.output import counted, print_json_lines, print_table

if TYPE_CHECKING:
    from proxy.authoring.probe.trying import Probed
    from proxy.review.figures import Figures
    from proxy.review.integrity import Integrity
    from proxy.review.seeding import SeedSentence
    from proxy.settings import Settings

review = typer.Typer(no_args_is_help=True, help="Human review: what is reviewed, and whether people see.")

OneTenantOption = Annotated[str, typer.Option("--tenant", help="Whose reviews.")]


@review.command("draw")
def draw(
    tenant: OneTenantOption = "default",
    as_json: JsonOption = False,
    corpus: CorpusOption = None,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Draw the sample of delivered answers that people review, of each whole hour that was not drawn from.

    A running proxy does so by itself. It goes two days back, and never draws from an hour twice.
    """
    from proxy.review.sampling import draw_due

    settings = load(config, corpus=corpus, database_url=database_url).settings
    check_tenant(settings, tenant)
    risks = risks_of(settings.of_tenant(tenant))
    with existing_ledger(settings) as ledger:
        now = datetime.now(UTC)
        made = draw_due(ledger, tenant, now, settings.review, lambda one: risks.get(one, "medium"))
    if as_json:
        print_json_lines(map(asdict, made))
        return
    drawn, population = sum(one.drawn for one in made), sum(one.population for one in made)
    print(f"{drawn} of {population} delivered answers were drawn, from {counted(len(made), 'hour')}.")
    drawn, population = (sum(one.by_people(name) for one in made) for name in ("drawn", "population"))
    if population:
        print(f"{drawn} of {population} answers that people gave to cases were drawn, too.")


@review.command("seed")
def seed(
    limit: Annotated[int, typer.Option(min=1, help="How many sentences to make at most.")] = 300,
    number: Annotated[int, typer.Option("--seed", help="Another number makes other sentences.")] = 1,
    tenant: OneTenantOption = "default",
    corpus: CorpusOption = None,
    policies: PoliciesOption = None,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Add seeded items: answers made of the documents' sentences, true ones and false ones.

    The sentences are those of `cxai corpus probe`. Nobody but reviewers ever reads them.
    """
    from proxy.review.frames import frames_for
    from proxy.review.seeding import MOST_CLAIMS, made_up_items

    settings = load(config, corpus=corpus, policies=policies, database_url=database_url).settings
    check_tenant(settings, tenant)
    now = datetime.now(UTC)
    sentences = asyncio.run(_sentences(settings.of_tenant(tenant), now, limit, number))
    documents = {one.document for one in sentences}
    with existing_ledger(settings) as ledger:
        frames = frames_for(ledger, documents, now, settings.review, tenant=tenant, most_places=MOST_CLAIMS)
        items = made_up_items(sentences, now, tenant=tenant, seed=number, frames=frames)
        added = ledger.reviews.add(items)
    bad, framed = (
        sum(one.kind == "seeded-bad" for one in items),
        sum(one.response_id is not None for one in items),
    )
    print(f"{added} seeded items were added; of {len(items)} made, {bad} have an error in them.")
    print(
        f"{framed} are asked about in a customer's own words, {len(items) - framed} with a heading of the policy."
    )


@review.command("figures")
def show_figures(
    since: SinceOption = "28d",
    as_seen_by: Annotated[
        str | None,
        typer.Option("--as", metavar="PERSON", help="Only the team's figures and this person's own."),
    ] = None,
    tenant: OneTenantOption = "default",
    as_json: JsonOption = False,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Show whether people see what they approve; docs/review.md explains each figure."""
    from proxy.review.integrity import Viewer, integrity

    settings = load(config, database_url=database_url).settings
    check_tenant(settings, tenant)
    viewer = Viewer(as_seen_by or "", lead=as_seen_by is None)
    with existing_ledger(settings) as ledger:
        found = integrity(ledger, viewer, tenant=tenant, since=moment(since))
    if as_json:
        print_json_lines([asdict(found)])
        return
    _print(found)


@review.command("labels")
def labels(
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write them there.")] = None,
    since: SinceOption = None,
    tenant: OneTenantOption = "default",
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Write what reviews settled as labels, one JSON object a line, for `cxai calibrate --labels`.

    What was settled and is no label (docs/review.md) is left out, and how much of it, and why, goes to stderr.
    """
    from proxy.review.labels import labels as labels_of

    settings = load(config, database_url=database_url).settings
    check_tenant(settings, tenant)
    with existing_ledger(settings) as ledger:
        found = labels_of(ledger, tenant=tenant, since=moment(since))
    aside = ", ".join(f"{count} {reason}" for reason, count in found.left_out.most_common())
    told = f"cxai: {counted(len(found.rows), 'label')}", f" (left out: {aside})" if aside else ""
    if out is None:
        print_json_lines(found.rows)
        typer.echo("".join(told), err=True)
        return
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in found.rows)
    try:
        out.write_text(lines, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{out} cannot be written: {error.strerror}") from None
    typer.echo(f"{told[0]} written to {out}{told[1]}", err=True)


async def _sentences(settings: Settings, now: datetime, limit: int, number: int) -> list[SeedSentence]:
    from proxy.authoring.probe.choosing import make_probes
    from proxy.authoring.probe.trying import try_probes
    from proxy.commands.check import opened_guard, patient_policies

    guard, routes = opened_guard(settings), patient_policies(settings)
    corpus = guard.current_corpus()
    probes = make_probes(corpus.documents, corpus.passages, now, seed=number, limit=limit)
    report = await try_probes(guard, routes, probes, now, at_once=settings.judge_threads)
    return [_sentence(one) for one in report.probed]


def _sentence(one: Probed) -> SeedSentence:
    from proxy.review.answers import Quote
    from proxy.review.seeding import SeedSentence

    probe, came, passage = one.probe, one.outcome.came, one.probe.source.passage
    found = came.evidence
    other = found is not None and found.quote != probe.source.sentence and ":" not in found.document
    return SeedSentence(
        text=probe.text,
        truth="supported" if probe.is_true else "contradicted",
        source=f"probe: {probe.attack.value}",
        document=probe.source.document.id,
        section=passage.section,
        quote=probe.source.sentence,
        url=probe.source.document.source,
        verdict=came.verdict,
        confidence=came.confidence,
        beside=Quote(found.document, found.section, found.quote, found.url) if found and other else None,
    )


def _print(found: Integrity) -> None:
    if found.team is None:
        print("Nothing has been reviewed in this time.")
        return
    if found.simulated:
        print("SIMULATED: not the work of people.\n")
    columns = ("who", "reviews", "caught", "when rare", "true passed", "hurried", "median s", "streak")
    rows = [_row(found.team, "team"), *(_row(one, one.reviewer) for one in found.people)]
    print_table(columns, rows, empty="")
    for line in _lines(found):
        print(line)


def _row(of: Figures, who: str | None) -> tuple[Any, ...]:
    rates = (of.caught, of.rare, of.passed, of.hurried)
    told = [f"{rate.share:.2f} ({rate.hits}/{rate.n})" if rate.share is not None else "" for rate in rates]
    return who, of.reviews, *told, round(of.median_s or 0), of.streak


def _lines(found: Integrity) -> Iterator[str]:
    agreed, rate = found.agreement, found.error_rate
    if agreed.alpha is not None:
        yield f"Agreement: alpha {agreed.alpha:.2f} ({agreed.low:.2f} to {agreed.high:.2f}), {agreed.claims} claims"
    if rate is not None and rate.estimate is not None:
        told = rate.estimate
        yield (
            f"Wrong among delivered answers: {told.share:.1%} ({told.low:.1%} to {told.high:.1%}), "
            f"from {rate.reviewed} reviewed of {rate.population}"
        )
    for alarm in found.alarms:
        yield f"ALARM {alarm.reviewer or 'team'}: {alarm.words}"
