"""``cxai users``: who may sign in to the console. Changes are in force at once."""

from __future__ import annotations

import sys
from collections.abc import Collection
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.commands.options import (
    CommandError,
    ConfigOption,
    DatabaseOption,
    JsonOption,
    TenantOption,
    check_tenant,
    existing_ledger,
    existing_writable_ledger,
    load,
    whoever_runs_this,
    writable_ledger,
)
from proxy.commands.output import print_json_lines, print_table

if TYPE_CHECKING:
    from proxy.access.people.roles import Role
    from proxy.ledger.ledger import Ledger
    from proxy.ledger.staff.people import PersonRecord
    from proxy.settings import Settings

users = typer.Typer(no_args_is_help=True, help="People: who may sign in to the console (docs/people.md).")

EmailArgument = Annotated[str, typer.Argument(metavar="EMAIL", help="The person's e-mail address.")]
NameOption = Annotated[str, typer.Option("--name", help="What colleagues see; the address by default.")]
OfTenantOption = Annotated[str, typer.Option("--tenant", help="Whose cases and documents they see.")]
NoPasswordOption = Annotated[
    bool, typer.Option("--no-password", help="They sign in by the identity provider alone.")
]
SIGN_IN_ROLES = "viewer, reviewer, lead, policy-owner or admin"


