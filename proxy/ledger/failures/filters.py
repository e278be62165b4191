"""Which failures are meant, and in which order they come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import case

from proxy.ledger.failures.incidents import is_of
from proxy.ledger.failures.records import OPEN, Severity
from proxy.ledger.records import DEFAULT_TENANT
from proxy.ledger.schema import failure_states

_PLACES: dict[str, int] = {Severity.HIGH: 0, Severity.MEDIUM: 1, Severity.LOW: 2}


class After(NamedTuple):
    """Where a page ends; the next one begins behind it. ``severity`` counts where the most urgent come first."""

    at: datetime
    failure_id: str
    severity: str = Severity.MEDIUM


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


def conditions(which: FailureFilter) -> Iterator[Any]:
    """What holds of the states of these failures."""
    state = failure_states.c
    yield state.tenant == which.tenant
    if which.since is not None:
        yield state.occurred_at >= which.since
    if which.until is not None:
        yield state.occurred_at < which.until
    if which.is_open is not None:
        is_open = state.status.in_([str(one) for one in OPEN])
        yield is_open if which.is_open else ~is_open
    if which.incident is not None:
        yield is_of(which.incident, state.incident, state.failure_id, which.tenant)
    names = ("kind", "severity", "cause", "status", "counted", "customer_id", "author", "simulated")
    yield from (state[name] == value for name in names if (value := getattr(which, name)) is not None)


def severity_place(severity: str) -> int:
    """0 of the most severe."""
    return _PLACES.get(severity, len(_PLACES))


def severity_place_column() -> Any:
    """``severity_place`` of each state."""
    places = _PLACES.items()
    return case(*((failure_states.c.severity == name, place) for name, place in places), else_=len(_PLACES))
