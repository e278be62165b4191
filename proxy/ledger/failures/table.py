"""The failures in the ledger: told once by their keys, followed by events that are only ever added.

failure_id, new = ledger.failures.tell(Failure(...), FailureEvent(...))
ledger.failures.add(failure_id, FailureEvent(key="told", step="corrected", at=now, actor="ana"))
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, and_, bindparam, case, func, insert, or_, select, update

from proxy.ledger.clock import Clock, utc_now
from proxy.ledger.database import Read, insert_new
from proxy.ledger.errors import LedgerError
from proxy.ledger.failures.columns import (
    FailureColumns,
    columns_from,
    columns_of,
    columns_query,
    open_query,
)
from proxy.ledger.failures.folding import fold, in_order, refusal
from proxy.ledger.failures.records import (
    OPEN,
    Failure,
    FailureEvent,
    FailureFile,
    FailureState,
    Severity,
    Step,
)
from proxy.ledger.records import DEFAULT_TENANT
from proxy.ledger.references import failure_reference
from proxy.ledger.rows import record_of, row_of
from proxy.ledger.schema import failure_events, failure_states, failures
from proxy.ledger.texts import StoreText, failure_as_kept, failure_event_as_kept
from proxy.ledger.writer import Submit, lock_named

PAGE = 500
_RANKS: dict[str, int] = {Severity.HIGH: 0, Severity.MEDIUM: 1, Severity.LOW: 2}
# Is told of each event that was written just now: the failure's reference, the failure, the event.
Told = Callable[[str, Failure, FailureEvent], None]


class UnknownFailure(LedgerError):
    """There is no such failure."""

    def __init__(self, failure_id: str) -> None:
        super().__init__(f"there is no failure {failure_id}; `cxai failures` lists them")
        self.failure_id = failure_id


class FailureStepRefused(LedgerError):
    """The step does not follow from where the failure stands."""

    def __init__(self, failure_id: str, event: FailureEvent, why: str) -> None:
        super().__init__(f'failure {failure_id} cannot be "{event.step}": {why}')
        self.failure_id = failure_id
        self.why = why


class After(NamedTuple):
    """Where a page ends; the next one begins behind it. ``severity`` counts where the most urgent come first."""

    at: datetime
    failure_id: str
    severity: str = Severity.MEDIUM


class Known(NamedTuple):
    """Where a failure stands, and the keys of all its events."""

    state: FailureState
    keys: frozenset[str]


class _Added(NamedTuple):
    """What an event came to; ``event`` is None where it was known."""

    failure: Failure
    state: FailureState
    event: FailureEvent | None


@dataclass(frozen=True, slots=True)
class FailureFilter:
    """Which failures; all of it has to hold. ``since`` and ``until`` are of when they reached the customer."""

    tenant: str = DEFAULT_TENANT
    since: datetime | None = None
    until: datetime | None = None
    kind: str | None = None
    severity: str | None = None
    cause: str | None = None
    status: str | None = None
    is_open: bool | None = None
    counted: bool | None = None
    customer_id: str | None = None
    incident: str | None = None
    author: str | None = None
    simulated: bool | None = None


@dataclass(slots=True)
class _SoFar:
    """A failure as it was told, when, and its events in the order in which they were told."""

    failure: Failure
    known_at: datetime
    events: list[FailureEvent] = field(default_factory=list)
    is_new: bool = False


_OF_FAILURE = tuple(one.name for one in fields(Failure))
# One question for both tables: who adds an event waits for each answer of the database.
_SO_FAR = (
    select(
        *(failures.c[name].label(f"of_{name}") for name in (*_OF_FAILURE, "known_at")),
        *(failure_events.c[one.name] for one in fields(FailureEvent)),
    )
    .select_from(failures.outerjoin(failure_events, failure_events.c.failure_id == failures.c.id))
    .where(failures.c.id == bindparam("failure_id"))
    .order_by(failure_events.c.id)
)


# Made once: to put them together anew for each event takes longer than the database does.
_NEW = insert(failure_states)
_PUT = update(failure_states).where(failure_states.c.failure_id == bindparam("of_failure"))


class FailureTable:
    """Made by ``Ledger.failures``. All methods raise LedgerError; what they write is durable when they return."""

    def __init__(
        self, read: Read, submit: Submit, level: StoreText, now: Clock = utc_now, told: Told | None = None
    ) -> None:
        self._read = read
        self._submit = submit
        self._level = level
        self._now = now
        self._told = told

    def tell(self, failure: Failure, *events: FailureEvent) -> tuple[str, bool]:
        """Make a failure durable with its events, all or none: its reference, and whether it is new.

        What is known already by its keys stays as it is. Raises FailureStepRefused.
        """
        failure_id = failure_reference(failure.tenant, failure.key)
        kept = failure_as_kept(failure, self._level)

        def write(connection: Connection) -> tuple[bool, list[_Added]]:
            now = self._now()
            row = {**row_of(kept), "id": failure_id, "known_at": now, "store_text": self._level}
            new = connection.execute(insert_new(connection, failures).returning(failures.c.id), row).first()
            so_far = (
                _SoFar(record_of(Failure, row), now, is_new=True) if new else _so_far(connection, failure_id)
            )
            return new is not None, self._add(connection, failure_id, so_far, events, now)

        is_new, added = self._submit(write, lock=_lock(failure_id)).result()
        for one in added:
            self._tell_others(failure_id, one)
        return failure_id, is_new

    def add(self, failure_id: str, event: FailureEvent, *, tenant: str = DEFAULT_TENANT) -> FailureState:
        """Add an event, once by its key, and return what all come to. Raises UnknownFailure, FailureStepRefused."""

        def write(connection: Connection) -> _Added:
            so_far = _so_far(connection, failure_id)
            if so_far.failure.tenant != tenant:
                raise UnknownFailure(failure_id)
            return self._add(connection, failure_id, so_far, [event], self._now())[0]

        added = self._submit(write, lock=_lock(failure_id)).result()
        self._tell_others(failure_id, added)
        return added.state

    def add_to_incident(self, incident: str, event: FailureEvent, *, tenant: str = DEFAULT_TENANT) -> int:
        """Add an event to each open failure of an incident to which it can happen; to how many."""
        found = self.states(FailureFilter(tenant, incident=incident, is_open=True))
        added = 0
        for state in found:
            if refusal(state, event) is None:
                self.add(state.failure_id, event, tenant=tenant)
                added += 1
        return added

    def file(
        self, failure_id: str, *, tenant: str = DEFAULT_TENANT, known_by: datetime | None = None
    ) -> FailureFile | None:
        """A failure with all that was known of it by a time (None: by now); None where it was not known."""
        found = select(failures).where(failures.c.id == failure_id, failures.c.tenant == tenant)
        return next(self._files(found, known_by), None)

    def states(
        self, which: FailureFilter, *, after: After | None = None, limit: int | None = None
    ) -> list[FailureState]:
        """Where failures stand, the newest first; those behind ``after``."""
        state = failure_states.c
        found = select(failure_states).where(*_conditions(which))
        if after is not None:
            behind = and_(state.occurred_at == after.at, state.failure_id > after.failure_id)
            found = found.where(or_(state.occurred_at < after.at, behind))
        rows = self._read(found.order_by(state.occurred_at.desc(), state.failure_id).limit(limit))
        return [record_of(FailureState, row) for row in rows]

    def urgent(
        self, which: FailureFilter, *, after: After | None = None, limit: int | None = None
    ) -> list[FailureState]:
        """Where failures stand, the most severe first, and of those the oldest; those behind ``after``."""
        state, rank = failure_states.c, _rank()
        found = select(failure_states).where(*_conditions(which))
        if after is not None:
            place = _RANKS.get(after.severity, len(_RANKS))
            later = and_(state.occurred_at == after.at, state.failure_id > after.failure_id)
            found = found.where(
                or_(rank > place, and_(rank == place, or_(state.occurred_at > after.at, later)))
            )
        rows = self._read(found.order_by(rank, state.occurred_at, state.failure_id).limit(limit))
        return [record_of(FailureState, row) for row in rows]

    def told(self, failure_ids: Sequence[str], *, tenant: str = DEFAULT_TENANT) -> dict[str, Failure]:
        """The failures of these references as they were told; those that are not known are left out."""
        found = select(failures).where(failures.c.tenant == tenant, failures.c.id.in_(failure_ids))
        return {row.id: record_of(Failure, row) for row in self._read(found)} if failure_ids else {}

    def of_answer(self, response_id: str, *, tenant: str = DEFAULT_TENANT) -> list[FailureState]:
        """Where the failures stand that name an answer, the oldest first."""
        named = failures.c.tenant == tenant, failures.c.response_id == response_id
        found = (
            select(failure_states).join(failures, failures.c.id == failure_states.c.failure_id).where(*named)
        )
        rows = self._read(found.order_by(failure_states.c.occurred_at, failure_states.c.failure_id))
        return [record_of(FailureState, row) for row in rows]

    def lessons(self, tenant: str, *, limit: int = 500) -> list[tuple[str, FailureEvent]]:
        """What was begun to be learned, and what was learned, the newest first, each with its failure's reference."""
        steps = failure_events.c.step.in_([Step.TO_LEARN, Step.LEARNED])
        found = select(failure_events).join(failures, failures.c.id == failure_events.c.failure_id)
        newest = found.where(failures.c.tenant == tenant, steps).order_by(failure_events.c.id.desc())
        return [(row.failure_id, record_of(FailureEvent, row)) for row in self._read(newest.limit(limit))]

    def counted(self, which: FailureFilter, by: str) -> dict[str, int]:
        """How many failures have which ``status``, ``severity``, ``kind`` or other column of their states."""
        column = failure_states.c[by]
        found = select(column.label("value"), func.count().label("failures")).where(*_conditions(which))
        return {row.value: row.failures for row in self._read(found.group_by(column))}

    def in_order(
        self, tenant: str, *, known_by: datetime | None = None, since: datetime | None = None
    ) -> Iterator[FailureFile]:
        """All failures with all their events as known by a time, the oldest first; a page at a time is in memory."""
        last: After | None = None
        while True:
            page = select(failures).where(failures.c.tenant == tenant)
            if since is not None:
                page = page.where(failures.c.occurred_at >= since)
            if last is not None:
                behind = and_(failures.c.occurred_at == last.at, failures.c.id > last.failure_id)
                page = page.where(or_(failures.c.occurred_at > last.at, behind))
            rows = self._read(page.order_by(failures.c.occurred_at, failures.c.id).limit(PAGE))
            if not rows:
                return
            yield from self._files_of(rows, known_by)
            last = After(rows[-1].occurred_at, rows[-1].id)

    def columns(
        self, tenant: str, since: datetime, until: datetime, *, known_by: datetime | None = None
    ) -> FailureColumns:
        """The counted failures that reached their customers in a period, as known by a time (None: by now)."""
        if known_by is None:
            return columns_from(self._read(columns_query(tenant, since, until)))
        found = self.in_order(tenant, known_by=known_by, since=since)
        return columns_of(one.state for one in found if one.failure.occurred_at < until)

    def open_columns(self, tenant: str) -> FailureColumns:
        """The failures that are open now, whenever they began."""
        return columns_from(self._read(open_query(tenant)))

    def blast_radius(self, incident: str, *, tenant: str = DEFAULT_TENANT) -> tuple[int, int]:
        """How many customers and how many answers an incident's failures name."""
        of_it = failures.c.tenant == tenant, failures.c.incident == incident
        columns: list[Any] = [
            func.count(failures.c[name].distinct()) for name in ("customer_id", "response_id")
        ]
        customers, answers = tuple(self._read(select(*columns).where(*of_it))[0])
        return customers, answers

    def known(self, failure_ids: Collection[str]) -> dict[str, Known]:
        """What is known of these failures, by reference; those that nobody has told are left out."""
        asked = list(failure_ids)
        found: dict[str, Known] = {}
        for start in range(0, len(asked), PAGE):
            some = asked[start : start + PAGE]
            keys: dict[str, set[str]] = {}
            of_these = failure_events.c.failure_id.in_(some)
            for row in self._read(select(failure_events.c.failure_id, failure_events.c.key).where(of_these)):
                keys.setdefault(row.failure_id, set()).add(row.key)
            for row in self._read(select(failure_states).where(failure_states.c.failure_id.in_(some))):
                known = frozenset(keys.get(row.failure_id, ()))
                found[row.failure_id] = Known(record_of(FailureState, row), known)
        return found

    def _tell_others(self, failure_id: str, added: _Added) -> None:
        if self._told is not None and added.event is not None:
            self._told(failure_id, added.failure, added.event)

    def _add(
        self,
        connection: Connection,
        failure_id: str,
        so_far: _SoFar,
        events: Sequence[FailureEvent],
        now: datetime,
    ) -> list[_Added]:
        """Write those events whose keys are not there, in one go, and what all of them come to then."""
        failure, told = so_far.failure, so_far.events
        state = fold(failure_id, failure, so_far.known_at, told)
        rows, found = [], list[_Added]()
        for event in events:
            if any(one.key == event.key for one in told):
                found.append(_Added(failure, state, None))
                continue
            why = refusal(state, event)
            if why is not None:
                raise FailureStepRefused(failure_id, event, why)
            kept = row_of(failure_event_as_kept(event, self._level)) | {"known_at": now}
            rows.append({**kept, "failure_id": failure_id})
            told.append(record_of(FailureEvent, kept))
            state = fold(failure_id, failure, so_far.known_at, told)
            found.append(_Added(failure, state, told[-1]))
        if rows:
            connection.execute(insert(failure_events), rows)
            put_state(connection, state, is_new=so_far.is_new)
        return found

    def _files(self, found: Select[Any], known_by: datetime | None) -> Iterator[FailureFile]:
        yield from self._files_of(self._read(found), known_by)

    def _files_of(self, rows: Sequence[Any], known_by: datetime | None) -> Iterator[FailureFile]:
        events = self._read(_events_query([row.id for row in rows], known_by))
        of_failure: dict[str, list[Any]] = {}
        for one in events:
            of_failure.setdefault(one.failure_id, []).append(one)
        for row in rows:
            if known_by is not None and row.known_at > known_by:
                continue
            told, failure = _events(of_failure.get(row.id, [])), record_of(Failure, row)
            state = fold(row.id, failure, row.known_at, told)
            standing = tuple(in_order(told))
            retracted = tuple(one for one in told if one not in standing)
            yield FailureFile(row.id, failure, row.known_at, standing, state, retracted)


