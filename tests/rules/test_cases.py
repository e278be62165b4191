"""Test cases beside the rules: what holds, what does not and why, and that mistakes in them are found on load."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from proxy.rules.case_options import GivenCall, GivenClaim, GivenCustomer, GivenRequest
from proxy.rules.cases import run_cases
from proxy.rules.problems import PoliciesError
from proxy.rules.reading import policies_from, read_policies
from proxy.rules.schema import OBJECTS

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CONTEXT = """\
sources: [{name: crm, kind: file, path: crm.csv, key: id}]
facts:
  - {name: tier, type: text, class: required, max_age: 1h, protective_value: basic, from: {crm: }}
  - {name: balance, type: number, max_age: 1h, from: {crm: }}
"""
RULES = """\
rules:
  - name: refund
    when: tool_call.name == "issue_refund" && tool_call.arguments.amount > 500
    effect: stop_tool_call
    reason: A person decides.
  - name: gold
    when: context.tier.value == "gold"
    effect: require_confidence
    confidence: 0.9
    share: 0.0
    reason: They expect more.
  - name: unknown-tier
    when: '"tier" in context.not_fresh && context.completeness < 0.9'
    effect: mark
    label: unknown
    reason: To be counted.
  - name: at-night
    when: time.now.getHours("Europe/Zurich") >= 22
    match: {channel: chat}
    effect: append_notice
    notice: We are asleep.
    reason: Nobody is there.
  - name: guarantee
    when: answer.text.contains("guarantee") && claims.all(claim, claim.confidence < 0.9)
    effect: route_to_human
    reason: We give none.
  - name: christmas
    when: true
    effect: mark
    label: christmas
    expires: 2025-12-27T00:00:00+01:00
    reason: A campaign.
"""


def results(tests: str) -> list[str]:
    files = {"context.yaml": CONTEXT, "policies/rules.yaml": RULES + "tests:\n" + tests}
    found = run_cases(policies_from(files), NOW)
    return [str(result) for result in found if result.path == "policies/rules.yaml"]


def test_cases_that_hold() -> None:
    tests = """\
  - name: a large refund
    given:
      context: {tier: silver}
      tool_calls: [{name: issue_refund, arguments: {amount: 900}}]
    expect: {refund: stop_tool_call}
  - name: a small refund
    given: {context: {tier: silver}, tool_calls: [{name: issue_refund, arguments: '{"amount": 9}'}]}
    expect: []
  - name: gold customers, for whom the rule is not live yet
    given: {context: {tier: {value: gold, state: fresh, age: 20m}}}
    expect: gold
  - name: nothing is known of the tier
    expect: [unknown-tier]
  - name: late at night
    given: {context: {tier: silver}, time: 2026-03-01T23:00:00+01:00}
    expect: {at-night: append_notice}
  - name: a guarantee
    given:
      context: {tier: silver}
      answer: We guarantee it.
      claims: [{text: We guarantee it., confidence: 0.5}]
    expect: [guarantee]
