"""The single writer: records that wait together are committed together, each caller waits for its own.

A commit costs one ``fsync``; fifty answers that finish at once share it instead of queueing behind fifty.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from proxy.ledger.database import WRITES
from proxy.ledger.errors import LedgerError, explain, is_passing, is_unavailable

T = TypeVar("T")
_LOCK = text("SELECT pg_advisory_xact_lock(key) FROM unnest(CAST(:keys AS bigint[])) AS key")
LARGEST_GROUP = 256
LARGEST_BITE = 500  # rows that one change removes: answers that are recorded meanwhile wait for it


# Writes many parts at once and tells what each came to, or by which LedgerError it was refused.
Together = Callable[[Connection, Sequence[Any]], Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Write:
    """One change, run inside a transaction; it may be run again after a rollback.

    It is ``part`` of what ``together`` writes: of all parts that wait for the same one it makes a few statements.
    Writes with the same ``lock`` (see ``lock_named``) exclude each other across processes and replicas
    until they are committed.
    """

    together: Together
    part: Any
    lock: int | None = None
    done: Future[Any] = field(default_factory=Future)


class Submit(Protocol):
    """What ``GroupWriter.submit`` is to those who write."""

    def __call__(self, run: Callable[[Connection], T], *, lock: int | None = None) -> Future[T]: ...


class SubmitPart(Protocol):
    """What ``GroupWriter.submit_part`` is to those who write many at once."""

    def __call__(self, together: Together, part: Any, *, lock: int | None = None) -> Future[Any]: ...


def lock_named(name: str) -> int:
    """The number of a lock, as PostgreSQL wants it: a signed 64-bit integer."""
    return int.from_bytes(hashlib.sha256(name.encode("utf-8", "replace")).digest()[:8], signed=True)


class GroupWriter:
    """Owns the thread that writes. ``confirm`` runs after each commit and raises where it was lost."""

    def __init__(self, engine: Engine, where: str, confirm: Callable[[], None]) -> None:
        self._engine = engine.execution_options(**{WRITES: True})
        self._where = where
        self._confirm = confirm
        self._waiting: SimpleQueue[Write | None] = SimpleQueue()
        self._closing = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="cxai-ledger-writer", daemon=True)
        self._thread.start()

    def submit(self, run: Callable[[Connection], T], *, lock: int | None = None) -> Future[T]:
        """Queue a change. The future ends when it is durable, or with a ``LedgerError``."""
        return self.submit_part(lambda connection, _: [run(connection)], None, lock=lock)

    def submit_part(self, together: Together, part: Any, *, lock: int | None = None) -> Future[Any]:
        """Queue a part of what ``together`` writes, which equals that of other parts. Else as ``submit``."""
        write = Write(together, part, lock)
        write.done.set_running_or_notify_cancel()  # who waits may give up; what was submitted is written
        with self._closing:
            if self._closed:
                raise LedgerError(f"ledger {self._where}: it is closed; open it again")
            self._waiting.put(write)
        return write.done

    def close(self) -> None:
        """Commit what waits, then end the thread."""
        with self._closing:
            if not self._closed:
                self._closed = True
                self._waiting.put(None)
        self._thread.join()

    def _work(self) -> None:
        while group := self._next_group():
            self._settle(group)

    def _next_group(self) -> list[Write]:
        """The writes that wait now, at least one; empty when the ledger closes."""
        first = self._waiting.get()
        if first is None:
            return []
        group = [first]
        while len(group) < LARGEST_GROUP:
            try:
                write = self._waiting.get_nowait()
            except Empty:
                break
            if write is None:
                self._waiting.put(None)
                break
            group.append(write)
        return group

    def _settle(self, group: list[Write]) -> None:
        """Commit a group. Where one record spoils it, each is tried alone, so that only that one fails."""
        # Locks are taken in one order everywhere: two replicas must not wait for each other.
        group = sorted(group, key=lambda write: (write.lock is not None, write.lock or 0))
        try:
            results = self._commit(group)
        except Exception as error:
            if len(group) == 1 or is_unavailable(error):
                _fail(group, explain(error, self._where))
                return
            for write in group:
                self._settle([write])
            return
        for write, result in zip(group, results, strict=True):
            if isinstance(result, LedgerError):
                write.done.set_exception(result)
            else:
                write.done.set_result(result)

    def _commit(self, group: list[Write]) -> list[Any]:
        """Writes are idempotent: what broke by accident, even in its commit, is tried once more."""
        try:
            return self._transaction(group)
        except DBAPIError as error:
            if not is_passing(error):
                raise
        return self._transaction(group)

    def _transaction(self, group: list[Write]) -> list[Any]:
        with self._engine.begin() as connection:
            _take_locks(connection, group)
            results = _run(connection, group)
        self._confirm()
        return results


def _run(connection: Connection, group: list[Write]) -> list[Any]:
    """What each write came to, in the order of the group."""
    places: dict[Together, list[int]] = {}
    for place, write in enumerate(group):
        places.setdefault(write.together, []).append(place)
    results: list[Any] = [None] * len(group)
    for together, those in places.items():
        parts = [group[place].part for place in those]
        for place, result in zip(those, together(connection, parts), strict=True):
            results[place] = result
    return results


def _take_locks(connection: Connection, group: list[Write]) -> None:
    """All of a group's at once, in the order of the group; SQLite has but one writer anyway."""
    keys = [write.lock for write in group if write.lock is not None]
    if keys and connection.dialect.name == "postgresql":
        connection.execute(_LOCK, {"keys": keys})


def _fail(group: list[Write], error: LedgerError) -> None:
    for write in group:
        write.done.set_exception(error)
