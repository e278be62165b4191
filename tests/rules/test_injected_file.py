"""Urgent rules in a file: one is put in or taken out, and nothing else that stands there is touched."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.rules.injected_file import HEAD, injected_names, with_rule, without_rule
from proxy.rules.yaml_lines import YamlError, read_yaml

RULE = {"name": "new", "when": 'request.text == "off"', "priority": 3, "match": {"channel": ["on", "voice"]}}
OURS = dedent("""\
    # Ours: do not delete.
    rules:   # the urgent ones
      # First the big one.
      - name: big
        when: |
          request.about_account &&
          request.is_complaint

        # why
        reason: "a: b"  # really
      # Then the small one.
      - {name: small, when: "true"}

    # And cases.
    tests:
      - {name: t, expect: []}
    """)


def test_a_new_rule_is_the_first_and_every_other_line_stays():
    lines = with_rule(OURS, RULE).splitlines()
    assert [line for line in lines if line in OURS.splitlines()] == OURS.splitlines()
    assert lines[2] == "  - name: new" and injected_names(with_rule(OURS, RULE)) == ["new", "big", "small"]


def test_a_rule_that_is_taken_out_takes_its_own_lines_alone():
    left = without_rule(OURS, "big")
    assert (
        "# First the big one." in left
        and "# Then the small one." in left
        and "request.is_complaint" not in left
    )
    assert left.splitlines()[-4:] == OURS.splitlines()[-4:]
    assert injected_names(without_rule(OURS, "small")) == ["big"]
    assert injected_names(without_rule(left, "small")) == []


def test_a_file_that_is_not_there_yet_begins_with_what_it_is_for():
    assert with_rule("", RULE).startswith(HEAD) and injected_names(with_rule("", RULE)) == ["new"]


@pytest.mark.parametrize(
    "text",
    [
        "rules:",
        "rules: []",
        "rules: []  # none\ntests: []\n",
        "routes: [{name: a}]",
        "# only words",
        "rules:\n- name: a\n",
        "rules:\n- {name: a}",
        "rules:\n-   name: a\n    b: c",
        "---\nrules:\n    - name: a\n      when: >-\n        b\n        c\n",
    ],
)
def test_what_is_put_in_can_be_taken_out_again(text: str):
    with_it = with_rule(text, RULE)
    assert read_yaml(with_it).data["rules"][0] == RULE
    without_it, before = read_yaml(without_rule(with_it, "new")).data, read_yaml(text).data or {}
    assert {**without_it, "rules": without_it["rules"] or []} == {
        **before,
        "rules": before.get("rules") or [],
    }


@pytest.mark.parametrize(
    ("text", "line"),
    [("rules: [{name: a}]", 1), ("# x\nrules:\n  {a: b}", 3), ("[1, 2]", 1), ("rules:\n  -\n    name: a", 1)],
)
def test_what_cannot_be_changed_by_itself_is_left_to_people(text: str, line: int):
    with pytest.raises(YamlError, match="change it by hand") as error:
        with_rule(text, RULE)
    assert error.value.line == line


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=200)
LINES = st.lists(WORDS, min_size=1, max_size=3).map("\n".join)


@settings(max_examples=15, deadline=None)
@given(said=LINES, reason=WORDS, times=st.integers(1, 4))
def test_whatever_a_rule_says_it_is_read_back_and_taken_out_again(said: str, reason: str, times: int):
    text = OURS
    for number in range(times):
        rule: dict[str, Any] = {
            "name": f"r{number}",
            "when": said,
            "reason": reason,
            "say": f"{reason}: {said}",
        }
        text = with_rule(text, rule)
        assert read_yaml(text).data["rules"][0] == rule
    for number in range(times):
        text = without_rule(text, f"r{number}")
    assert text == OURS
