"""Who somebody at the command line is in the console: one person has one name, whichever way they act."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from proxy.commands.options import CommandError

if TYPE_CHECKING:
    from proxy.access.people.roles import Person, Role
    from proxy.ledger.ledger import Ledger

_HERE = "the command line"  # what attempts are counted under beside the account


def signed_in(ledger: Ledger, email: str, tenant: str, *roles: Role) -> Person:
    """The person with this address, by their password, which is asked for or read from stdin.

    Attempts count like those at the sign-in page. Raises CommandError, also for who has none of these roles in this
    tenant.
    """
    from proxy.access.people.attempts import Attempts, TooManyAttempts
    from proxy.access.people.roles import person_from
    from proxy.access.people.signing_in import SignIn, SignInRefused

    sign_in = SignIn(ledger.people, ledger.sessions, Attempts(ledger.sign_in_failures))
    try:
        person = person_from(sign_in.by_password(email, _asked_password(email), _HERE))
    except TooManyAttempts as error:
        raise CommandError(f"{email}: too many attempts; {error}") from None
    except SignInRefused:
        raise CommandError(
            f"{email}: not the address and password of somebody who may sign in; who signs in by an identity "
            "provider alone does this in the console"
        ) from None
    if person.tenant != tenant or not person.may(*roles):
        needed = " or ".join(role.value for role in roles)
        raise CommandError(f"{person.email} needs the role {needed} in the tenant {tenant}")
    return person


def _asked_password(email: str) -> str:
    if sys.stdin.isatty():
        typed: str = typer.prompt(f"Password of {email}", hide_input=True)
        return typed
    return sys.stdin.readline().rstrip("\r\n")
