"""``cxai recall find``, ``list`` and ``show``: whom did we tell this, and what looking again came to."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.commands.options import (
    CommandError,
    ConfigOption,
    CorpusOption,
    DatabaseOption,
    JsonOption,
    LimitOption,
    PoliciesOption,
    SinceOption,
    check_tenant,
    existing_ledger,
    existing_writable_ledger,
    load,
    moment,
    whoever_runs_this,
)
from proxy.commands.output import counted, print_json_lines, print_table

if TYPE_CHECKING:
    from proxy.ledger.ledger import Ledger
    from proxy.ledger.recall.records import KeptFinding, Recall
    from proxy.models.embedder import Embedder
    from proxy.recovery.recall.finding import Found
    from proxy.recovery.recall.grouping import Group
    from proxy.settings import Settings

recall = typer.Typer(no_args_is_help=True, help="Whom did we tell this? Past answers, looked at again.")

OneTenantOption = Annotated[str, typer.Option("--tenant", help="Whose answers.")]
RefArgument = Annotated[str, typer.Argument(metavar="RC-…", help="The recall.")]
# The console runs commands for whoever is signed in there.
ActorOption = Annotated[str | None, typer.Option("--actor", hidden=True)]
FIND_AGAIN = "cxai recall find TEXT --wrong WHY (no failure counts twice)"
SHOWN_OF_A_GROUP = 3  # wordings
NEWEST_OF_A_WORDING = 10  # answers


@recall.command("find")
def find(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What was said, as a sentence or some words.")],
    since: SinceOption = None,
    until: Annotated[str | None, typer.Option(metavar="WHEN", help="Only before this time.")] = None,
    wrong: Annotated[
        str | None,
        typer.Option(
            "--wrong", metavar="WHY", help="It was wrong: open a recall, with a failure for each answer."
        ),
    ] = None,
    answers: Annotated[
        bool, typer.Option("--answers", help="A line for each answer, not each group.")
    ] = False,
    limit: LimitOption = 20,
    actor: ActorOption = None,
    tenant: OneTenantOption = "default",
    as_json: JsonOption = False,
    corpus: CorpusOption = None,
    policies: PoliciesOption = None,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Find who was told something, in whatever words, the riskiest first.

    For example: cxai recall find "90 days after travel" --since 30d
    """
    from proxy.commands.recall_plan import documents_risks
    from proxy.corpus.documents import Risk
    from proxy.models.embedder import Embedder
    from proxy.recovery.recall.finding import Search
    from proxy.recovery.recall.grouping import grouped

    if not text.strip():
        raise CommandError('say what was told, such as: cxai recall find "90 days after travel"')
    settings = load(config, corpus=corpus, policies=policies, database_url=database_url).settings
    check_tenant(settings, tenant)
    now = datetime.now(UTC)
    with existing_writable_ledger(settings) as ledger:
        embedder = Embedder.load()
        _enter(ledger, embedder, tenant)
        found = _finder(ledger, embedder).find(Search(text, moment(since), moment(until), tenant))
        risks = documents_risks(settings.of_tenant(tenant))
        groups = grouped(found.sentences, lambda document: risks.get(document, Risk.MEDIUM), now)
        by = actor or whoever_runs_this()
        opened = _opened(ledger, settings, text, wrong, by, found, tenant, now) if wrong else None
    if as_json and opened is not None:
        print_json_lines([asdict(opened)])
        return
    if as_json:
        print_json_lines(_json_places(groups) if answers else map(_json_group, groups[:limit]))
        return
    _print_found(found, groups, limit, answers)
    if opened is not None:
        print(
            f"\nRecall {opened.ref}: {counted(opened.total, 'answer')}, each with a failure to be put right."
        )
        print(f"What customers are to be told: cxai recall draft {opened.ref}")


def _enter(ledger: Ledger, embedder: Embedder, tenant: str) -> None:
    """Enter what a running proxy has not entered yet."""
    from proxy.recovery.recall.filling import fill_all

    missing, entered = ledger.sentences.count_missing(tenant), 0
    for number in fill_all(ledger, embedder, tenant):
        entered += number
        print(f"cxai: {entered} of {counted(missing, 'answer')} entered by meaning", file=sys.stderr)


def _finder(ledger: Ledger, embedder: Embedder) -> Any:
    from proxy.recovery.recall.confirming import Confirming
    from proxy.recovery.recall.finding import Finder

    return Finder(ledger, embedder, Confirming.shipped(embedder.embed))


def _opened(
    ledger: Ledger,
    settings: Settings,
    text: str,
    why: str,
    actor: str,
    found: Found,
    tenant: str,
    now: datetime,
) -> Recall | None:
    from proxy.commands.recall_plan import opened_bench
    from proxy.recovery.recall.opening import open_found

    if not found.sentences:
        return None
    with opened_bench(ledger, settings.of_tenant(tenant), now) as bench:
        told = {"why": why, "actor": actor, "tenant": tenant}
        return open_found(ledger, text, found, bench.rechecker, bench.risks, now=now, **told)


def _print_found(found: Found, groups: Sequence[Group], limit: int, answers: bool) -> None:
    columns: tuple[str, ...]
    if answers:
        told = [
            (one["at"], one["customer_id"], one["conversation_id"], one["response_id"], one["text"])
            for one in _json_places(groups)
        ]
        columns = ("when (UTC)", "customer", "conversation", "response", "what was said")
        print_table(columns, told[:limit], empty=_nothing(found))
        if len(told) > limit:
            print(f"{counted(len(told) - limit, 'more answer')}; --limit shows them, --json has all.")
    else:
        columns = ("what was said", "answers", "customers", "first", "last", "severity", "money", "document")
        print_table(columns, [_group_row(one) for one in groups[:limit]], empty=_nothing(found))
    if len(groups) > limit and not answers:
        print(f"{len(groups) - limit} more groups; --limit shows them.")
    if found.cut:
        print("There were more near sentences than are read; --since and --until look at fewer at a time.")
    if found.unread:
        print(f"Of {counted(found.unread, 'near sentence')} the text is not kept any more.")


