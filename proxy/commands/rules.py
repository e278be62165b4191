"""``cxai rules``: what rules there are, whether they are right, and whether their own cases hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.commands.case_results import print_results
from proxy.commands.findings import Format, FormatOption, github_annotation
from proxy.commands.options import (
    ConfigOption,
    JsonOption,
    PoliciesOption,
    check_tenant,
    load,
    policies_in,
)
from proxy.commands.output import print_json_lines, print_table
from proxy.commands.policies import rule_results

if TYPE_CHECKING:
    from proxy.rules.policies import Policies
    from proxy.rules.problems import PolicyProblem
    from proxy.rules.rules import Compiled
    from proxy.settings import Settings

rules = typer.Typer(no_args_is_help=True, help="Rules: what holds, and who changed it (docs/rules.md).")

RulesTenantOption = Annotated[
    str | None, typer.Option("--tenant", metavar="NAME", help="Another tenant's than the default one's.")
]


@rules.command("list")
def list_rules(
    tenant: RulesTenantOption = None,
    as_json: JsonOption = False,
    policies: PoliciesOption = None,
    config: ConfigOption = None,
) -> None:
    """List the rules in the order in which they fire.

    Those that ship with the product are among them.
    """
    live = policies_in(settings_of(tenant, config, policies=policies))
    now = datetime.now(UTC)
    by_priority = sorted(live.rules.compiled, key=lambda one: -one.rule.priority)
    if as_json:
        print_json_lines(_shown(one, now) for one in by_priority)
        return
    columns = ("rule", "effect", "when it is asked", "priority", "for", "owner", "expires", "reason", "place")
    print_table(columns, [_row(one, now) for one in by_priority], empty="There are no rules.")


@rules.command("check")
def check(
    form: FormatOption = Format.TEXT,
    tenant: RulesTenantOption = None,
    as_json: JsonOption = False,
    policies: PoliciesOption = None,
    config: ConfigOption = None,
) -> None:
    """Say what is wrong with the policies, or should be looked at.

    Exits with 1 for mistakes; what should be looked at is none.
    """
    from proxy.rules.problems import PoliciesError
    from proxy.rules.reading import read_policies

    settings = settings_of(tenant, config, policies=policies)
    form = Format.JSON if as_json else form
    try:
        live = read_policies(settings.policies)
    except PoliciesError as error:
        _print_problems("error", error.problems, settings.policies, form)
        raise typer.Exit(1) from None
    _print_problems("warning", list(_warnings(live)), settings.policies, form)
    if form is Format.TEXT:
        said = f"{len(live.routes)} routes, {len(live.rules.compiled)} rules, {len(live.context.facts)} facts"
        print(f"{settings.policies or 'built in'}: in order: {said}")


@rules.command("test")
def test(
    form: FormatOption = Format.TEXT,
    tenant: RulesTenantOption = None,
    as_json: JsonOption = False,
    policies: PoliciesOption = None,
    config: ConfigOption = None,
) -> None:
    """Run the test cases that stand beside the rules. Exits with 1 where one fails.

    `cxai policies test` runs them together with a company's own questions and answers.
    """
    settings = settings_of(tenant, config, policies=policies)
    results = rule_results(policies_in(settings), settings.policies, datetime.now(UTC))
    print_results(results, Format.JSON if as_json else form)
    if not all(result.passed for result in results):
        raise typer.Exit(1)


def settings_of(tenant: str | None, config: Path | None, **command_line: object) -> Settings:
    """The settings as they are for a tenant."""
    settings = load(config, **command_line).settings
    if tenant is None:
        return settings
    check_tenant(settings, tenant)
    return settings.of_tenant(tenant)


def scope_of(one: Compiled) -> str:
    """Whom a rule is for, in words; empty where it is for everybody."""
    match = one.rule.match.model_dump(exclude_defaults=True)
    told = [f"{key} {' or '.join(patterns)}" for key, patterns in match.items()]
    share = (
        [f"{one.rule.share:.4%}".rstrip("0%").rstrip(".") + "% of customers"] if one.rule.share < 1 else []
    )
    return ", ".join([*told, *share])


def _row(one: Compiled, now: datetime) -> tuple[Any, ...]:
    rule = one.rule
    expires = f"{rule.expires} (has ended)" if rule.expired(now) else rule.expires
    return (
        *(rule.name, rule.effect.value, one.phase.value, rule.priority, scope_of(one)),
        *(rule.owner, expires, rule.reason, one.place),
    )


def _shown(one: Compiled, now: datetime) -> dict[str, Any]:
    rule, (path, line) = one.rule, one.place.rsplit(":", 1)
    written = rule.model_dump(mode="json", exclude_none=True)
    return {
        **written,
        "phase": one.phase.name.lower(),
        "expired": rule.expired(now),
        "path": path,
        "line": int(line),
    }


def _warnings(live: Policies) -> Iterator[PolicyProblem]:
    from proxy.rules.problems import PolicyProblem
    from proxy.rules.unread_facts import unread_facts

    for warning in (*live.rules.warnings(datetime.now(UTC)), *unread_facts(live.context, live.rules.every)):
        place, message = warning.split(": ", 1)
        path, line = place.rsplit(":", 1)
        yield PolicyProblem(path, int(line), message)


def _print_problems(severity: str, found: Sequence[PolicyProblem], folder: Path | None, form: Format) -> None:
    for one in found:
        if form is Format.JSON:
            told = {"path": one.path, "line": one.line, "message": one.message}
            print_json_lines([{"severity": severity, **told}])
        elif form is Format.GITHUB:
            path = folder.parent / one.path if folder else Path(one.path)
            print(github_annotation(severity, path, one.line, "cxai rules", one.message))
        else:
            print(f"{severity}: {one}")
