"""A column of all the rows that a query finds, read as one value: for what counts a hundred thousand of them at a time.

    row = read(select(WholeColumn(table.c.kind), WholeInstants(table.c.at)).where(...))[0]
    kinds, times = values(row[0]), instants(row[1])

As rows each value would be an object of the driver's and of SQLAlchemy's on its way, which takes much longer. The
same place in each column of a query is the same row: no other order is asked for.
"""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

Instants = NDArray[np.datetime64]

_POSTGRESQL_EPOCH = np.datetime64("2000-01-01", "us") - np.datetime64(0, "us")


class WholeColumn(FunctionElement[Any]):
    """Texts, whole numbers or flags, for ``values``. SQLite would round other numbers to 15 digits."""

    inherit_cache = True


class WholeInstants(FunctionElement[Any]):
    """Instants, for ``instants``: of SQLite its texts, of PostgreSQL the microseconds as it keeps them."""

    inherit_cache = True


def values(told: str | None) -> list[Any]:
    """None where the column has none."""
    found: list[Any] = msgspec.json.decode(told) if told else []
    return found


def instants(told: str | bytes | None) -> Instants:
    """To the microsecond, in UTC; NaT where the column has none."""
    if isinstance(told, bytes):
        # Microseconds since 2000, the highest byte first; -infinity is the least number that there is, as NaT is.
        kept: Instants = np.frombuffer(told, dtype=">i8").astype(np.int64).view("datetime64[us]")
        return kept + _POSTGRESQL_EPOCH
    return np.array(values(told), dtype="datetime64[us]")


@compiles(WholeColumn)
def _column_in_postgresql(element: WholeColumn, compiler: Any, **given: Any) -> str:
    return f"CAST(json_agg({compiler.process(element.clauses, **given)}) AS TEXT)"


@compiles(WholeInstants)
def _instants_in_postgresql(element: WholeInstants, compiler: Any, **given: Any) -> str:
    at = f"coalesce({compiler.process(element.clauses, **given)}, '-infinity')"
    return f"string_agg(timestamptz_send({at}), ''::bytea)"


@compiles(WholeColumn, "sqlite")
@compiles(WholeInstants, "sqlite")
def _in_sqlite(element: FunctionElement[Any], compiler: Any, **given: Any) -> str:
    return f"json_group_array({compiler.process(element.clauses, **given)})"
