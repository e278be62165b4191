"""People for tests of the console, and a client that is signed in as one of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx

from proxy.access.people.passwords import hashed
from proxy.access.people.roles import Role
from proxy.access.people.sessions import Sessions
from proxy.ledger.ledger import Ledger
from proxy.ledger.records import DEFAULT_TENANT
from proxy.ledger.staff.people import PersonRecord

COOKIE = "cxai-session"  # its name without TLS
PASSWORD = "four quiet words in a row"
_CSRF = re.compile(r'name="csrf" value="([0-9a-f]{64})"')


def add_person(
    ledger: Ledger,
    *roles: Role,
    name: str = "Ada Example",
    email: str = "",
    tenant: str = DEFAULT_TENANT,
    password: str | None = None,
) -> PersonRecord:
    """Somebody new with these roles; without a password they cannot sign in by one, and no hash takes its time."""
    person = PersonRecord(
        id=f"per_{uuid4().hex[:16]}",
        email=email or f"{uuid4().hex[:8]}@example.com",
        name=name,
        roles=tuple(role.value for role in roles),
        created_at=datetime.now(UTC),
        tenant=tenant,
        password_hash=hashed(password) if password else None,
    )
    ledger.people.add(person, by="ops")
    return person


def session_token(ledger: Ledger, person: PersonRecord) -> str:
    """The token of a new session of theirs."""
    return Sessions(ledger.sessions, idle=timedelta(hours=1), longest=timedelta(hours=12)).begin(
        person, "test"
    )


def signed_in_as(
    ledger: Ledger, *roles: Role, tenant: str = DEFAULT_TENANT, name: str = "Ada Example"
) -> str:
    """The session's token of somebody new with these roles."""
    return session_token(ledger, add_person(ledger, *roles, tenant=tenant, name=name))


@contextmanager
def console_client(url: str, token: str = "") -> Iterator[httpx.Client]:
    """A client with the session's cookie; it does not follow redirects."""
    with httpx.Client(base_url=url, timeout=30) as client:
        if token:
            client.cookies.set(COOKIE, token)
        yield client


def csrf_in(page: httpx.Response) -> str:
    """The CSRF token of the first form of a page."""
    found = _CSRF.search(page.text)
    assert found, page.text
    return found[1]
