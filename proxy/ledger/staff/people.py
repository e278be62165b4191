"""People who may sign in to the console: rows that change, found by e-mail address or by their identity provider."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, update

from proxy.ledger.database import Read
from proxy.ledger.errors import LedgerError
from proxy.ledger.records import DEFAULT_TENANT
from proxy.ledger.rows import storable
from proxy.ledger.schema.people import people
from proxy.ledger.staff.events import Event, Kind, note, person_state
from proxy.ledger.writer import Submit, lock_named

_LOCK = lock_named("people")


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """Somebody who may sign in, as kept. ``email`` is in small letters and belongs to one person.

    ``issuer`` and ``subject`` are whom an identity provider says it is, once they have signed in with one.
    """

    id: str
    email: str
    name: str
    roles: tuple[str, ...]
    created_at: datetime
    tenant: str = DEFAULT_TENANT
    password_hash: str | None = None
    issuer: str | None = None
    subject: str | None = None
    disabled_at: datetime | None = None


class PeopleTable:
    """Reads and changes people; each change returns once it is durable, and its event. All raise LedgerError.

    ``by`` is who does it: a person's id, or whoever runs a command.
    """

    def __init__(self, read: Read, submit: Submit) -> None:
        self._read = read
        self._submit = submit

    def listed(self, tenant: str | None = None) -> list[PersonRecord]:
        """Everybody by e-mail address, of one tenant where it is given; those who were disabled, too."""
        found = select(people).order_by(people.c.email)
        if tenant is not None:
            found = found.where(people.c.tenant == tenant)
        return [person_of(row) for row in self._read(found)]

    def of_email(self, email: str) -> PersonRecord | None:
        return self._first(select(people).where(people.c.email == storable(email)))

    def of_id(self, person_id: str) -> PersonRecord | None:
        return self._first(select(people).where(people.c.id == person_id))

    def of_subject(self, issuer: str, subject: str) -> PersonRecord | None:
        """Whom an identity provider means."""
        return self._first(
            select(people).where(people.c.issuer == issuer, people.c.subject == storable(subject))
        )

    def add(self, person: PersonRecord, *, by: str) -> None:
        """LedgerError where the address is somebody's already."""
        row = {name: storable(value) if isinstance(value, str) else value for name, value in _row(person)}

        def write(connection: Connection) -> None:
            there = connection.execute(select(people.c.id).where(people.c.email == row["email"])).scalar()
            if there is not None and there != person.id:
                raise LedgerError(f"there is somebody with the address {person.email} already")
            if there is None:
                connection.execute(insert(people), row)
                _note(connection, person.id, Event.CREATED, by)

        self._submit(write, lock=_LOCK).result()

    def change(self, person_id: str, event: Event, *, by: str, **values: Any) -> None:
        """Set columns of one person, such as ``Event.ROLES`` with ``roles=["reviewer"]``."""
        changed = {
            name: storable(value) if isinstance(value, str) else value for name, value in values.items()
        }

        def write(connection: Connection) -> None:
            connection.execute(update(people).where(people.c.id == person_id).values(**changed))
            _note(connection, person_id, event, by)

        self._submit(write, lock=_LOCK).result()

    def _first(self, found: Select[Any]) -> PersonRecord | None:
        rows: Sequence[Row[Any]] = self._read(found)
        return person_of(rows[0]) if rows else None


def _note(connection: Connection, person_id: str, event: Event, by: str) -> None:
    row = connection.execute(select(people).where(people.c.id == person_id)).first()
    if row is not None:
        note(connection, Kind.PERSON, person_id, event, person_state(row._mapping), by=by)


def person_of(row: Row[Any]) -> PersonRecord:
    """The person in a row that has all columns of ``people``."""
    values = {column.name: row._mapping[column.name] for column in people.columns}
    return PersonRecord(**{**values, "roles": tuple(values["roles"])})


def _row(person: PersonRecord) -> list[tuple[str, Any]]:
    return [(name, list(value) if name == "roles" else value) for name, value in asdict(person).items()]
