"""Making people and changing them, as `cxai users` and the demo do it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from proxy.access.people.passwords import check_strength, hashed
from proxy.access.people.roles import Role
from proxy.access.people.sessions import digest_of, new_token, now_utc
from proxy.access.people.signing_in import email_of
from proxy.ledger.ledger import Ledger
from proxy.ledger.records import DEFAULT_TENANT
from proxy.ledger.staff.events import Event
from proxy.ledger.staff.people import PersonRecord

LINK = "/console/sign-in/link"
LINK_LASTS = timedelta(minutes=15)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


class AccountError(Exception):
    """A person cannot be made or changed so; the text says why."""


def new_person(
    email: str,
    name: str,
    roles: Collection[Role],
    *,
    tenant: str = DEFAULT_TENANT,
    password: str | None = None,
    now: datetime | None = None,
) -> PersonRecord:
    """Somebody who may sign in; without a password by an identity provider alone.

    Raises AccountError, WeakPassword.
    """
    account = email_of(email)
    if not _EMAIL.fullmatch(account) or len(account) > 200:
        raise AccountError(f'"{email}" is not an e-mail address')
    if password is not None:
        check_strength(password, email=account, name=name)
    return PersonRecord(
        id=f"per_{secrets.token_hex(8)}",
        email=account,
        name=name.strip() or account,
        roles=tuple(sorted(role.value for role in roles)),
        created_at=now or now_utc(),
        tenant=tenant,
        password_hash=hashed(password) if password else None,
    )


def set_password(
    ledger: Ledger, person: PersonRecord, password: str, *, by: str, but: str | None = None
) -> None:
    """A new password; it ends all sessions of the person but the one with the digest ``but``, and their unused links.

    Raises WeakPassword.
    """
    check_strength(password, email=person.email, name=person.name)
    ledger.people.change(person.id, Event.PASSWORD, by=by, password_hash=hashed(password))
    ledger.sessions.end_all(person.id, now_utc(), but)


def set_roles(ledger: Ledger, person: PersonRecord, roles: Collection[Role], *, by: str) -> None:
    """These roles in the place of those that the person had; sessions that run follow at once."""
    ledger.people.change(person.id, Event.ROLES, by=by, roles=sorted(role.value for role in roles))


def disable(ledger: Ledger, person: PersonRecord, *, by: str) -> None:
    """Nobody signs in as this person any more, and their sessions end now."""
    ledger.people.change(person.id, Event.DISABLED, by=by, disabled_at=now_utc())
    ledger.sessions.end_all(person.id, now_utc())


def enable(ledger: Ledger, person: PersonRecord, *, by: str) -> None:
    """Who was disabled may sign in again."""
    ledger.people.change(person.id, Event.ENABLED, by=by, disabled_at=None)


def one_time_link(ledger: Ledger, person: PersonRecord, address: str) -> str:
    """A link that signs the person in once, within 15 minutes, in a browser on the proxy's own machine.

    ``address`` is the proxy's, such as ``http://127.0.0.1:8080``.
    """
    token = new_token()
    ledger.sessions.add_link(digest_of(token), person.id, now_utc() + LINK_LASTS)
    return f"{address}{LINK}/{token}"
