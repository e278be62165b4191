"""Sessions of people who have signed in, and links that sign somebody in once: both by the SHA-256 of a secret."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from proxy.ledger.database import Read, insert_new
from proxy.ledger.schema.people import people, sessions, sign_in_links
from proxy.ledger.staff.people import PersonRecord, person_of
from proxy.ledger.writer import Submit


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A session, from sign-in to ``expires_at`` or ``ended_at``; ``method`` is how its person signed in."""

    digest: str
    person_id: str
    method: str
    begun_at: datetime
    seen_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None


class SessionTable:
    """Reads and changes sessions; each change returns once it is durable. All raise LedgerError."""

    def __init__(self, read: Read, submit: Submit) -> None:
        self._read = read
        self._submit = submit

    def begin(self, session: SessionRecord) -> None:
        def write(connection: Connection) -> None:
            connection.execute(insert_new(connection, sessions), asdict(session))

        self._submit(write).result()

    def find(self, digest: str) -> tuple[SessionRecord, PersonRecord] | None:
        """The session and its person as they are now, whether they still count or not."""
        found = select(
            *[column.label(f"session_{column.name}") for column in sessions.columns], *people.columns
        ).join_from(sessions, people, sessions.c.person_id == people.c.id)
        rows = self._read(found.where(sessions.c.digest == digest))
        if not rows:
            return None
        values = {column.name: rows[0]._mapping[f"session_{column.name}"] for column in sessions.columns}
        return SessionRecord(**values), person_of(rows[0])

    def of_person(self, person_id: str, now: datetime) -> list[SessionRecord]:
        """Those that have not ended or expired, the newest first."""
        found = select(sessions).where(
            sessions.c.person_id == person_id, sessions.c.ended_at.is_(None), sessions.c.expires_at > now
        )
        rows = self._read(found.order_by(sessions.c.begun_at.desc()))
        return [SessionRecord(**row._mapping) for row in rows]

    def seen(self, digest: str, at: datetime) -> None:
        def write(connection: Connection) -> None:
            connection.execute(update(sessions).where(sessions.c.digest == digest).values(seen_at=at))

        self._submit(write).result()

    def end(self, digest: str, at: datetime) -> None:
        def write(connection: Connection) -> None:
            connection.execute(update(sessions).where(sessions.c.digest == digest).values(ended_at=at))

        self._submit(write).result()

    def end_all(self, person_id: str, at: datetime, but: str | None = None) -> None:
        """End every session of a person, but the one with this digest; and every link that nobody has used."""

        def write(connection: Connection) -> None:
            theirs = update(sessions).where(
                sessions.c.person_id == person_id,
                sessions.c.ended_at.is_(None),
                sessions.c.digest != (but or ""),
            )
            connection.execute(theirs.values(ended_at=at))
            unused = sign_in_links.c.person_id == person_id, sign_in_links.c.used_at.is_(None)
            connection.execute(update(sign_in_links).where(*unused).values(used_at=at))

        self._submit(write).result()

    def remove_expired(self, before: datetime) -> None:
        """Remove what expired before an instant: sessions and links."""

        def write(connection: Connection) -> None:
            connection.execute(delete(sessions).where(sessions.c.expires_at < before))
            connection.execute(delete(sign_in_links).where(sign_in_links.c.expires_at < before))

        self._submit(write).result()

    def add_link(self, digest: str, person_id: str, expires_at: datetime) -> None:
        def write(connection: Connection) -> None:
            row = {"digest": digest, "person_id": person_id, "expires_at": expires_at, "used_at": None}
            connection.execute(insert(sign_in_links), row)

        self._submit(write).result()

    def use_link(self, digest: str, now: datetime) -> str | None:
        """Whom the link signs in; None where there is none, it has expired, or somebody has used it."""

        def write(connection: Connection) -> str | None:
            usable = update(sign_in_links).where(
                sign_in_links.c.digest == digest,
                sign_in_links.c.used_at.is_(None),
                sign_in_links.c.expires_at > now,
            )
            if connection.execute(usable.values(used_at=now)).rowcount == 0:
                return None
            found = select(sign_in_links.c.person_id).where(sign_in_links.c.digest == digest)
            person_id: str = connection.execute(found).scalar_one()
            return person_id

        return self._submit(write).result()
