"""Raw values of CRMs, tables and headers, as values of a declared type."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.rules.durations import in_words, length_of
from proxy.rules.fact_values import FactType, fact_value

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "kind", "value"),
    [
        *[(raw, "bool", True) for raw in (True, 1, "true", " YES ", "1", "t")],
        *[(raw, "bool", False) for raw in (False, 0, "false", "No", "0", "f")],
        *[(raw, "number", 12.5) for raw in (12.5, Decimal("12.5"), "12.5", " +12.5 ", "1.25e1")],
        (-3, "number", -3.0),
        (4711, "text", "4711"),
        (" gold ", "text", "gold"),
        (date(2026, 3, 1), "text", "2026-03-01"),
        *[(raw, "time", NOON) for raw in ("2026-03-01T12:00:00Z", "2026-03-01 13:00:00+01:00", NOON)],
        *[
            (raw, "time", NOON)
            for raw in (NOON.timestamp(), NOON.timestamp() * 1000, NOON.replace(tzinfo=None))
        ],
        (date(2026, 3, 1), "time", NOON - timedelta(hours=12)),
        ("2026-03-01", "time", NOON - timedelta(hours=12)),
    ],
)
def test_what_people_and_systems_write_is_understood(raw: Any, kind: FactType, value: Any):
    found = fact_value(raw, kind)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("raw", "kind", "why"),
    [
        *[(raw, "bool", "is neither true nor false") for raw in (2, 1.0, "maybe", [], {})],
        *[(raw, "number", "is no number") for raw in (True, "12,50", "twelve", "0x10", [], "١٢")],
        *[
            (raw, "number", "is no number that can be reckoned with")
            for raw in (float("nan"), float("inf"), 10**400)
        ],
        *[(raw, "text", "is no text") for raw in (True, [], {}, b"gold")],
        ("x" * 1001, "text", "is longer than 1000 characters"),
        *[
            (raw, "time", "is no time such as 2026-03-01T12:00:00Z")
            for raw in (True, "soon", [], 1e30, "12:00")
        ],
    ],
)
def test_what_is_of_another_type_is_said_so_and_not_repeated(raw: Any, kind: FactType, why: str):
    with pytest.raises(ValueError) as raised:
        fact_value(raw, kind)
    assert str(raised.value) == why


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.datetimes() | st.dates(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=3,
)


@given(ANYTHING, st.sampled_from(["bool", "number", "text", "time"]))
def test_anything_is_a_value_of_the_type_or_said_not_to_be(raw: Any, kind: FactType):
    try:
        value = fact_value(raw, kind)
    except ValueError:
        return
    assert isinstance(value, {"bool": bool, "number": float, "text": str, "time": datetime}[kind])
    assert fact_value(value, kind) == value


@given(st.integers(min_value=0, max_value=10**9), st.sampled_from(["ms", "s", "m", "h", "d", "w"]))
def test_a_length_of_time_is_written_as_it_is_read(number: int, unit: str):
    try:
        length = length_of(f"{number}{unit}")
    except OverflowError:
        return
    assert length is None or length_of(in_words(length)) == length
