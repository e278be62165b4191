"""Writes what is told of failures: of many at once in a few statements, each with its own result or refusal."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from proxy.ledger.clock import Clock
from proxy.ledger.errors import LedgerError
from proxy.ledger.failures.folding import fold, refusal
from proxy.ledger.failures.records import Failure, FailureEvent, FailureState
from proxy.ledger.records import DEFAULT_TENANT
from proxy.ledger.references import failure_reference
from proxy.ledger.rows import names_of, record_of, row_of, values_of
from proxy.ledger.schema import failure_events, failure_states, failures
from proxy.ledger.texts import StoreText, failure_as_kept, failure_event_as_kept


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


@dataclass(frozen=True, slots=True)
class Telling:
    """Events of one failure, of which all are written or none. ``failure`` is there where it may be new."""

    failure_id: str
    events: tuple[FailureEvent, ...]
    failure: Failure | None = None
    tenant: str = DEFAULT_TENANT

    @classmethod
    def of(cls, failure: Failure, *events: FailureEvent) -> Telling:
        """A failure that may be new, with what happened to it."""
        failure_id = failure_reference(failure.tenant, failure.key)
        return cls(failure_id, events, failure, failure.tenant)

    def as_kept(self, level: StoreText) -> Telling:
        """With what the ledger can and may hold of its texts. Raises LedgerError for what cannot be stored."""
        failure = self.failure and _storable(failure_as_kept(self.failure, level))
        events = tuple(_storable(failure_event_as_kept(one, level)) for one in self.events)
        return replace(self, failure=failure, events=events)


class Outcome(NamedTuple):
    """What a telling came to: where the failure stands then, and those of the events that were not known."""

    failure_id: str
    is_new: bool
    failure: Failure
    state: FailureState
    events: tuple[FailureEvent, ...]


@dataclass(slots=True)
class _SoFar:
    """A failure as it was told, when, where it stands, and its events in the order in which they were told."""

    failure: Failure
    known_at: datetime
    state: FailureState
    events: list[FailureEvent] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class TellingTogether:
    """Writes tellings that wait together. ``level`` is how much text they keep, ``now`` when they are learned of."""

    level: StoreText
    now: Clock

    def __call__(self, connection: Connection, tellings: Sequence[Telling]) -> list[Outcome | LedgerError]:
        """Needs the locks of all these failures: what is read stays so until it is committed."""
        so_far = _read(connection, {one.failure_id for one in tellings})
        known_at = self.now()
        outcomes = [_outcome(so_far, one, known_at) for one in tellings]
        written = [one for one in outcomes if isinstance(one, Outcome)]
        if new := [one for one in written if one.is_new]:
            kept = {"known_at": known_at, "store_text": self.level}
            rows = [{**values_of(one.failure), "id": one.failure_id, **kept} for one in new]
            connection.execute(_NEW, rows)
        if rows := [
            {**values_of(event), "failure_id": one.failure_id} for one in written for event in one.events
        ]:
            connection.execute(_ADDED, rows)
        if states := {one.failure_id: one.state for one in written if one.events}:
            put = _PUT[connection.dialect.name]
            connection.execute(put, [row_of(state) for state in states.values()])
        return outcomes


def _outcome(so_far: dict[str, _SoFar], telling: Telling, now: datetime) -> Outcome | LedgerError:
    """What a telling comes to; where it is not refused, what comes after it builds on it."""
    failure_id, known = telling.failure_id, so_far.get(telling.failure_id)
    failure = known.failure if known is not None else telling.failure
    if failure is None or failure.tenant != telling.tenant:
        return UnknownFailure(failure_id)
    known_at = known.known_at if known is not None else now
    events = list(known.events) if known is not None else []
    state = known.state if known is not None else fold(failure_id, failure, now, [])
    keys, added = {one.key for one in events}, list[FailureEvent]()
    for event in telling.events:
        if event.key in keys:
            continue
        why = refusal(state, event)
        if why is not None:
            return FailureStepRefused(failure_id, event, why)
        added.append(replace(event, known_at=now))
        events.append(added[-1])
        keys.add(event.key)
        state = fold(failure_id, failure, known_at, events)
    so_far[failure_id] = _SoFar(failure, known_at, state, events)
    return Outcome(failure_id, known is None, failure, state, tuple(added))


_OF_FAILURE = names_of(Failure)
# Statements are made once: to put them together anew takes longer than the database does. One question for both
# tables: who adds an event waits for each answer of the database.
_SO_FAR = (
    select(
        failures.c.id.label("failure"),
        *(failures.c[name].label(f"of_{name}") for name in (*_OF_FAILURE, "known_at")),
        *(failure_events.c[name] for name in names_of(FailureEvent)),
    )
    .select_from(failures.outerjoin(failure_events, failure_events.c.failure_id == failures.c.id))
    .where(failures.c.id.in_(bindparam("failure_ids", expanding=True)))
    .order_by(failure_events.c.id)
)
_NEW, _ADDED = insert(failures), insert(failure_events)


def _put(dialect: Any) -> Any:
    """Lets a state be where its failure stands, whether or not there was one."""
    new = dialect.insert(failure_states)
    return new.on_conflict_do_update(
        index_elements=[failure_states.c.failure_id],
        set_={name: new.excluded[name] for name in failure_states.c.keys() if name != "failure_id"},  # noqa: SIM118
    )


_PUT = {"postgresql": _put(postgresql), "sqlite": _put(sqlite)}


def _read(connection: Connection, failure_ids: Collection[str]) -> dict[str, _SoFar]:
    """What was told of these failures; those that nobody has told are left out."""
    found: dict[str, list[Any]] = {}
    for row in connection.execute(_SO_FAR, {"failure_ids": list(failure_ids)}):
        found.setdefault(row.failure, []).append(row)
    return {failure_id: _so_far(failure_id, rows) for failure_id, rows in found.items()}


def _so_far(failure_id: str, rows: Sequence[Any]) -> _SoFar:
    failure = Failure(**{name: getattr(rows[0], f"of_{name}") for name in _OF_FAILURE})
    events = events_of(row for row in rows if row.key is not None)
    known_at = rows[0].of_known_at
    return _SoFar(failure, known_at, fold(failure_id, failure, known_at, events), events)


def events_of(rows: Iterable[Any]) -> list[FailureEvent]:
    """The events of these rows."""
    return [record_of(FailureEvent, row) for row in rows]


def _storable(record: Any) -> Any:
    return type(record)(**row_of(record))
