"""``cxai rules try``: recorded decisions under other rules, before these are live."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.commands.options import (
    CommandError,
    ConfigOption,
    DatabaseOption,
    JsonOption,
    LimitOption,
    PoliciesOption,
    existing_ledger,
    moment,
)
from proxy.commands.output import counted, print_json_lines, print_table
from proxy.commands.rules import RulesTenantOption, rules, settings_of

if TYPE_CHECKING:
    from proxy.authoring.replay.replaying import Difference, Trial
    from proxy.rules.policies import Policies
    from proxy.settings import Settings

USUAL = "last-7-days"
_LAST = re.compile(r"last-(\d+)-(minute|hour|day|week)s?")


@rules.command("try")
def try_rules(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A policies file with the new rules.")],
    on: Annotated[
        str | None, typer.Option("--on", metavar="PERIOD", help="Such as last-7-days, the usual one, or 24h.")
    ] = None,
    since: Annotated[str | None, typer.Option(metavar="WHEN", help="From when on; a date, or 7d.")] = None,
    until: Annotated[str | None, typer.Option(metavar="WHEN", help="Up to when; now by default.")] = None,
    replacing: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="The file of the folder that it replaces; else the one of its name."
        ),
    ] = None,
    limit: LimitOption = 20,
    tenant: RulesTenantOption = None,
    as_json: JsonOption = False,
    policies: PoliciesOption = None,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Show who would have been treated differently with FILE.

    Recorded decisions are replayed with FILE added to the policies, before it is live.

    For example: cxai rules try drafts/rules.yaml --on last-7-days
    """
    now = datetime.now(UTC)
    start, end = _period(on, since, until, now)
    settings = settings_of(tenant, config, policies=policies, database_url=database_url)
    before, after = _sides(settings, file, replacing)
    trial = _replayed(settings, tenant or "default", (start, end), (before, after), limit)
    differing = _differing(before, after)
    if as_json:
        print_json_lines(_json(trial, differing))
        return
    print(f"Decisions from {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC: {trial.decisions}")
    _print(trial, differing)


def _period(on: str | None, since: str | None, until: str | None, now: datetime) -> tuple[datetime, datetime]:
    if on is not None and (since or until):
        raise CommandError("give --on, or --since and --until, not both")
    if on is not None or not since:
        found = _LAST.fullmatch((on or USUAL).strip().lower())
        since = f"{found[1]}{found[2][0]}" if found else on
    try:
        start, end = moment(since, now=now), moment(until, now=now)
    except CommandError:
        if on is None:
            raise
        raise CommandError(f'--on: "{on}" is no period; write last-7-days, 24h or 7d') from None
    if start is None or start >= (end or now):
        raise CommandError("the period is empty: --since has to be before --until")
    return start, end or now


def _sides(settings: Settings, file: Path, replacing: str | None) -> tuple[Policies, Policies]:
    """The policies as they are, and as they would be."""
    from proxy.authoring.replay.folder import policies_with
    from proxy.rules.problems import PoliciesError
    from proxy.rules.reading import policies_from, policy_texts

    try:
        texts = policy_texts(settings.policies)
        return policies_from(texts), policies_with(texts, file, replacing)
    except PoliciesError as error:
        raise CommandError(str(error)) from None


def _replayed(
    settings: Settings,
    tenant: str,
    period: tuple[datetime, datetime],
    sides: tuple[Policies, Policies],
    most: int,
) -> Trial:
    from proxy.authoring.replay.replaying import replay

    start, end = period
    with existing_ledger(settings) as ledger:
        records = ledger.answers_in_order(since=start, until=end, tenant=tenant)
        return replay(records, *sides, most=most)


def _differing(before: Policies, after: Policies) -> dict[str, str]:
    """The rules that differ, and how: ``new``, ``changed`` or ``gone``."""
    old = {rule.name: rule for rule in before.rules.every}
    new = {rule.name: rule for rule in after.rules.every}
    found = {name: "changed" if name in old else "new" for name, rule in new.items() if rule != old.get(name)}
    return {**found, **dict.fromkeys((name for name in old if name not in new), "gone")}


def _print(trial: Trial, differing: Mapping[str, str]) -> None:
    if not differing:
        print("No rule differs from those in force, so nothing would be different.")
        return
    rows = [(name, how, trial.no_more[name], trial.fired[name]) for name, how in differing.items()]
    print_table(("rule that differs", "how", "fires now on", "would fire on"), rows, empty="")
    print(f"Treated differently: {trial.differing} decisions, {_customers(trial)}")
    if trial.differences:
        columns = (
            "when (UTC)",
            "customer",
            "question",
            "recorded",
            "by the rules in force",
            "with the file",
            "rules",
        )
        shown = f"the newest {len(trial.differences)}" if len(trial.differences) < trial.differing else ""
        print_table(columns, [_row(one) for one in reversed(trial.differences)], empty="", title=shown)
    for line in _left_out(trial):
        print(line)


def _customers(trial: Trial) -> str:
    at_least = "at least " if trial.many_customers else ""
    return at_least + counted(len(trial.customers), "known customer")


def _left_out(trial: Trial) -> Iterator[str]:
    """What could not be replayed, in words."""
    if trial.without_request:
        yield f"Not replayed: {trial.without_request} decisions, recorded before what rules read was kept"
    for (rule, why), count in trial.not_replayed.most_common():
        yield f'Not replayed: rule "{rule}" on {count} decisions; {why}'
    if trial.on_masked_text:
        yield f"On {trial.on_masked_text} decisions text is read in which personal details are masked (store_text)"


def _row(one: Difference) -> tuple[Any, ...]:
    from proxy.authoring.replay.treatment import in_words

    record, claims = one.recorded.record, _claims(one)
    named = [*(f"-{name}" for name in one.gone), *(f"+{name}" for name in one.came)]
    return (
        *(record.created_at, record.customer_id, record.question, record.decision),
        *(in_words(one.was, claims), in_words(one.would_be, claims), " ".join(named)),
    )


def _claims(one: Difference) -> list[Any]:
    return [claim for answer in one.recorded.answers for claim in answer.claims]


def _json(trial: Trial, differing: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """The differences, the newest first; then the rules, what could not be replayed, and the figures."""
    from proxy.authoring.replay.treatment import in_words

    for one in reversed(trial.differences):
        record, claims = one.recorded.record, _claims(one)
        yield {
            "type": "difference",
            "response_id": record.response_id,
            "created_at": record.created_at,
            "customer_id": record.customer_id,
            "conversation_id": record.conversation_id,
            "question": record.question,
            "recorded": record.decision,
            "was": in_words(one.was, claims),
            "would_be": in_words(one.would_be, claims),
            "rules_gone": one.gone,
            "rules_new": one.came,
        }
    for name, how in differing.items():
        counts = {"fires_now": trial.no_more[name], "would_fire": trial.fired[name]}
        yield {"type": "rule", "rule": name, "how": how, **counts}
    for (rule, why), count in trial.not_replayed.most_common():
        yield {"type": "not_replayed", "rule": rule, "why": why, "decisions": count}
    yield {
        "type": "summary",
        "decisions": trial.decisions,
        "differing": trial.differing,
        "customers": len(trial.customers),
        "without_request": trial.without_request,
        "on_masked_text": trial.on_masked_text,
    }