def put_state(connection: Connection, state: FailureState, *, is_new: bool = False) -> None:
    """Let this be where a failure stands; ``is_new`` where nothing of it was there."""
    row = row_of(state)
    if is_new or not connection.execute(_PUT, {**row, "of_failure": state.failure_id}).rowcount:
        connection.execute(_NEW, row)


def _so_far(connection: Connection, failure_id: str) -> _SoFar:
    """What was told of a failure, read at once. Raises UnknownFailure."""
    rows = connection.execute(_SO_FAR, {"failure_id": failure_id}).all()
    if not rows:
        raise UnknownFailure(failure_id)
    failure = Failure(**{name: getattr(rows[0], f"of_{name}") for name in _OF_FAILURE})
    return _SoFar(failure, rows[0].of_known_at, _events(one for one in rows if one.key is not None))


def _events_query(failure_ids: Sequence[str], known_by: datetime | None = None) -> Select[Any]:
    found = select(failure_events).where(failure_events.c.failure_id.in_(failure_ids))
    if known_by is not None:
        found = found.where(failure_events.c.known_at <= known_by)
    return found.order_by(failure_events.c.id)


def _events(rows: Iterable[Any]) -> list[FailureEvent]:
    return [record_of(FailureEvent, row) for row in rows]


def _conditions(which: FailureFilter) -> Iterator[Any]:
    state = failure_states.c
    yield state.tenant == which.tenant
    if which.since is not None:
        yield state.occurred_at >= which.since
    if which.until is not None:
        yield state.occurred_at < which.until
    if which.is_open is not None:
        is_open = state.status.in_([str(one) for one in OPEN])
        yield is_open if which.is_open else ~is_open
    names = (
        "kind",
        "severity",
        "cause",
        "status",
        "counted",
        "customer_id",
        "incident",
        "author",
        "simulated",
    )
    yield from (state[name] == value for name in names if (value := getattr(which, name)) is not None)


def _rank() -> Any:
    """0 for the most severe."""
    return case(
        *((failure_states.c.severity == name, number) for name, number in _RANKS.items()), else_=len(_RANKS)
    )


def _lock(failure_id: str) -> int:
    return lock_named(f"failure {failure_id}")
