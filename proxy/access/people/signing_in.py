"""Signing in with a password, a link or an identity provider.

Who fails learns nothing of whether there is such an account.
"""

from __future__ import annotations

import structlog

from proxy.access.people import passwords
from proxy.access.people.attempts import Attempts
from proxy.access.people.identity import Identity
from proxy.access.people.sessions import digest_of, now_utc
from proxy.ledger.staff.events import Event
from proxy.ledger.staff.people import PeopleTable, PersonRecord
from proxy.ledger.staff.sessions import SessionTable

log = structlog.get_logger(__name__)


class SignInRefused(Exception):
    """Wrong address or password, whichever, or somebody who may not sign in any more."""


def email_of(typed: str) -> str:
    """An e-mail address as it is kept and compared."""
    return typed.strip().casefold()


def _as_verified(email: str) -> str:
    """The address to look for. Signs beyond ASCII stay as they are: ``boſs@`` folded is ``boss@``, somebody else's."""
    return email_of(email) if email.isascii() else email.strip()


class SignIn:
    """Says who it is. All methods wait for the database and raise LedgerError."""

    def __init__(self, people: PeopleTable, sessions: SessionTable, attempts: Attempts) -> None:
        self._people = people
        self._sessions = sessions
        self._attempts = attempts

    def by_password(self, email: str, password: str, address: str) -> PersonRecord:
        """It takes 46 MiB and a processor meanwhile. Raises SignInRefused, TooManyAttempts."""
        account = email_of(email)
        self._attempts.begin(account, address)
        person = self._people.of_email(account)
        right = passwords.is_right(password, person.password_hash if person else None)
        if person is None or not right or person.disabled_at is not None:
            log.warning("sign-in refused", client=address, person=person.id if person else None)
            raise SignInRefused
        self._attempts.succeeded(account, address)
        if passwords.needs_new_hash(person.password_hash or ""):
            kept = passwords.hashed(password)
            self._people.change(person.id, Event.REHASHED, by=person.id, password_hash=kept)
        return person

    def by_link(self, token: str) -> PersonRecord:
        """Whom a one-time link signs in; it is used up. Raises SignInRefused."""
        person_id = self._sessions.use_link(digest_of(token), now_utc())
        person = self._people.of_id(person_id) if person_id else None
        if person is None or person.disabled_at is not None:
            raise SignInRefused
        return person

    def expect_room(self, address: str) -> None:
        """Count an attempt by identity provider, until ``by_identity`` takes it back. Raises TooManyAttempts."""
        self._attempts.begin_from(address)

    def by_identity(self, identity: Identity, address: str, trusts_addresses: bool = False) -> PersonRecord:
        """Whom the identity provider means. Raises SignInRefused.

        Found by the provider's name for them; the first time by their address, which it must have verified, unless it
        is one that ``trusts_addresses``, such as a company's own.
        """
        person = self._people.of_subject(identity.issuer, identity.subject)
        if person is None and identity.email and (identity.email_verified or trusts_addresses):
            person = self._people.of_email(_as_verified(identity.email))
            if person is not None and person.subject is not None:
                log.warning("an address has passed to somebody else at the provider", person=person.id)
                raise SignInRefused
            if person is not None and person.disabled_at is None:
                named = {"issuer": identity.issuer, "subject": identity.subject}
                self._people.change(person.id, Event.IDENTITY, by=person.id, **named)
        if person is None or person.disabled_at is not None:
            log.warning("sign-in refused", client=address, person=person.id if person else None)
            raise SignInRefused
        self._attempts.forgive(address)
        return person
