"""YAML with lines: it reads what YAML reads, and knows where each thing stands."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from proxy.rules.yaml_lines import read_yaml

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
data = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4)
)


@given(data)
def test_plain_data_comes_back_as_it_was_written(written: Any):
    assert read_yaml(yaml.safe_dump(written)).data == written


@given(st.lists(st.from_regex(r"[a-z]{1,8}", fullmatch=True), unique=True, min_size=1))
def test_each_key_has_its_line(keys: list[str]):
    located = read_yaml("".join(f"# about {key}\n{key}: 1\n" for key in keys))
    assert [located.line_of((key,)) for key in located.data] == [2 * n for n in range(1, len(keys) + 1)]


def test_what_stands_nowhere_has_the_line_of_what_is_around_it():
    located = read_yaml("a:\n  b:\n    - x\n    - y\n")
    assert located.line_of(("a", "b", 1)) == 4
    assert located.line_of(("a", "b", 7, "c")) == 2
    assert located.line_of(("z",)) == 1


def test_words_that_old_yaml_takes_for_booleans_or_dates_stay_words():
    text = "[on, off, yes, No, y, true, False, 2026-03-01]"
    assert read_yaml(text).data == ["on", "off", "yes", "No", "y", True, False, "2026-03-01"]


def test_an_alias_reads_as_what_it_names():
    assert read_yaml("a: &x {k: 1}\nb: *x\n").data == {"a": {"k": 1}, "b": {"k": 1}}
