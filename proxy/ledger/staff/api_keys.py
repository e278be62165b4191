"""The keys to the proxy: rows by prefix, each change numbered, so that workers read only what they have not seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select, update

from proxy.ledger.database import Read, insert_new
from proxy.ledger.errors import LedgerError
from proxy.ledger.records import ApiKey
from proxy.ledger.rows import api_key_row
from proxy.ledger.schema import api_keys
from proxy.ledger.staff.events import Event, Kind, key_state, note
from proxy.ledger.writer import Submit, lock_named

# Numbers are given under this lock, which ends with the commit: who has seen one has seen all before it.
_LOCK = lock_named("api keys")


class KeyTable:
    """Reads and changes the keys; each change returns once it is durable, and its event. All raise LedgerError.

    ``by`` is who does it, such as whoever runs a command.
    """

    def __init__(self, read: Read, submit: Submit) -> None:
        self._read = read
        self._submit = submit

    def every(self) -> list[ApiKey]:
        """All keys, the newest first, revoked and expired ones too."""
        newest_first = api_keys.c.created_at.desc(), api_keys.c.prefix
        return [_key_of(row) for row in self._read(select(api_keys).order_by(*newest_first))]

    def changed_since(self, revision: int) -> list[ApiKey]:
        """The keys that were made, revoked or given another end after this revision."""
        return [_key_of(row) for row in self._read(select(api_keys).where(api_keys.c.revision > revision))]

    def add(self, key: ApiKey, *, by: str) -> ApiKey:
        return self._submit(lambda connection: _added(connection, key, by), lock=_LOCK).result()

    def add_first(self, key: ApiKey, *, by: str) -> bool:
        """Add a key where there has never been one; whether it was added. Of several replicas one does it."""

        def write(connection: Connection) -> bool:
            own = connection.execute(
                _named(key.prefix)
            ).first()  # a commit that is tried again finds it there
            if own is None and connection.execute(select(api_keys.c.prefix).limit(1)).first() is not None:
                return False
            _added(connection, key, by)
            return True

        return self._submit(write, lock=_LOCK).result()

    def revoke(self, prefix: str, at: datetime, *, by: str) -> ApiKey:
        """End a key now; one that is revoked already stays as it is. LedgerError where there is none."""

        def write(connection: Connection) -> ApiKey:
            key = _existing(connection, prefix)
            return key if key.revoked_at else _changed(connection, key, Event.REVOKED, by, revoked_at=at)

        return self._submit(write, lock=_LOCK).result()

    def rotate(
        self, prefix: str, successor: Callable[[ApiKey], ApiKey], old_ends_at: datetime, *, by: str
    ) -> ApiKey:
        """Add ``successor(key)``; the old key ends then, or earlier where it would have. LedgerError where it has.

        ``successor`` is told the end that the key was given when it was made, whatever rotations have made of it.
        """
        now = datetime.now(UTC)

        def write(connection: Connection) -> ApiKey:
            key = _existing(connection, prefix)
            if key.revoked_at is not None:
                raise LedgerError(f"key {prefix} is revoked; make a new one with `cxai keys create`")
            # A commit that is tried again finds the end that it has set itself.
            if key.expires_at is not None and key.expires_at < min(now, old_ends_at):
                ended = f"{key.expires_at:%Y-%m-%d %H:%M} UTC"
                raise LedgerError(f"key {prefix} expired on {ended}; make a new one with `cxai keys create`")
            lifetime = _lifetime(connection, key)
            given = replace(key, expires_at=None if lifetime is None else key.created_at + lifetime)
            added = _added(connection, successor(given), by)
            ends = min(key.expires_at or old_ends_at, old_ends_at)
            _changed(connection, key, Event.ROTATED, by, expires_at=ends)
            return added

        return self._submit(write, lock=_LOCK).result()

    def used(self, last: Mapping[str, datetime]) -> None:
        """Note when keys were last used, by prefix. No new revision: nobody has to read them anew for that."""

        def write(connection: Connection) -> None:
            for prefix, at in last.items():
                earlier = api_keys.c.last_used_at.is_(None) | (api_keys.c.last_used_at < at)
                connection.execute(
                    update(api_keys).where(api_keys.c.prefix == prefix, earlier).values(last_used_at=at)
                )

        self._submit(write).result()


def _named(prefix: str) -> Select[Any]:
    return select(api_keys).where(api_keys.c.prefix == prefix)


def _existing(connection: Connection, prefix: str) -> ApiKey:
    row = connection.execute(_named(prefix)).first()
    if row is None:
        raise LedgerError(f'there is no key "{prefix}"; `cxai keys list` shows those there are')
    return _key_of(row)


def _lifetime(connection: Connection, key: ApiKey) -> timedelta | None:
    """How long a life a key was given. A rotation has ended it early, and given as long a one to its successor."""
    newest_first = api_keys.c.created_at.desc(), api_keys.c.prefix
    successors = select(api_keys).where(api_keys.c.replaces == key.prefix).order_by(*newest_first)
    row = connection.execute(successors.limit(1)).first()
    if row is not None:
        return _lifetime(connection, _key_of(row))
    return None if key.expires_at is None else key.expires_at - key.created_at


def _added(connection: Connection, key: ApiKey, by: str) -> ApiKey:
    numbered = replace(key, revision=_next_revision(connection))
    connection.execute(insert_new(connection, api_keys), api_key_row(numbered))
    _note(connection, key.prefix, Event.CREATED, by)
    return numbered


def _changed(connection: Connection, key: ApiKey, event: Event, by: str, **values: Any) -> ApiKey:
    numbered = replace(key, revision=_next_revision(connection), **values)
    changes = {**values, "revision": numbered.revision}
    connection.execute(update(api_keys).where(api_keys.c.prefix == key.prefix).values(changes))
    _note(connection, key.prefix, event, by)
    return numbered


def _note(connection: Connection, prefix: str, event: Event, by: str) -> None:
    row = connection.execute(_named(prefix)).one()
    note(connection, Kind.API_KEY, prefix, event, key_state(row._mapping), by=by)


def _next_revision(connection: Connection) -> int:
    return int(connection.execute(select(func.coalesce(func.max(api_keys.c.revision), 0))).scalar_one()) + 1


def _key_of(row: Row[Any]) -> ApiKey:
    values = dict(row._mapping)
    return ApiKey(**{**values, "scopes": tuple(values["scopes"])})