"""
    assert results(tests) == [
        'policies/rules.yaml:34: test "a large refund": holds',
        'policies/rules.yaml:39: test "a small refund": holds',
        'policies/rules.yaml:42: test "gold customers, for whom the rule is not live yet": holds',
        'policies/rules.yaml:45: test "nothing is known of the tier": holds',
        'policies/rules.yaml:47: test "late at night": holds',
        'policies/rules.yaml:50: test "a guarantee": holds',
    ]


FAILING = {
    "a rule that does not fire": (
        "{given: {context: {tier: silver}}, expect: [gold]}",
        'rule "gold" should fire and does not',
    ),
    "a rule that fires": ("{expect: []}", 'rule "unknown-tier" fires and should not'),
    "another effect": (
        "{given: {context: {tier: gold}}, expect: {gold: mark}}",
        'rule "gold" has the effect "require_confidence", not "mark"',
    ),
    "a rule that cannot be evaluated": (
        "{given: {context: {tier: x}, tool_calls: [{name: issue_refund}]}, expect: []}",
        'rule "refund" fires and should not (the rule could not be evaluated: there is no "amount")',
    ),
    "a request that does not match": (
        "{given: {context: {tier: x}, request: {channel: voice}, time: 2026-03-01T23:00:00Z}, expect: [at-night]}",
        'rule "at-night" should fire and does not: its "match" does not fit what "given.request" says',
    ),
    "an answer that is missing": (
        "{given: {context: {tier: x}}, expect: [guarantee]}",
        'rule "guarantee" should fire and does not: it reads the answer; give the case an "answer" or "claims"',
    ),
    "a call that is missing": (
        "{given: {context: {tier: x}}, expect: [refund]}",
        'rule "refund" should fire and does not: it is about a call; give the case "tool_calls"',
    ),
    "a rule that has expired": (
        "{given: {context: {tier: x}}, expect: [christmas]}",
        'rule "christmas" should fire and does not: it has expired (2025-12-27T00:00:00+01:00)',
    ),
}


@pytest.mark.parametrize(("case", "problem"), FAILING.values(), ids=FAILING.keys())
def test_a_case_that_fails_says_what_was_expected_and_what_happened(case: str, problem: str) -> None:
    assert results(f"  - {{name: a, {case[1:]}\n") == [f'policies/rules.yaml:34: test "a": {problem}']


def test_a_fact_that_is_not_fresh_has_its_protective_value_as_in_a_live_request() -> None:
    tests = RULES.replace('== "gold"', '== "basic"') + (
        "tests: [{name: a, given: {context: {tier: {state: stale}}}, expect: [gold, unknown-tier]}]"
    )
    (result,) = [
        one
        for one in run_cases(policies_from({"context.yaml": CONTEXT, "r.yaml": tests}), NOW)
        if one.path == "r.yaml"
    ]
    assert result.passed, result


MISTAKES = {
    "a rule of its own invention": (
        "  - name: a\n    expect:\n      - refnd\n",
        '36: test "a": "expect" has "refnd", which is no rule of this file; did you mean "refund"?',
    ),
    "an unknown effect": (
        "  - name: a\n    expect:\n      refund: stop_tool_cal\n",
        '36: test "a": "expect.refund" cannot be "stop_tool_cal"; did you mean "stop_tool_call"?',
    ),
    "nothing expected": ("  - name: a\n", '34: test "a": key "expect" is missing'),
    "a misspelt key": (
        "  - name: a\n    gives: {}\n    expect: []\n",
        '35: test "a": unknown key "gives"; did you mean "given"?',
    ),
    "a misspelt key further in": (
        "  - name: a\n    expect: []\n    given:\n      request:\n        about_acount: true\n",
        '38: test "a": unknown key "given.request.about_acount"; did you mean "about_account"?',
    ),
    "a fact that is not declared": (
        "  - name: a\n    expect: []\n    given:\n      context:\n        teir: gold\n",
        '38: test "a": "given.context" has "teir", which is no declared fact; did you mean "tier"?',
    ),
    "a value of another type": (
        "  - name: a\n    expect: []\n    given:\n      context:\n        balance: much\n",
        '38: test "a": "given.context.balance" is no number',
    ),
    "a state of its own invention": (
        "  - name: a\n    expect: []\n    given:\n      context:\n        tier: {state: frsh}\n",
        '38: test "a": "given.context.tier.state" cannot be "frsh"; did you mean "fresh"?',
    ),
    "a time without a zone": (
        "  - name: a\n    expect: []\n    given:\n      time: 2026-03-01T12:00:00\n",
        '37: test "a": "given.time" is "2026-03-01T12:00:00": it should be a time with its zone, '
        "such as 2026-12-01T09:00:00+01:00",
    ),
    "cases that are no list": (
        "  a: {}\n",
        '33: "tests" must be a list: each test starts with "- name: ..."',
    ),
}


@pytest.mark.parametrize(("tests", "problem"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_in_a_case_is_told_with_its_line_and_the_way_out(tests: str, problem: str) -> None:
    with pytest.raises(PoliciesError) as raised:
        results(tests)
    assert str(raised.value) == f"policies/rules.yaml:{problem}"


def test_the_shipped_policies_have_cases_for_each_of_their_rules_and_all_hold() -> None:
    policies = read_policies(ROOT / "policies")
    assert [str(result) for result in run_cases(policies) if not result.passed] == []
    for suite in policies.suites:
        expected = {name for placed in suite.cases for name in placed.case.expect}
        assert expected == {rule.name for rule in suite.rules.every}, suite.path
    assert {suite.path for suite in policies.suites} == {"shipped.yaml", "policies/rules.yaml"}


def test_a_case_can_give_all_that_a_condition_reads() -> None:
    assert set(GivenRequest.model_fields) == set(OBJECTS["Request"])
    assert set(GivenCustomer.model_fields) == set(OBJECTS["Customer"])
    assert set(GivenClaim.model_fields) == set(OBJECTS["Claim"])
    assert set(GivenCall.model_fields) == set(OBJECTS["ToolCall"])
