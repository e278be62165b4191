"""The audit log of a ledger: it seals what was written, signs how far it is, and looks through itself.

ledger.audit.seal()
ledger.audit.verify().findings
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection

from proxy.ledger.audit.chain import Head
from proxy.ledger.audit.entries import SealedRow, entries_of, newest_entries
from proxy.ledger.audit.exporting import export
from proxy.ledger.audit.finding import Verified
from proxy.ledger.audit.heads import SignedHead
from proxy.ledger.audit.sealing import newest, prepare, sealing
from proxy.ledger.audit.verifying import verify
from proxy.ledger.migrations import expected_revision, revision_at
from proxy.ledger.writer import Submit

_MOST_TRIES = 5  # where other replicas seal at the same moment


class AuditLog:
    """Made by ``Ledger.audit``. All methods raise LedgerError."""

    def __init__(self, reading: Callable[[], AbstractContextManager[Connection]], submit: Submit) -> None:
        self._reading = reading
        self._submit = submit

    def seal(self, now: datetime | None = None) -> int:
        """Seal all that waits; how many rows this replica has sealed.

        A release whose tables a newer one has changed leaves that to the newer one, which knows all columns.
        """
        count, tries = 0, 0
        while tries < _MOST_TRIES:
            with self._reading() as connection:
                known = revision_at(connection) == expected_revision()
                prepared = prepare(connection, now) if known else None
            if prepared is None:
                break
            sealed = self._submit(sealing(prepared)).result()
            tries = 0 if sealed else tries + 1
            count += sealed
        return count

    def head(self) -> Head:
        with self._reading() as connection:
            return newest(connection)

    def verify(self, heads: Iterable[SignedHead] = (), trusted: Collection[str] = ()) -> Verified:
        """Look through the log and all that it has sealed; see ``verifying.verify``."""
        with self._reading_one_moment() as connection:
            return verify(connection, heads, trusted)

    def newest_entries(
        self, *, since: datetime | None = None, table: str | None = None, limit: int = 100
    ) -> list[SealedRow]:
        """What was sealed last, the newest first."""
        with self._reading_one_moment() as connection:
            return newest_entries(connection, since=since, table=table, limit=limit)

    def entries_of(self, key: str) -> list[SealedRow]:
        """Where the rows with this key stand in the log; of a number also the entry of that number."""
        with self._reading_one_moment() as connection:
            return entries_of(connection, key)

    def export(self, folder: Path, key: Ed25519PrivateKey, *, rows: bool = True) -> int:
        """Write the log as files for others to check; see ``exporting.export``."""
        with self._reading_one_moment() as connection:
            return export(connection, folder, key, rows=rows)

    @contextmanager
    def _reading_one_moment(self) -> Iterator[Connection]:
        with self._reading() as connection:
            if connection.dialect.name == "postgresql":  # SQLite's transactions see one moment anyway
                connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection
