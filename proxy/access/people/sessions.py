"""A sign-in lasts as a session on our side: a random token in a cookie, of which the ledger has the SHA-256 alone.

It ends when its person signs out, is disabled or gets a new password, after some time without a request, and in any
case after some hours.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from proxy.access.people.roles import Person, person_from
from proxy.ledger.staff.people import PersonRecord
from proxy.ledger.staff.sessions import SessionRecord, SessionTable

TOKEN_BYTES = 32
SEEN_EVERY = timedelta(minutes=1)  # how precisely a last request is noted
KEPT = timedelta(days=30)  # how long after their end sessions are still listed in the database


def now_utc() -> datetime:
    return datetime.now(UTC)


def new_token() -> str:
    """A secret of 256 bits for a cookie or a link."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def csrf_token(token: str) -> str:
    """What a form must send back: it follows from the cookie's secret, which no other site's page can read."""
    return hmac.new(token.encode("utf-8", "replace"), b"cxai csrf", hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Session:
    """A session that counts, and whose it is."""

    digest: str
    person: Person
    begun_at: datetime
    expires_at: datetime


class Sessions:
    """Begins, finds and ends sessions. Everything raises LedgerError and waits for the database."""

    def __init__(
        self,
        table: SessionTable,
        *,
        idle: timedelta,
        longest: timedelta,
        clock: Callable[[], datetime] = now_utc,
    ) -> None:
        self.table = table
        self._idle = idle
        self._longest = longest
        self._clock = clock

    def begin(self, person: PersonRecord, method: str, ends: str | None = None) -> str:
        """The token of a new session; a session that the browser had before (``ends``, its token) is over."""
        now = self._clock()
        token = new_token()
        session = SessionRecord(digest_of(token), person.id, method, now, now, now + self._longest)
        if ends:
            self.table.end(digest_of(ends), now)
        self.table.begin(session)
        self.table.remove_expired(now - KEPT)
        return token

    def find(self, token: str) -> Session | None:
        """The session of a token; None where there is none that counts. Its last request is now."""
        found = self.table.find(digest_of(token))
        if found is None:
            return None
        session, person = found
        now = self._clock()
        if session.ended_at is not None or person.disabled_at is not None:
            return None
        if now >= session.expires_at or now - session.seen_at >= self._idle:
            return None
        if now - session.seen_at >= SEEN_EVERY:
            self.table.seen(session.digest, now)
        return Session(session.digest, person_from(person), session.begun_at, session.expires_at)

    def end(self, token: str) -> None:
        self.table.end(digest_of(token), self._clock())

    def end_all(self, person_id: str, but: str | None = None) -> None:
        """End all sessions of a person, but the one with the digest ``but``."""
        self.table.end_all(person_id, self._clock(), but)

    def of_person(self, person_id: str) -> list[SessionRecord]:
        """The sessions that a person has open, the newest first."""
        now = self._clock()
        return [one for one in self.table.of_person(person_id, now) if now - one.seen_at < self._idle]
