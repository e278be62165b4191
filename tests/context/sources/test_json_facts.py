"""Facts out of JSON that another system wrote: whatever stands there, it is a value, nothing, or a problem in words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.context.sources.json_facts import JsonFacts
from proxy.context.sources.source import Found
from proxy.rules.context_options import Origin

PATHS = (
    "a",
    "a.b[0].c",
    "length(a)",
    "a[?b > `1`] | [0]",
    "sort_by(a, &b)[0]",
    "max(a[*].b)",
    "join(', ', a)",
    "to_number(a)",
    "avg(a)",
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "c"]), inner),
    max_leaves=8,
)


@given(ANYTHING, st.sampled_from(PATHS))
def test_whatever_stands_there_is_a_value_nothing_or_a_problem(data: Any, path: str) -> None:
    (found,) = JsonFacts({"fact": Origin(value=path, true_at=path)}).of(data).values()
    assert isinstance(found, Found)
    assert found.problem is None or (found.value, found.true_at) == (None, None)


@pytest.mark.parametrize(
    ("data", "value"), [({"tier": "gold"}, "gold"), ({}, None), ([], None), (None, None)]
)
def test_a_fact_whose_origin_names_no_place_stands_under_its_own_name(data: Any, value: Any) -> None:
    assert JsonFacts({"tier": Origin()}).of(data) == {"tier": Found(value)}


def test_of_what_can_be_no_fact_nothing_is_kept():
    found = JsonFacts({"a": Origin(value="@"), "b": Origin(value="list"), "c": Origin(value="text")}).of(
        {"list": [{"private": 1}], "text": "x" * 100_000}
    )
    assert (found["a"].value, found["b"].value) == ({}, [])
    assert found["c"] == Found(problem="stands in a text of more than 1000 characters")
