"""The failures in the ledger: told once by their keys, followed by events that are only ever added.

failure_id, new = ledger.failures.tell(Failure(...), FailureEvent(...))
ledger.failures.add(failure_id, FailureEvent(key="told", step="corrected", at=now, actor="ana"))
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, func, or_, select

from proxy.ledger.clock import Clock
from proxy.ledger.database import Read
from proxy.ledger.failures.columns import (
    Deadlines,
    FailureColumns,
    columns_from,
    columns_of,
    columns_query,
    open_query,
)
from proxy.ledger.failures.filters import (
    After,
    FailureFilter,
    conditions,
    severity_place,
    severity_place_column,
)
from proxy.ledger.failures.folding import fold, in_order, refusal
from proxy.ledger.failures.incidents import is_of
from proxy.ledger.failures.lessons import Lesson, lessons_of
from proxy.ledger.failures.records import Failure, FailureEvent, FailureFile, FailureState, Step
from proxy.ledger.failures.telling import (
    FailureStepRefused,
    Outcome,
    Telling,
    TellingTogether,
    UnknownFailure,
    events_of,
)
from proxy.ledger.records import DEFAULT_TENANT
from proxy.ledger.rows import record_of
from proxy.ledger.schema import failure_events, failure_states, failures
from proxy.ledger.texts import StoreText
from proxy.ledger.writer import SubmitPart, lock_named

PAGE = 500
AT_ONCE = 128  # tellings of one caller that wait together: what others have to write comes in between
# Is told of each event that was written just now: the failure's reference, the failure, the event.
Told = Callable[[str, Failure, FailureEvent], None]


class Known(NamedTuple):
    """Where a failure stands, and the keys of all its events."""

    state: FailureState
    keys: frozenset[str]


class AtStake(NamedTuple):
    """``amount`` in a currency, of so many failures."""

    currency: str
    amount: float
    failures: int


class FailureTable:
    """Made by ``Ledger.failures``. All methods raise LedgerError; what they write is durable when they return."""

    def __init__(
        self, read: Read, submit_part: SubmitPart, level: StoreText, now: Clock, told: Told | None = None
    ) -> None:
        self._read = read
        self._submit_part = submit_part
        self._together = TellingTogether(level, now)
        self._told = told

    def tell(self, failure: Failure, *events: FailureEvent) -> tuple[str, bool]:
        """Make a failure durable with its events, all or none: its reference, and whether it is new.

        What is known already by its keys stays as it is. Raises FailureStepRefused.
        """
        told = self._tell(Telling.of(failure, *events))()
        return told.failure_id, told.is_new

    def add(self, failure_id: str, event: FailureEvent, *, tenant: str = DEFAULT_TENANT) -> FailureState:
        """Add an event, once by its key, and return what all come to. Raises UnknownFailure, FailureStepRefused."""
        return self._tell(Telling(failure_id, (event,), tenant=tenant))().state

    def tell_all(self, tellings: Sequence[Telling]) -> list[Outcome | FailureStepRefused | UnknownFailure]:
        """What each telling came to, in their order; one that is refused, by its error, stops no other.

        They are written together, so that many take few commits.
        """
        outcomes: list[Outcome | FailureStepRefused | UnknownFailure] = []
        for start in range(0, len(tellings), AT_ONCE):
            for written in [self._tell(one) for one in tellings[start : start + AT_ONCE]]:
                try:
                    outcomes.append(written())
                except (FailureStepRefused, UnknownFailure) as refused:
                    outcomes.append(refused)
        return outcomes

    def add_to_incident(self, incident: str, event: FailureEvent, *, tenant: str = DEFAULT_TENANT) -> int:
        """Add an event to each open failure of an incident to which it can happen; to how many."""
        found = self.states(FailureFilter(tenant, incident=incident, is_open=True))
        can = [one.failure_id for one in found if refusal(one, event) is None]
        outcomes = self.tell_all([Telling(one, (event,), tenant=tenant) for one in can])
        return sum(isinstance(one, Outcome) for one in outcomes)

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
        found = select(failure_states).where(*conditions(which))
        if after is not None:
            behind = and_(state.occurred_at == after.at, state.failure_id > after.failure_id)
            found = found.where(or_(state.occurred_at < after.at, behind))
        rows = self._read(found.order_by(state.occurred_at.desc(), state.failure_id).limit(limit))
        return [record_of(FailureState, row) for row in rows]

    def urgent(
        self, which: FailureFilter, *, after: After | None = None, limit: int | None = None
    ) -> list[FailureState]:
        """Where failures stand, the most severe first, and of those the oldest; those behind ``after``."""
        state, place = failure_states.c, severity_place_column()
        found = select(failure_states).where(*conditions(which))
        if after is not None:
            last = severity_place(after.severity)
            later = and_(state.occurred_at == after.at, state.failure_id > after.failure_id)
            found = found.where(
                or_(place > last, and_(place == last, or_(state.occurred_at > after.at, later)))
            )
        rows = self._read(found.order_by(place, state.occurred_at, state.failure_id).limit(limit))
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

    def lessons(self, tenant: str, *, limit: int = 500) -> list[Lesson]:
        """What was begun to be learned, and what was learned, the newest first."""
        steps = failure_events.c.step.in_([Step.TO_LEARN, Step.LEARNED])
        found = select(failure_events).join(failures, failures.c.id == failure_events.c.failure_id)
        newest = found.where(failures.c.tenant == tenant, steps).order_by(failure_events.c.id.desc())
        rows = self._read(newest.limit(limit))
        return lessons_of((row.failure_id, record_of(FailureEvent, row)) for row in rows)

    def counted(self, which: FailureFilter, by: str) -> dict[str, int]:
        """How many failures have which ``status``, ``severity``, ``kind`` or other column of their states."""
        column = failure_states.c[by]
        found = select(column.label("value"), func.count().label("failures")).where(*conditions(which))
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
            asked = columns_query(FailureColumns, tenant, since, until)
            return columns_from(FailureColumns, self._read(asked)[0])
        found = self.in_order(tenant, known_by=known_by, since=since)
        return columns_of(one.state for one in found if one.failure.occurred_at < until)

    def deadlines(self, tenant: str, since: datetime, until: datetime) -> Deadlines:
        """Whether the counted failures that reached their customers in a period were put right in time, and no more."""
        return columns_from(Deadlines, self._read(columns_query(Deadlines, tenant, since, until))[0])

    def open_columns(self, tenant: str) -> FailureColumns:
        """The failures that are open now, whenever they began."""
        return columns_from(FailureColumns, self._read(open_query(tenant))[0])

    def at_stake(self, tenant: str) -> list[AtStake]:
        """What the failures that are open now are about, by currency, where that is known."""
        state = failure_states.c
        found: Any = select(
            state.currency, func.coalesce(func.sum(state.amount), 0.0), func.count(state.amount)
        ).where(*conditions(FailureFilter(tenant, is_open=True, counted=True)), state.currency.is_not(None))
        return [
            AtStake._make(row) for row in self._read(found.group_by(state.currency).order_by(state.currency))
        ]

    def blast_radius(
        self, incident: str, *, tenant: str = DEFAULT_TENANT, known_by: datetime | None = None
    ) -> tuple[int, int]:
        """How many customers and how many answers an incident's failures name, as known by a time (None: by now)."""
        named = is_of(incident, failures.c.incident, failures.c.id, tenant, known_by)
        of_it = [failures.c.tenant == tenant, named]
        if known_by is not None:
            of_it.append(failures.c.known_at <= known_by)
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

    def _tell(self, telling: Telling) -> Callable[[], Outcome]:
        """Let it be written; what is returned waits until it is, and tells what it came to."""
        lock = lock_named(f"failure {telling.failure_id}")
        done = self._submit_part(self._together, telling.as_kept(self._together.level), lock=lock)

        def written() -> Outcome:
            outcome: Outcome = done.result()
            if self._told is not None:
                for event in outcome.events:
                    self._told(outcome.failure_id, outcome.failure, event)
            return outcome

        return written

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
            told, failure = events_of(of_failure.get(row.id, [])), record_of(Failure, row)
            state = fold(row.id, failure, row.known_at, told)
            standing = tuple(in_order(told))
            retracted = tuple(one for one in told if one not in standing)
            yield FailureFile(row.id, failure, row.known_at, standing, state, retracted)


def _events_query(failure_ids: Sequence[str], known_by: datetime | None = None) -> Select[Any]:
    found = select(failure_events).where(failure_events.c.failure_id.in_(failure_ids))
    if known_by is not None:
        found = found.where(failure_events.c.known_at <= known_by)
    return found.order_by(failure_events.c.id)
