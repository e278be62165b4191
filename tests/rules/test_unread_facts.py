"""A fact that no rule reads decides nothing, and its company is told."""

from __future__ import annotations

import pytest

from proxy.rules.reading import policies_from
from proxy.rules.unread_facts import unread_facts

CONTEXT = """\
sources: [{name: crm, kind: file, path: crm.csv, key: id}]
facts:
  - {name: vip, type: bool, max_age: 1h, class: %s, from: {crm: }}
"""


def told(when: str, importance: str = "optional", more: str = "effect: mark, label: x") -> list[str]:
    rule = f"rules:\n  - {{name: a, when: '{when}', reason: r, {more}}}\n"
    policies = policies_from({"p/context.yaml": CONTEXT % importance, "p/rules.yaml": rule})
    return list(unread_facts(policies.context, policies.rules.every))


def test_a_fact_that_no_rule_reads_is_told_with_its_place_and_the_way_out() -> None:
    assert told("request.about_account") == [
        'p/context.yaml:3: fact "vip": no rule reads it: an answer may rest on it, and it decides nothing; '
        'write a rule that reads "context.vip", or leave the fact out'
    ]


@pytest.mark.parametrize(
    ("when", "more"),
    [
        ("context.vip.value == true", "effect: mark, label: x"),
        ("true", 'effect: append_notice, notice: "Are you a VIP? {vip}."'),
    ],
)
def test_what_is_read_or_said_is_not_told(when: str, more: str) -> None:
    assert told(when, more=more) == []


@pytest.mark.parametrize(("importance", "is_told"), [("wanted", False), ("optional", True)])
def test_who_reads_how_complete_the_facts_are_reads_those_that_count(importance: str, is_told: bool) -> None:
    assert bool(told("context.completeness < 0.5", importance)) is is_told


def test_our_own_ledgers_facts_are_nobodys_declaration() -> None:
    policies = policies_from({"p/rules.yaml": "rules: []\nswitched_off: [case-known]\n"})
    assert list(unread_facts(policies.context, policies.rules.every)) == []
