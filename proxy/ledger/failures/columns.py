"""Where failures stand, as columns: what measures count, a hundred thousand at a time.

A quarter of a million of ``FailureState`` would take ten seconds to make; as columns they are read in one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Select, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from proxy.ledger.failures.records import OPEN, FailureState
from proxy.ledger.schema import failure_states

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
class FailureColumns:
    """The same place in each column is one failure. Times are seconds since 1970, NaN where that has not happened."""

    failure_id: Objects
    kind: Objects
    author: Objects
    severity: Objects
    cause: Objects
    doubtful: Flags
    simulated: Flags
    occurred_at: Floats
    detected_at: Floats
    contained_at: Floats
    corrected_at: Floats
    restored_at: Floats
    learned_at: Floats
    ended_at: Floats
    detected_by: Objects
    restored_how: Objects
    reopened: Floats
    recurrence_of: Objects
    amount: Floats
    currency: Objects
    customer_id: Objects
    channel: Objects
    topic: Objects
    incident: Objects

    def __len__(self) -> int:
        return len(self.failure_id)

    def where(self, chosen: Flags) -> Self:
        """Those of which ``chosen`` is true."""
        return type(self)(*(getattr(self, field.name)[chosen] for field in fields(self)))


NAMES = tuple(field.name for field in fields(FailureColumns))


def columns_of(states: Iterable[FailureState]) -> FailureColumns:
    """The counted ones of these states."""
    counted = [one for one in states if one.counted]
    return FailureColumns(*(_column(name, [getattr(one, name) for one in counted]) for name in NAMES))


def columns_query(tenant: str, since: datetime, until: datetime) -> Select[Any]:
    """The counted failures that reached their customers in a period, for ``columns_from``."""
    state = failure_states.c
    return _counted(tenant).where(state.occurred_at >= since, state.occurred_at < until)


def open_query(tenant: str) -> Select[Any]:
    """The failures that are open, whenever they began, for ``columns_from``."""
    return _counted(tenant).where(failure_states.c.status.in_([str(one) for one in OPEN]))


def _counted(tenant: str) -> Select[Any]:
    state = failure_states.c
    read: list[Any] = [_Seconds(state[name]) if name in TIMES else state[name] for name in NAMES]
    return select(*read).where(state.tenant == tenant, state.counted)


def columns_from(rows: Sequence[Any]) -> FailureColumns:
    """What ``columns_query`` found."""
    told = zip(*rows, strict=True) if rows else ((),) * len(NAMES)
    return FailureColumns(*(_column(name, list(values)) for name, values in zip(NAMES, told, strict=True)))


def seconds_of(at: datetime) -> float:
    """An instant as the columns have it."""
    return (at - _EPOCH) / timedelta(seconds=1)


class _Seconds(FunctionElement[Any]):
    """An instant as seconds since 1970; of SQLite its text, which NumPy reads twenty times as fast as datetime does."""

    inherit_cache = True


@compiles(_Seconds)
def _in_postgresql(element: _Seconds, compiler: Any, **given: Any) -> str:
    return f"CAST(EXTRACT(epoch FROM {compiler.process(element.clauses, **given)}) AS DOUBLE PRECISION)"


@compiles(_Seconds, "sqlite")
def _in_sqlite(element: _Seconds, compiler: Any, **given: Any) -> str:
    told: str = compiler.process(element.clauses, **given)
    return told


def _column(name: str, values: list[Any]) -> Any:
    if name in _FLAGS:
        return np.array(values, dtype=bool)
    if name in TIMES:
        return _times(values)
    if name in ("amount", "reopened"):
        return np.array([np.nan if one is None else one for one in values], dtype=float)
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def _times(values: list[Any]) -> Floats:
    first = next((one for one in values if one is not None), None)
    if isinstance(first, str):
        instants = np.array(values, dtype="datetime64[us]")
        epoch = np.datetime64(0, "us")
        return np.where(np.isnat(instants), np.nan, (instants - epoch) / _SECOND)
    if isinstance(first, datetime):
        values = [None if one is None else seconds_of(one) for one in values]
    return np.array([np.nan if one is None else one for one in values], dtype=float)
