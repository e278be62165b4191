"""What was decided: ``cxai answers``, ``cxai escalations`` and ``cxai report observe``."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from proxy.commands.options import (
    ConfigOption,
    DatabaseOption,
    JsonOption,
    LimitOption,
    SinceOption,
    TenantOption,
    existing_ledger,
    load,
    moment,
)
from proxy.commands.output import print_json_lines, print_table

if TYPE_CHECKING:
    from proxy.ledger.records import DecisionRecord, EscalationRecord

report = typer.Typer(no_args_is_help=True, help="What the records add up to.")


def answers(
    since: SinceOption = None,
    until: Annotated[str | None, typer.Option(metavar="WHEN", help="Only before this time.")] = None,
    decision: Annotated[
        Literal["deliver", "rewrite", "escalate", "refuse"] | None, typer.Option(help="What was done.")
    ] = None,
    mode: Annotated[
        Literal["enforce", "observe", "immediate"] | None,
        typer.Option(help="The route's mode, or `immediate` for `delivery: immediate`."),
    ] = None,
    tenant: TenantOption = None,
    limit: LimitOption = 100,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """List what was decided about answers, newest first.

    For example: cxai answers --since 1h --decision rewrite
    """
    settings = load(config, database_url=database_url).settings
    with existing_ledger(settings) as ledger:
        found = ledger.answers(
            since=moment(since), until=moment(until), decision=decision, mode=mode, tenant=tenant, limit=limit
        )
    if as_json:
        print_json_lines(map(asdict, found))
        return
    columns = (
        "when (UTC)",
        "response",
        "route",
        "decision",
        "checked",  # not "verified": beside a rewrite that reads as "true"
        "confidence",
        "question",
        "decided by",
        "owner",
    )
    print_table(columns, [_answer_row(record) for record in found], empty="No such answers.")


def _answer_row(record: DecisionRecord) -> tuple[Any, ...]:
    decision = record.decision if record.mode == "enforce" else f"{record.decision} ({record.mode})"
    return (
        record.created_at,
        record.response_id,
        record.route,
        decision,
        record.verified or f"no: {record.unverified_reason}",
        record.confidence,
        record.question,
        _decided_by(record),
        record.owner,
    )


def _decided_by(record: DecisionRecord) -> str:
    """The reason and place of the claim that is furthest from being supported; else the rules that stopped a call."""
    claims = [claim for choice in record.choices for claim in choice.get("claims", ())]
    stopped = [
        claim for claim in claims if (claim.get("called_for") or claim.get("action", "deliver")) != "deliver"
    ]
    worst = min(stopped, key=lambda claim: claim.get("confidence") or 0.0, default=None)
    if worst is None:
        rules = [rule for choice in record.choices for rule in choice.get("rules", ())]
        return "\n".join(f'rule "{rule["rule"]}" stopped {rule["tool"]}' for rule in rules)
    evidence: dict[str, Any] = next(iter(worst.get("evidence") or ()), {})
    place = " › ".join(part for part in (evidence.get("document"), evidence.get("section")) if part)
    return "\n".join(part for part in (worst.get("reason"), place) if part)


def escalations(
    since: SinceOption = None,
    status: Annotated[str | None, typer.Option(help="Only with this status, such as open.")] = None,
    tenant: TenantOption = None,
    limit: LimitOption = 100,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """List the cases that were handed over to people, newest first."""
    settings = load(config, database_url=database_url).settings
    with existing_ledger(settings) as ledger:
        found = ledger.escalations(status=status, since=moment(since), tenant=tenant, limit=limit)
    if as_json:
        print_json_lines(map(asdict, found))
        return
    columns = (
        "reference",
        "when (UTC)",
        "status",
        "customer",
        "conversation",
        "route",
        "question",
        "not delivered",
        "why",
    )
    rows = [_case_row(case) for case in found]
    print_table(columns, rows, empty="No such escalations.")


def _case_row(case: EscalationRecord) -> tuple[Any, ...]:
    return (
        case.ref,
        case.created_at,
        case.status,
        case.customer_id,
        case.conversation_id,
        case.route,
        case.question,
        case.blocked_text,
        case.reason,
    )


@report.command("observe")
def observe(
    since: SinceOption = None,
    tenant: TenantOption = None,
    limit: LimitOption = 100,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """List what enforcing would have stopped, worst first.

    That is what routes with "mode: observe" or "delivery: immediate" let pass.
    """
    settings = load(config, database_url=database_url).settings
    with existing_ledger(settings) as ledger:
        found = ledger.observe_report(since=moment(since), tenant=tenant, limit=limit)
    if as_json:
        print_json_lines(map(asdict, found))
        return
    columns = ("when (UTC)", "would", "confidence", "question", "the model said", "why", "policy says")
    rows = [
        (
            one.created_at,
            one.decision,
            one.confidence,
            one.question,
            one.claim,
            one.reason or one.unverified_reason,
            "\n".join(part for part in (one.quote, one.document) if part),
        )
        for one in found
    ]
    print_table(columns, rows, empty='Nothing would have been stopped (on routes with "mode: observe").')
