"""``cxai rules inject``: an urgent rule, live within two seconds, with an owner, a reason and an end."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.commands.options import CommandError, ConfigOption, PoliciesOption, policies_folder
from proxy.commands.rules import RulesTenantOption, rules, scope_of, settings_of

if TYPE_CHECKING:
    from proxy.rules.rules import Compiled

NEEDED = {
    "name": "what records and metrics call it, such as no-refunds-today",
    "when": "a condition, such as 'request.about_account'",
    "effect": "what then happens, such as route_to_human",
    "reason": "why, in words for the staff",
    "owner": "who answers for it",
    "expires": "when it ends: a length such as 24h, or a time such as 2026-12-01T09:00:00+01:00",
}
AHEAD_OF_OTHERS = 1000


def _text(help: str, metavar: str = "TEXT") -> Any:
    return typer.Option(metavar=metavar, help=help)


@rules.command("inject")
def inject(
    name: Annotated[str | None, _text("What records, traces and metrics call it.", "NAME")] = None,
    when: Annotated[str | None, _text("The condition, in CEL.", "CONDITION")] = None,
    effect: Annotated[str | None, _text("What then happens, such as route_to_human.", "EFFECT")] = None,
    reason: Annotated[str | None, _text("Why, in words for the staff.")] = None,
    owner: Annotated[str | None, _text("Who answers for it.", "WHO")] = None,
    expires: Annotated[str | None, _text("When it ends: 24h, or a time with its zone.", "WHEN")] = None,
    say: Annotated[str | None, _text("What the customer reads.")] = None,
    notice: Annotated[str | None, _text("For append_notice: what is said behind the answer.")] = None,
    confidence: Annotated[
        float | None, typer.Option(help="For require_confidence: above 0, up to 1.")
    ] = None,
    topic: Annotated[
        list[str] | None, _text("For forbid_topic: a phrase that is about it; may be given again.")
    ] = None,
    label: Annotated[str | None, _text("For mark: what the record calls the mark.")] = None,
    then: Annotated[str | None, _text("For stop_tool_call and forbid_topic: escalate or refuse.")] = None,
    match: Annotated[
        list[str] | None,
        _text("Which requests it is for, such as channel=voice,chat; may be given again.", "KEY=VALUES"),
    ] = None,
    share: Annotated[float | None, typer.Option(help="For which share of customers, such as 0.1.")] = None,
    priority: Annotated[int, typer.Option(help="Higher ones act first.")] = AHEAD_OF_OTHERS,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and print it; change nothing.")] = False,
    end: Annotated[str | None, _text("End the injected rule of this name, now.", "NAME")] = None,
    tenant: RulesTenantOption = None,
    policies: PoliciesOption = None,
    config: ConfigOption = None,
) -> None:
    """Put an urgent rule in force, or end one.

    Proxies that read the policies folder follow within two seconds, without a restart.

    For example: cxai rules inject --name outage --when request.about_account --effect route_to_human
    --reason "The CRM is down" --owner ann@example.com --expires 4h
    """
    folder = policies_folder(settings_of(tenant, config, policies=policies))
    given = {
        "name": name,
        "when": when,
        "effect": effect,
        "reason": reason,
        "owner": owner,
        "expires": expires,
    }
    if end is not None:
        _check_alone(given)
        _end(folder, end)
        return
    _check_complete(given)
    more: dict[str, Any] = {
        "say": say,
        "notice": notice,
        "confidence": confidence,
        "topic": topic,
        "label": label,
        "then": then,
    }
    more |= {"match": _match(match or []), "share": share, "priority": priority}
    now = datetime.now(UTC)
    written = {**given, "expires": _end_of(str(expires), now), **more}
    _inject(
        folder, {key: value for key, value in written.items() if value not in (None, [], {})}, now, dry_run
    )


def _inject(folder: Path, rule: dict[str, Any], now: datetime, dry_run: bool) -> None:
    from proxy.rules.injected_file import rule_text
    from proxy.rules.injecting import inject
    from proxy.rules.problems import PoliciesError

    try:
        one = inject(folder, rule, now, dry_run=dry_run)
    except PoliciesError as error:
        raise CommandError(f"{error}\nNothing was written.") from None
    if dry_run:
        print(f"# {_in_words(one)}\nrules:\n{rule_text(rule)}", end="")
        return
    print(f"{one.place}: {_in_words(one)}")
    print(
        f'Proxies that read {folder} have it within two seconds; "cxai rules inject --end {one.rule.name}" ends it.'
    )


def _end(folder: Path, name: str) -> None:
    from proxy.rules.injecting import end
    from proxy.rules.problems import PoliciesError

    try:
        end(folder, name)
    except PoliciesError as error:
        raise CommandError(f"{error}\nNothing was written.") from None
    print(f'Rule "{name}" is ended: proxies that read {folder} are without it within two seconds.')


def _in_words(one: Compiled) -> str:
    rule = one.rule
    return (
        f'rule "{rule.name}": {rule.effect.value}, {one.phase.value}, for {scope_of(one) or "everybody"}, '
        f"until {rule.expires}"
    )


def _check_alone(given: dict[str, str | None]) -> None:
    if others := [f"--{key}" for key, value in given.items() if value is not None]:
        raise CommandError(f"--end ends a rule and takes no {', '.join(others)}")


def _check_complete(given: dict[str, str | None]) -> None:
    missing = [key for key, value in given.items() if not (value or "").strip()]
    if missing:
        raise CommandError("\n".join(f"--{key} is missing: {NEEDED[key]}" for key in missing))


def _end_of(expires: str, now: datetime) -> str:
    """``24h`` as the time in twenty-four hours; a time as it is written."""
    from proxy.rules.durations import length_of

    try:
        length = length_of(expires)
        return expires if length is None else (now + length).isoformat(timespec="seconds")
    except OverflowError:
        raise CommandError(
            f'--expires: "{expires}" is past all that a date can be; write 24h or 7d'
        ) from None


def _match(pairs: list[str]) -> dict[str, list[str]]:
    """``channel=voice,chat`` as ``{"channel": ["voice", "chat"]}``."""
    found: dict[str, list[str]] = {}
    for pair in pairs:
        key, equals, values = pair.partition("=")
        if not equals or not values.strip():
            raise CommandError(f'--match: "{pair}" is no KEY=VALUES; write channel=voice,chat')
        found.setdefault(key.strip(), []).extend(value.strip() for value in values.split(","))
    return found