@users.command("create-admin")
def create_admin(
    email: EmailArgument,
    name: NameOption = "",
    tenant: OfTenantOption = "default",
    no_password: NoPasswordOption = False,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Add somebody who may do everything. The password is asked for, or read from stdin.

    For example: cxai users create-admin ada@example.com --name "Ada Example"
    """
    _create(load(config, database_url=database_url).settings, email, name, ["admin"], tenant, no_password)


@users.command("create")
def create(
    email: EmailArgument,
    role: Annotated[list[str], typer.Option("--role", help=f"{SIGN_IN_ROLES}; again for more than one.")],
    name: NameOption = "",
    tenant: OfTenantOption = "default",
    no_password: NoPasswordOption = False,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Add somebody. The password is asked for, or read from stdin; it is no argument, which others could see.

    For example: cxai users create bo@example.com --role reviewer
    """
    _create(load(config, database_url=database_url).settings, email, name, role, tenant, no_password)


@users.command("list")
def list_users(
    tenant: TenantOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """List everybody, those who were disabled, too."""
    with existing_ledger(load(config, database_url=database_url).settings) as ledger:
        found = ledger.people.listed(tenant)
    if as_json:
        print_json_lines(map(_shown, found))
        return
    columns = ("email", "name", "tenant", "roles", "signs in by", "state", "since (UTC)")
    print_table(columns, [_row(person) for person in found], empty="Nobody may sign in yet.")


@users.command("roles")
def set_roles(
    email: EmailArgument,
    roles: Annotated[
        list[str], typer.Argument(metavar="ROLE...", help=f"All that they have: {SIGN_IN_ROLES}.")
    ],
    config: ConfigOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Give somebody these roles in the place of those they had."""
    from proxy.access.people.accounts import set_roles as give_roles

    chosen = _roles(roles)
    with existing_writable_ledger(load(config, database_url=database_url).settings) as ledger:
        person = _person(ledger, email)
        give_roles(ledger, person, chosen, by=whoever_runs_this())
    print(f"{person.email} has the roles {', '.join(sorted(chosen))}.")


@users.command("disable")
def disable(email: EmailArgument, config: ConfigOption = None, database_url: DatabaseOption = None) -> None:
    """Let somebody sign in no more, and end their sessions now. What they did stays under their name."""
    from proxy.access.people.accounts import disable as disable_person

    with existing_writable_ledger(load(config, database_url=database_url).settings) as ledger:
        person = _person(ledger, email)
        disable_person(ledger, person, by=whoever_runs_this())
    print(f"{person.email} is disabled.")


@users.command("enable")
def enable(email: EmailArgument, config: ConfigOption = None, database_url: DatabaseOption = None) -> None:
    """Let somebody who was disabled sign in again."""
    from proxy.access.people.accounts import enable as enable_person

    with existing_writable_ledger(load(config, database_url=database_url).settings) as ledger:
        person = _person(ledger, email)
        enable_person(ledger, person, by=whoever_runs_this())
    print(f"{person.email} may sign in again.")


@users.command("set-password")
def set_password(
    email: EmailArgument, config: ConfigOption = None, database_url: DatabaseOption = None
) -> None:
    """Give somebody a new password, asked for or read from stdin. It ends their sessions."""
    from proxy.access.people.accounts import set_password as give_password
    from proxy.access.people.passwords import WeakPassword

    with existing_writable_ledger(load(config, database_url=database_url).settings) as ledger:
        person = _person(ledger, email)
        try:
            give_password(ledger, person, _asked_password(), by=whoever_runs_this())
        except WeakPassword as error:
            raise CommandError(str(error)) from None
    print(f"{person.email} has a new password.")


@users.command("link")
def link(email: EmailArgument, config: ConfigOption = None, database_url: DatabaseOption = None) -> None:
    """Print a link that signs somebody in once, within 15 minutes, in a browser on the proxy's own machine."""
    from proxy.access.people.accounts import one_time_link

    settings = load(config, database_url=database_url).settings
    scheme = "https" if settings.tls_cert else "http"
    with existing_writable_ledger(settings) as ledger:
        person = _person(ledger, email)
        if person.disabled_at is not None:
            raise CommandError(f"{person.email} is disabled; `cxai users enable` lets them sign in again")
        print(one_time_link(ledger, person, f"{scheme}://127.0.0.1:{settings.port}"))


def _create(
    settings: Settings, email: str, name: str, roles: Collection[str], tenant: str, no_password: bool
) -> None:
    from proxy.access.people.accounts import AccountError, new_person
    from proxy.access.people.passwords import WeakPassword

    chosen = _roles(roles)
    check_tenant(settings, tenant)
    password = None if no_password else _asked_password()
    try:
        person = new_person(email, name, chosen, tenant=tenant, password=password)
    except (AccountError, WeakPassword) as error:
        raise CommandError(str(error)) from None
    with writable_ledger(settings) as ledger:
        ledger.people.add(person, by=whoever_runs_this())
    print(f"{person.email} may sign in at /console, as {', '.join(person.roles)}.")


def _asked_password() -> str:
    """Asked for twice where somebody types, else the first line of stdin."""
    if sys.stdin.isatty():
        typed: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        return typed
    return sys.stdin.readline().rstrip("\r\n")


def _roles(names: Collection[str]) -> set[Role]:
    from proxy.access.people.roles import Role
    from proxy.rules.mistakes import suggestion

    known = [role.value for role in Role]
    if unknown := next((name for name in names if name not in known), None):
        raise CommandError(f'there is no role "{unknown}"{suggestion(unknown, known)}')
    return {Role(name) for name in names}


def _person(ledger: Ledger, email: str) -> PersonRecord:
    from proxy.access.people.signing_in import email_of
    from proxy.rules.mistakes import near

    found = ledger.people.of_email(email_of(email))
    if found is None:
        known = [person.email for person in ledger.people.listed()]
        raise CommandError(f'there is nobody with the address "{email}"{near(email_of(email), known)}')
    return found


def _shown(person: PersonRecord) -> dict[str, Any]:
    return {
        "id": person.id,
        "email": person.email,
        "name": person.name,
        "tenant": person.tenant,
        "roles": list(person.roles),
        "password": person.password_hash is not None,
        "identity_provider": person.issuer,
        "created_at": person.created_at,
        "disabled_at": person.disabled_at,
    }


def _row(person: PersonRecord) -> tuple[Any, ...]:
    ways = ["password" if person.password_hash else "", person.issuer or ""]
    return (
        person.email,
        person.name,
        person.tenant,
        " ".join(person.roles),
        " and ".join(filter(None, ways)),
        "disabled" if person.disabled_at else "may sign in",
        person.created_at,
    )