def _nothing(found: Found) -> str:
    return (
        f"Nobody was told that, as far as can be seen: of {counted(found.told, 'distinct sentence')}, "
        f"{found.near} came near, and none of them says it."
    )


def _group_row(group: Group) -> tuple[Any, ...]:
    wordings = sorted(group.sentences, key=lambda one: -len(one.places))
    said = [one.reading for one in wordings[:SHOWN_OF_A_GROUP]]
    if len(wordings) > SHOWN_OF_A_GROUP:
        said.append(f"… and {len(wordings) - SHOWN_OF_A_GROUP} more wordings")
    money = f"{group.money:,} {group.currency}" if group.money is not None else None
    return (
        "\n".join(said),
        group.answers,
        group.customers,
        group.first_at,
        group.last_at,
        group.severity.value,
        money,
        "\n".join(group.documents[:SHOWN_OF_A_GROUP]),
    )


def _json_group(group: Group) -> dict[str, Any]:
    return {
        "text": group.text,
        "wordings": [one.reading for one in group.sentences],
        "newest": [
            [place.response_id for place in one.places[:NEWEST_OF_A_WORDING]] for one in group.sentences
        ],
        "answers": group.answers,
        "customers": group.customers,
        "first_at": group.first_at,
        "last_at": group.last_at,
        "severity": group.severity.value,
        "money": None if group.money is None else float(group.money),
        "currency": group.currency,
        "documents": list(group.documents),
        "risk": round(group.risk, 3),
    }


def _json_places(groups: Sequence[Group]) -> Iterator[dict[str, Any]]:
    for number, group in enumerate(groups, start=1):
        for one in group.sentences:
            for place in one.places:
                yield {
                    "group": number,
                    "response_id": place.response_id,
                    "at": place.at,
                    "customer_id": place.customer_id,
                    "conversation_id": place.conversation_id,
                    "choice": place.choice,
                    "start": place.begins,
                    "end": place.ends,
                    "text": one.reading,
                    "cosine": round(one.cosine, 4),
                    "confidence": round(one.says.confidence, 4),
                }


@recall.command("list")
def list_recalls(
    limit: LimitOption = 50,
    tenant: OneTenantOption = "default",
    as_json: JsonOption = False,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """List recalls, the newest first."""
    settings = load(config, database_url=database_url).settings
    check_tenant(settings, tenant)
    with existing_ledger(settings) as ledger:
        found = ledger.recalls.newest(tenant, limit=limit)
    if as_json:
        print_json_lines(map(asdict, found))
        return
    columns = ("reference", "when (UTC)", "by", "because", "state", "answers", "wrong then", "changed since")
    print_table(columns, [_recall_row(one) for one in found], empty="No recalls.")


def _recall_row(one: Recall) -> tuple[Any, ...]:
    return (
        one.ref,
        one.at,
        one.actor,
        one.what.get("because"),
        one.state,
        f"{one.done} of {one.total}",
        one.counts.get("wrong_then", 0),
        one.counts.get("changed_since", 0),
    )


@recall.command("show")
def show(
    ref: RefArgument,
    limit: LimitOption = 100,
    tenant: OneTenantOption = "default",
    as_json: JsonOption = False,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Show what a recall found: what was wrong when it was said, and what is so no more."""
    settings = load(config, database_url=database_url).settings
    with existing_ledger(settings) as ledger:
        one = ledger.recalls.get(ref, tenant=tenant)
        found = list(ledger.recalls.findings(ref, tenant=tenant))[:limit]
        texts = _texts(ledger, found)
    if as_json:
        print_json_lines(
            {"id": each.id, "text": texts.get(each.id), **asdict(each.finding)} for each in found
        )
        return
    print(in_words(one))
    columns = ("when (UTC)", "customer", "outcome", "what was said", "policy says", "failure")
    rows = [
        (
            each.finding.said_at,
            each.finding.customer_id,
            each.finding.outcome.replace("_", " "),
            texts.get(each.id),
            "\n".join(part for part in (each.finding.quote, each.finding.document) if part),
            each.finding.failure_id,
        )
        for each in found
    ]
    print_table(columns, rows, empty="Nothing was found that does not hold.")


def _texts(ledger: Ledger, found: Sequence[KeptFinding]) -> dict[int, str]:
    """What was said, as far as it is kept."""
    from proxy.recovery.recall.delivered import sentence_at

    records = ledger.answers_by_id([each.finding.response_id for each in found])
    texts = {}
    for each in found:
        one, record = each.finding, records.get(each.finding.response_id)
        piece = record and sentence_at(record, one.choice, one.begins, one.ends)
        if piece:
            texts[each.id] = piece.text
    return texts


def in_words(one: Recall) -> str:
    counts = {name: int(one.counts.get(name, 0)) for name in _OUTCOMES}
    sentences = sum(counts.values())
    told = ", ".join(f"{number} {_OUTCOMES[name]}" for name, number in counts.items())
    return (
        f"{one.ref} ({one.state}), because: {one.what.get('because')}. Answers: {one.done} of {one.total}. "
        f"Sentences: {sentences}; of these {told}."
    )


_OUTCOMES = {
    "wrong_then": "were wrong when they were said",
    "changed_since": "were right then and are so no more",
    "still_right": "still hold",
    "not_known": "cannot be told, since what would tell is not kept",
}
