"""People and API keys against what the events say of them: nobody has a right, a password or a key without an event."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, Row, RowMapping, Table, select

from proxy.ledger.audit.finding import Finding, Wrong
from proxy.ledger.schema import api_keys, people, staff_events
from proxy.ledger.staff.events import CHANGES, Event, Kind, key_state, person_state

State = Mapping[str, Any]
_OF: dict[str, tuple[Table, str, Callable[[RowMapping], State]]] = {
    Kind.PERSON: (people, "id", person_state),
    Kind.API_KEY: (api_keys, "prefix", key_state),
}


def check_staff(connection: Connection) -> Iterator[Finding]:
    """Rows that are not what their newest event says, and events that changed more than they say."""
    for kind, (table, key, state_of) in _OF.items():
        told: dict[str, State] = {}
        events = select(staff_events).where(staff_events.c.kind == kind).order_by(staff_events.c.id)
        for event in connection.execute(events):
            yield from _step(event, told.get(event.subject), table)
            told[event.subject] = event.state
        for row in connection.execute(select(table)):
            yield from _standing(table, row._mapping[key], state_of(row._mapping), told)
        for subject in told:
            yield Finding(Wrong.MISSING, "its events are there, and it is not", table=table.name, key=subject)


def _step(event: Row[Any], before: State | None, table: Table) -> Iterator[Finding]:
    """What an event says must be all that has changed since the one before it."""
    place: dict[str, Any] = {"table": table.name, "key": event.subject}
    first = event.event in (Event.FOUND, Event.CREATED)
    if first != (before is None):
        yield Finding(Wrong.CHANGED, f'its event {event.id} is "{event.event}", out of its turn', **place)
    elif before is not None:
        allowed = CHANGES.get(event.event, frozenset())
        if more := [name for name in _differing(before, event.state) if name not in allowed]:
            text = f'{", ".join(more)} had changed before event {event.id} ("{event.event}"), and no event says so'
            yield Finding(Wrong.CHANGED, text, **place)


def _standing(table: Table, key: str, state: State, told: dict[str, State]) -> Iterator[Finding]:
    newest = told.pop(key, None)
    if newest is None:
        yield Finding(Wrong.ADDED, "no event says who has made it", table=table.name, key=key)
    elif more := _differing(newest, state):
        text = f"{', '.join(more)} is not what its newest event says"
        yield Finding(Wrong.CHANGED, text, table=table.name, key=key)


def _differing(one: State, other: State) -> list[str]:
    return sorted(name for name in {*one, *other} if one.get(name) != other.get(name))
