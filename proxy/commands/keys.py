"""``cxai keys``: who may ask. Changes are in force on running workers within two seconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.commands.options import (
    CommandError,
    ConfigOption,
    DatabaseOption,
    JsonOption,
    TenantOption,
    check_tenant,
    duration,
    existing_ledger,
    existing_writable_ledger,
    load,
    whoever_runs_this,
    writable_ledger,
)
from proxy.commands.output import print_json_lines, print_table

if TYPE_CHECKING:
    from proxy.ledger.records import ApiKey

keys = typer.Typer(no_args_is_help=True, help="API keys: who may ask (docs/access.md).")

PrefixArgument = Annotated[
    str, typer.Argument(metavar="PREFIX", help="The eight letters and digits after cxai_, as in the list.")
]
ExpiresOption = Annotated[
    str | None, typer.Option("--expires", metavar="AGE", help="How long it is valid, such as 90d.")
]


@keys.command("create")
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is for; people read it in the list.")],
    scope: Annotated[
        list[str] | None,
        typer.Option(
            "--scope",
            help="chat, check, contacts, provider, metrics, policies:read or policies:staff; again for more than one.",
        ),
    ] = None,
    tenant: Annotated[str, typer.Option(help="Whose key it is.")] = "default",
    expires: ExpiresOption = None,
    requests_per_minute: Annotated[int | None, typer.Option(min=1, help="How many, by each worker.")] = None,
    concurrency: Annotated[
        int | None, typer.Option(min=1, help="How many at the same time, by each worker.")
    ] = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Make a key and print it, once. Tables of an earlier release are upgraded first, as by `cxai db upgrade`.

    For example: cxai keys create website --expires 90d --requests-per-minute 600
    """
    from proxy.access.keys import USUAL_SCOPES, Scope, new_key

    scopes = scope or list(USUAL_SCOPES)
    if unknown := set(scopes) - set(Scope):
        raise CommandError(f'--scope: "{min(unknown)}" is none; there are {", ".join(Scope)}')
    settings = load(config, database_url=database_url).settings
    check_tenant(settings, tenant)
    lifetime = duration(expires, "--expires")
    text, key = new_key(
        name,
        scopes=scopes,
        tenant=tenant,
        expires_at=None if lifetime is None else datetime.now(UTC) + lifetime,
        requests_per_minute=requests_per_minute,
        concurrency=concurrency,
    )
    with writable_ledger(settings) as ledger:
        ledger.api_keys.add(key, by=whoever_runs_this())
    _print_once(text, key, as_json)


@keys.command("list")
def list_keys(
    tenant: TenantOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """List all keys, the newest first; of each the prefix is shown, and nothing that opens a door."""
    settings = load(config, database_url=database_url).settings
    with existing_ledger(settings) as ledger:
        found = [key for key in ledger.api_keys.every() if tenant in (None, key.tenant)]
    if as_json:
        print_json_lines(map(_shown, found))
        return
    columns = ("prefix", "name", "tenant", "scopes", "state", "last used (UTC)", "expires (UTC)", "limits")
    print_table(columns, [_row(key) for key in found], empty="There are no API keys.")


@keys.command("revoke")
def revoke(
    prefix: PrefixArgument,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """End a key, on every worker within two seconds."""
    with existing_writable_ledger(load(config, database_url=database_url).settings) as ledger:
        key = ledger.api_keys.revoke(_prefix(prefix), datetime.now(UTC), by=whoever_runs_this())
    print(f'Key {key.prefix} ("{key.name}") is revoked.')


@keys.command("rotate")
def rotate(
    prefix: PrefixArgument,
    overlap: Annotated[
        str, typer.Option(metavar="AGE", help="How much longer the old key counts, such as 1h; 0s for none.")
    ] = "24h",
    expires: ExpiresOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Make a key in the place of another, with the same rights, and print it, once.

    For example: cxai keys rotate 4k2mq9xd --overlap 24h
    """
    from proxy.access.keys import new_key, successor_of

    lifetime, longer = duration(expires, "--expires"), duration(overlap, "--overlap") or timedelta(0)
    text, new = new_key("")
    with existing_writable_ledger(load(config, database_url=database_url).settings) as ledger:
        key = ledger.api_keys.rotate(
            _prefix(prefix),
            lambda old: successor_of(old, new, lifetime),
            datetime.now(UTC) + longer,
            by=whoever_runs_this(),
        )
    _print_once(text, key, as_json)


def _prefix(text: str) -> str:
    """The prefix alone, where somebody pasted more of a key."""
    from proxy.access.keys import MARK

    return text.removeprefix(MARK).partition("_")[0]


def _print_once(text: str, key: ApiKey, as_json: bool) -> None:
    if as_json:
        print_json_lines([{"key": text, **_shown(key)}])
        return
    print(text)
    typer.echo("It is not shown again: keep it where your secrets are.", err=True)


def _shown(key: ApiKey) -> dict[str, Any]:
    """What may be seen of a key."""
    return {
        "prefix": key.prefix,
        "name": key.name,
        "tenant": key.tenant,
        "scopes": list(key.scopes),
        "state": _state(key),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "last_used_at": key.last_used_at,
        "requests_per_minute": key.requests_per_minute,
        "concurrency": key.concurrency,
        "replaces": key.replaces,
    }


def _state(key: ApiKey) -> str:
    if key.revoked_at is not None:
        return "revoked"
    is_over = key.expires_at is not None and key.expires_at <= datetime.now(UTC)
    return "expired" if is_over else "valid"


def _row(key: ApiKey) -> tuple[Any, ...]:
    limits = [
        f"{key.requests_per_minute} a minute" if key.requests_per_minute else "",
        f"{key.concurrency} at once" if key.concurrency else "",
    ]
    return (
        key.prefix,
        key.name,
        key.tenant,
        " ".join(key.scopes),
        _state(key),
        key.last_used_at,
        key.expires_at,
        ", ".join(filter(None, limits)),
    )
