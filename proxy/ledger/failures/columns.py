"""Where failures stand, as columns: what measures count, a hundred thousand at a time.

A quarter of a million of ``FailureState`` would take ten seconds to make; as columns they are read in one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Select, select

from proxy.ledger.failures.records import OPEN, FailureState
from proxy.ledger.schema import failure_states
from proxy.ledger.whole_columns import WholeColumn, WholeInstants, instants, values

Floats = NDArray[np.float64]
Objects = NDArray[np.object_]
Flags = NDArray[np.bool_]

TIMES = (
    "occurred_at",
    "detected_at",
    "contained_at",
    "corrected_at",
    "restored_at",
    "learned_at",
    "ended_at",
)
_FLAGS = ("doubtful", "simulated")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = np.timedelta64(1, "s")


@dataclass(frozen=True, slots=True)
class Deadlines:
    """What tells whether failures were put right in time, and no more. The same place in each column is one failure.

    Times are seconds since 1970, NaN where that has not happened.
    """

    severity: Objects
    occurred_at: Floats
    corrected_at: Floats

    def __len__(self) -> int:
        return len(self.severity)

    def where(self, chosen: Flags) -> Self:
        """Those of which ``chosen`` is true."""
        if chosen.all():
            return self
        return type(self)(*(getattr(self, field.name)[chosen] for field in fields(self)))


@dataclass(frozen=True, slots=True)
class FailureColumns(Deadlines):
    """All that the measures count of failures."""

    failure_id: Objects
    kind: Objects
    author: Objects
    doubtful: Flags
    simulated: Flags
    detected_at: Floats
    contained_at: Floats
    restored_at: Floats
    learned_at: Floats
    ended_at: Floats
    detected_by: Objects
    restored_how: Objects
    reopened: Floats
    recurrence_of: Objects
    customer_id: Objects
    channel: Objects
    topic: Objects

    def as_far_as(self, at: float) -> FailureColumns:
        """How far they had come at a time: what happened to them later has not happened."""
        had = {name: getattr(self, name) for name in TIMES if name != "occurred_at"}
        return replace(self, **{name: np.where(times <= at, times, np.nan) for name, times in had.items()})


Columns = TypeVar("Columns", bound=Deadlines)


def names(of: type[Deadlines]) -> tuple[str, ...]:
    """The columns' names, in the order in which they are read."""
    return tuple(field.name for field in fields(of))


def columns_of(states: Iterable[FailureState]) -> FailureColumns:
    """The counted ones of these states."""
    counted = [one for one in states if one.counted]
    return FailureColumns(
        *(_column(name, [getattr(one, name) for one in counted]) for name in names(FailureColumns))
    )


def columns_query(of: type[Deadlines], tenant: str, since: datetime, until: datetime) -> Select[Any]:
    """The counted failures that reached their customers in a period, in one row, for ``columns_from``."""
    state = failure_states.c
    return _counted(of, tenant).where(state.occurred_at >= since, state.occurred_at < until)


def open_query(tenant: str) -> Select[Any]:
    """The failures that are open, whenever they began, in one row, for ``columns_from``."""
    return _counted(FailureColumns, tenant).where(failure_states.c.status.in_([str(one) for one in OPEN]))


def _counted(of: type[Deadlines], tenant: str) -> Select[Any]:
    state = failure_states.c
    read = [WholeInstants(state[name]) if name in TIMES else WholeColumn(state[name]) for name in names(of)]
    return select(*read).where(state.tenant == tenant, state.counted)


def columns_from(of: type[Columns], row: Iterable[Any]) -> Columns:
    """What one of the queries found."""
    return of(*(_read(name, told) for name, told in zip(names(of), row, strict=True)))


def seconds_of(at: datetime) -> float:
    """An instant as the columns have it."""
    return (at - _EPOCH) / timedelta(seconds=1)


def _read(name: str, told: Any) -> Any:
    return _seconds(instants(told)) if name in TIMES else _column(name, values(told))


def _column(name: str, told: list[Any]) -> Any:
    if name in _FLAGS:
        return np.array(told, dtype=bool)
    if name in TIMES:
        return np.array([np.nan if one is None else seconds_of(one) for one in told], dtype=float)
    if name == "reopened":
        return np.array(told, dtype=float)
    column = np.empty(len(told), dtype=object)
    column[:] = told
    return column


def _seconds(at: NDArray[np.datetime64]) -> Floats:
    return np.where(np.isnat(at), np.nan, (at - np.datetime64(0, "us")) / _SECOND)
