"""docs/rules.md has every key of a rule and every name that a condition can read, and its examples are true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from proxy.rules.effects import Effect
from proxy.rules.reading import PoliciesError, policies_from, read_policies
from proxy.rules.rules import Rule
from proxy.rules.schema import VARIABLES, schema_of

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
CODE = set(re.findall(r"`([^`\n]+)`", TEXT))


def test_every_key_of_a_rule_is_documented_and_every_documented_one_exists() -> None:
    keys = re.findall(r"^\| `([a-z_]+)` \|", TEXT, flags=re.MULTILINE)
    assert keys == list(Rule.model_fields)
    for key, field in Rule.model_fields.items():
        assert field.description or key == "match"
    assert {effect.value for effect in Effect} <= CODE


def test_every_name_that_a_condition_can_read_is_documented() -> None:
    assert set(schema_of({}).paths()) - set(VARIABLES) - CODE == set()


def test_the_documented_rules_are_valid() -> None:
    (example,) = re.findall(r"```yaml\n(.+?)```", TEXT, flags=re.DOTALL)
    assert [rule.name for rule in policies_from({"policies/rules.yaml": example}).rules.every] == [
        "refund-over-limit",
        "one-refund-at-a-time",
    ]


@pytest.mark.parametrize(
    ("condition", "end"),
    [
        ('tool_call.nmae == "x"', 'unknown name "tool_call.nmae"; did you mean "tool_call.name"?'),
        ("tool_call.name > 5", '">" does not go with (string, int)'),
        (
            'request.channel == "x" and true',
            'column 24 of the condition: "and" is not expected there; did you mean "&&"?',
        ),
    ],
)
def test_the_documented_mistakes_are_told_like_that(condition: str, end: str) -> None:
    rule = f"rules:\n  - name: a\n    when: {condition}\n    effect: stop_tool_call\n    reason: b\n"
    with pytest.raises(PoliciesError, match=re.escape(end)):
        policies_from({"policies/rules.yaml": rule})
    assert end in TEXT


def test_the_shipped_rule_is_the_documented_one() -> None:
    (shipped,) = read_policies(ROOT / "policies").rules.every
    assert (shipped.name, shipped.then) == ("refund-over-limit", "escalate")
    assert shipped.when in TEXT
