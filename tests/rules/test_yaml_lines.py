"""YAML with lines: it reads what YAML reads, and knows where each thing stands."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from proxy.rules.yaml_lines import YamlError, read_yaml

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


QUOTE = 'put the text in quotes, or write ">-" there and the text in the lines below'


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("rules:\n\t- name: a\n", 2, "a tab stands where spaces belong; indent with spaces"),
        ("rules:\n  - reason: Refunds: a person\n", 2, f'a text with ": " in it; {QUOTE}'),
        ("rules:\n  - when: a > 5 ? b : c\n", 2, f'a text with ": " in it; {QUOTE}'),
        (
            "rules:\n  - name:refund\n    when: x\n",
            3,
            'a space is missing after the colon in line 2; write "name: ..."',
        ),
        (
            "name: a\nwhen:b\nreason: c\n",
            3,
            'a space is missing after the colon in line 2; write "when: ..."',
        ),
        (
            'rules:\n  - when: "gold" == b\n',
            2,
            f"a text that only begins with a quotation mark or a brace; {QUOTE}",
        ),
        (
            "rules:\n  - notice: {ref} is it\n",
            2,
            f"a text that only begins with a quotation mark or a brace; {QUOTE}",
        ),
        ("rules:\n  - when: !has(a.b)\n", 2, f'a text cannot begin with "!"; {QUOTE}'),
        ("rules:\n  - reason: @all\n", 2, 'a text cannot begin with "@"; put it in quotes'),
        ("rules:\n  - route: *mail\n", 2, 'a text cannot begin with "*"; put it in quotes'),
        ('rules:\n  - reason: "a\n', 3, "a quotation mark is not closed"),
        (
            "rules:\n  - name: a\n   when: b\n",
            3,
            "the line is indented otherwise than those it belongs to; keys of one entry begin in the same column",
        ),
        ("a: b\nc\nd: e\n", 3, 'it is no "key: value"; is a colon missing, or should it be indented?'),
        (
            "when: \"a.matches('\\d')\"\n",
            1,
            "a backslash within double quotation marks; write \\\\ for it, or take single quotes",
        ),
        ("a: 1\n---\nb: 2\n", 2, '"---" begins another document; a file is one'),
    ],
)
def test_broken_yaml_is_told_in_words_with_the_way_out(text: str, line: int, told: str):
    with pytest.raises(YamlError) as raised:
        read_yaml(text)
    assert (raised.value.line, raised.value.message) == (line, f"not valid YAML: {told}")


def test_aliases_that_repeat_each_other_are_refused_before_they_fill_the_memory():
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{row}: &a{row} [{', '.join([f'*a{row - 1}'] * 9)}]" for row in range(1, 30)]
    with pytest.raises(YamlError, match="more than 100,000 entries; do aliases repeat each other") as raised:
        read_yaml("\n".join(rows))
    assert raised.value.line > 1


def test_what_is_nested_too_deeply_is_a_mistake_of_the_file():
    with pytest.raises(YamlError, match="nested too deeply; is a bracket not closed"):
        read_yaml("a: " + "[" * 5_000 + "]" * 5_000)
