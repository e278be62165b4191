"""JSON stays valid, and every other byte the same, whatever strings are put into it."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.grounding.text.json_strings import (
    json_strings,
    json_value,
    literal_at,
    places_of,
    with_values,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES, st.booleans(), st.sampled_from([None, 2]))
def test_every_string_is_found_with_its_value(value: object, ascii_only: bool, indent: int | None) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    strings = json_strings(text)
    assert strings is not None
    assert [json.loads(text[one.start : one.end]) for one in strings] == [one.value for one in strings]
    keys = sum(text_of_keys(json.loads(text)))
    assert sum(one.is_key for one in strings) == keys


def text_of_keys(value: object) -> list[int]:
    if isinstance(value, dict):
        return [len(value), *(count for one in value.values() for count in text_of_keys(one))]
    return [count for one in value for count in text_of_keys(one)] if isinstance(value, list) else []


@given(VALUES, st.booleans(), st.data())
def test_any_strings_in_any_places_leave_valid_json(
    value: object, ascii_only: bool, data: st.DataObject
) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only)
    strings = [one for one in json_strings(text) or () if not one.is_key]
    changed = {one: data.draw(TEXT) for one in strings if data.draw(st.booleans())}
    result = with_values(text, changed)
    json_value(result)
    after = [one for one in json_strings(result) or () if not one.is_key]
    assert [one.value for one in after] == [changed.get(one, one.value) for one in strings]
    if not changed:
        assert result == text


@given(TEXT, st.booleans())
def test_each_character_has_its_place(value: str, ascii_only: bool) -> None:
    literal = json.dumps(value, ensure_ascii=ascii_only)
    places = places_of(literal)
    assert len(places) == len(value) + 1
    read = [json.loads(f'"{literal[a:b]}"') for a, b in pairwise(places)]
    assert read == list(value)
    assert literal_at(f"[1, {literal} , {literal}]", 4) == literal


@pytest.mark.parametrize(
    "text", ["", "{", "NaN", '{"a": Infinity}', "{'a': 1}", "[" * 100_000, '"\n"', "{} {}"]
)
def test_what_is_no_json_has_no_strings(text: str) -> None:
    assert json_strings(text) is None


def test_half_a_character_is_replaced_and_keeps_its_place() -> None:
    (string,) = json_strings('["a\\ud800b"]') or ()
    assert string.value == "a\ufffdb"
    assert places_of('"a\\ud800b"') == [1, 2, 8, 9]
