"""The rules that ship with the product: they hold what they promise, and each can be replaced or switched off."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from proxy.rules.cases import run_cases
from proxy.rules.facts import ContextValues, FactValue, RequestFacts
from proxy.rules.problems import PoliciesError
from proxy.rules.reading import policies_from, read_policies
from proxy.rules.rule_reading import shipped_file
from proxy.rules.rules import Fired, Rules

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHIPPED = read_policies(None).rules
NAMES = ["never-ignored-twice", "case-not-visible", "asks-for-person", "new-complaint", "case-known"]
ABOUT_ACCOUNT = RequestFacts("m", "chat", "customer", customer_id="c-7", about_account=True)
GENERAL = RequestFacts("m", "chat", "customer", customer_id="c-7")


def test_they_are_switched_on_where_nothing_is_written() -> None:
    assert [rule.name for rule in SHIPPED.every] == NAMES


def test_their_own_cases_hold() -> None:
    results = run_cases(read_policies(None))
    assert [str(result) for result in results if not result.passed] == []
    expected = {
        name for suite in read_policies(None).suites for placed in suite.cases for name in placed.case.expect
    }
    assert expected == set(NAMES)


def context(state: str = "fresh", value: bool | None = True, **facts: FactValue) -> ContextValues:
    return ContextValues({"open_case": FactValue(value, state), **facts})


def first(request: RequestFacts, known: ContextValues, rules: Rules = SHIPPED) -> Fired:
    return rules.ahead(request, known, NOW)[0]


def test_the_customer_reads_which_case_is_known_who_has_it_and_since_when() -> None:
    known = context(
        open_case_ref=FactValue("CX-7", "fresh"),
        open_case_since=FactValue(datetime(2026, 2, 27, 8, 30, tzinfo=UTC), "fresh"),
        open_case_holder=FactValue("the complaints team", "fresh"),
    )
    said = first(ABOUT_ACCOUNT, known).said("CX-9")
    assert said is not None and said.startswith("I can see that you already have a case with us.")
    for told in (
        "number is CX-7.",
        "since 27 February 2026, 08:30 UTC.",
        "with the complaints team.",
        "is CX-9.",
    ):
        assert told in said
    notice = first(GENERAL, known).said()
    assert notice is not None and "number is CX-7." in notice and "with the complaints team." in notice


def test_what_is_not_known_of_the_case_leaves_no_gap() -> None:
    said = first(ABOUT_ACCOUNT, context()).said("CX-9")
    assert said == (
        "I can see that you already have a case with us. "
        "People are looking after it, so I don't answer this by myself: "
        "I have passed your message on to a colleague. The reference of this message is CX-9."
    )
    assert first(GENERAL, context()).said() == (
        "I can also see that you have a case with us. This answer changes nothing about it."
    )


@pytest.mark.parametrize("state", ["stale", "missing", "failed"])
@pytest.mark.parametrize("value", [True, False, None])
def test_a_case_that_cannot_be_seen_is_neither_denied_nor_claimed(state: str, value: bool | None) -> None:
    fired = first(ABOUT_ACCOUNT, context(state, value))
    said = fired.said("CX-9")
    assert fired.rule.name == "case-not-visible" and said is not None and "already have a case" not in said
    assert not SHIPPED.ahead(GENERAL, context(state, value), NOW)


@pytest.mark.parametrize("value", [True, False, None])
def test_where_sources_differ_the_case_counts_as_open_whatever_the_company_acts_on(
    value: bool | None,
) -> None:
    assert first(ABOUT_ACCOUNT, context("conflicting", value)).rule.name == "never-ignored-twice"
    assert first(GENERAL, context("conflicting", value)).rule.name == "case-known"


def test_one_of_the_same_name_takes_its_place() -> None:
    own = "rules: [{name: asks-for-person, when: request.wants_person, effect: mark, label: x, reason: b}]"
    found = policies_from({"policies/own.yaml": own}).rules
    assert [rule.name for rule in found.every] == [name for name in NAMES if name != "asks-for-person"] + [
        "asks-for-person"
    ]
    assert found.every[-1].effect == "mark"


def test_each_can_be_switched_off() -> None:
    for name in NAMES:
        found = policies_from({"policies/own.yaml": f"switched_off: [{name}]"}).rules
        assert [rule.name for rule in found.every] == [one for one in NAMES if one != name]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "switched_off:\n  - asks-for-persons\n",
            'policies/own.yaml:2: "switched_off" has "asks-for-persons", which is no rule that ships with the product; '
            'did you mean "asks-for-person"?',
        ),
        (
            "switched_off: asks-for-person\n",
            'policies/own.yaml:1: "switched_off" must be a list, such as [never-ignored-twice]',
        ),
    ],
)
def test_a_mistake_in_switching_off_is_told_with_its_line(text: str, problem: str) -> None:
    with pytest.raises(PoliciesError) as raised:
        policies_from({"policies/own.yaml": text})
    assert str(raised.value) == problem


def test_their_cases_stay_true_in_a_company_that_has_rules_and_facts_of_its_own() -> None:
    own = {
        "policies/context.yaml": "sources: [{name: crm, kind: file, path: crm.csv, key: id}]\n"
        "facts: [{name: tier, type: text, class: required, protective_value: x, max_age: 1h, from: {crm: }}]\n",
        "policies/own.yaml": "switched_off: [case-known]\n"
        "rules: [{name: all, when: true, effect: mark, label: x, reason: b}]",
    }
    results = run_cases(policies_from(own))
    assert len(results) == len(shipped_file().data["tests"]) and all(result.passed for result in results)
