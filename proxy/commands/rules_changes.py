"""``cxai rules changes``: who put which version of the policies in force, and what it changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
from proxy.commands.rules import rules

if TYPE_CHECKING:
    from proxy.ledger.records import PolicyChange

MOST_NAMES = 12


@rules.command("changes")
def changes(
    since: SinceOption = None,
    tenant: TenantOption = None,
    limit: LimitOption = 20,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """List who changed the policies and when, the newest first."""
    settings = load(config, database_url=database_url).settings
    with existing_ledger(settings) as ledger:
        found = ledger.policy_changes.listed(since=moment(since), tenant=tenant, limit=limit)
    if as_json:
        print_json_lines(map(_shown, found))
        return
    columns = ("in force since (UTC)", "who", "tenant", "what", "files", "version")
    print_table(columns, [_row(change) for change in found], empty="No change of the policies is on record.")


def _row(change: PolicyChange) -> tuple[Any, ...]:
    files = "\n".join(change.summary.get("files") or ())
    return change.at, change.author, change.tenant, _in_words(change), files, change.version


def _in_words(change: PolicyChange) -> str:
    """``added rule a; removed route b``; the first version ever seen has changed nothing."""
    if change.previous is None:
        return f"first noted, with {len(change.summary.get('added') or ())} parts"
    told = []
    for what in ("added", "changed", "removed"):
        names = change.summary.get(what) or []
        more = [f"and {len(names) - MOST_NAMES} more"] if len(names) > MOST_NAMES else []
        if names:
            told.append(f"{what} " + ", ".join([*names[:MOST_NAMES], *more]))
    return "; ".join(told)


def _shown(change: PolicyChange) -> dict[str, Any]:
    summary = {name: value for name, value in change.summary.items() if name != "parts"}
    return {
        "at": change.at,
        "author": change.author,
        "tenant": change.tenant,
        "version": change.version,
        "previous": change.previous,
        **summary,
    }
