"""Rules ahead of the model and over the answer: which fire, in which order, for whom, and what they say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.rules.effects import EFFECTS, Effect, Phase
from proxy.rules.facts import (
    AnswerFacts,
    ClaimFacts,
    ContextValues,
    FactValue,
    RequestFacts,
    ToolCall,
    completeness,
)
from proxy.rules.reading import policies_from
from proxy.rules.rules import NO_CONTEXT, NOT_EVALUATED, Fired, Rules

NOW = datetime(2026, 3, 1, 21, 30, tzinfo=UTC)
REQUEST = RequestFacts("gpt-4o", "chat", "customer", "airline", "CA", "c-7", "conv-1", "default", "Hello")
SHIPPED_OFF = (
    "switched_off: [never-ignored-twice, case-not-visible, asks-for-person, new-complaint, case-known]\n"
)
CONTEXT = """\
sources:
  - {name: crm, kind: file, path: crm.csv, key: id}
facts:
  - {name: tier, type: text, max_age: 1h, from: {crm: }}
  - {name: balance, type: number, max_age: 1h, from: {crm: }}
  - {name: contract_ends, type: time, max_age: 1h, from: {crm: }}
"""
ROUTES = """\
defaults: {delivery: whole}
routes: [{name: airline, match: {model: "*air*"}}]
"""


def rules(text: str) -> Rules:
    texts = {"rules.yaml": SHIPPED_OFF + dedent(text), "context.yaml": CONTEXT, "routes.yaml": ROUTES}
    return policies_from(texts).rules


def mark(name: str, when: str, more: str = "") -> str:
    return f"  - {{name: {name}, when: '{when}', effect: mark, label: x, reason: b{more}}}\n"


def marks(*conditions: str) -> Rules:
    return rules("rules:\n" + "".join(mark(f"r{n}", when) for n, when in enumerate(conditions)))


def known(**facts: Any) -> ContextValues:
    return ContextValues({name: FactValue(value, "fresh", 3.0, "crm") for name, value in facts.items()})


def names(fired: list[Fired]) -> list[str]:
    return [one.rule.name for one in fired]


def ahead(rules: Rules, request: RequestFacts = REQUEST, context: ContextValues = NO_CONTEXT) -> list[Fired]:
    return rules.ahead(request, context, NOW)


@pytest.mark.parametrize(
    "when",
    [
        'request.text == "Hello" && request.tenant == "default" && request.route == "airline"',
        "!request.about_account && !request.wants_person && !request.is_complaint && !request.about_open_case",
        'context.tier.value == "gold" && context.tier.state == "fresh" && context.tier.source == "crm"',
        "context.balance.value > 99.5 && context.balance.age_s < 60.0",
        'context.contract_ends.value - time.now < duration("48h")',
        "context.open_case.value == null && context.open_case_since.value == null",
        'context.open_case.state == "missing" && context.open_case.age_s == null',
        'context.completeness == 1.0 && !("open_case" in context.not_fresh)',
        'time.now.getHours("Europe/Zurich") == 22 && time.now.getDayOfWeek("Europe/Zurich") == 0',
    ],
)
def test_ahead_of_the_model_a_rule_reads_the_request_the_context_and_the_time(when: str) -> None:
    context = known(tier="gold", balance=100.0, contract_ends=NOW + timedelta(hours=47))
    (fired,) = ahead(marks(when), context=context)
    assert fired.problem is None


def test_over_the_answer_a_rule_reads_its_text_its_calls_and_its_claims() -> None:
    found = marks(
        'answer.text.contains("guarantee")',
        'claims.exists(claim, claim.verdict == "contradicted" && claim.kind == "policy")',
        "claims.exists(claim, claim.confidence < 0.5)",
        'answer.tool_calls.exists(call, call.name == "issue_refund") && request.text == "Hello"',
        'claims.exists(claim, claim.document == "airline/fees")',
    )
    answer = AnswerFacts("We guarantee it.", (ToolCall("1", "issue_refund", "{}"),))
    claims = [ClaimFacts("We guarantee it.", "policy", "contradicted", 0.9, "airline/fees")]
    assert names(found.over_answer(REQUEST, NO_CONTEXT, answer, claims, NOW)) == ["r0", "r1", "r3", "r4"]
    assert found.about_answers and not found.about_calls and not ahead(found)


def test_a_rule_is_asked_in_the_phase_of_what_it_reads() -> None:
    found = rules(
        "rules:\n"
        + mark("before", "true")
        + mark("behind", 'answer.text == ""')
        + "  - {name: call, when: 'true', effect: stop_tool_call, reason: b}\n"
    )
    assert {one.rule.name: one.phase for one in found.compiled} == {
        "before": Phase.AHEAD,
        "behind": Phase.ANSWER,
        "call": Phase.CALL,
    }
    assert names(ahead(found)) == ["before"]
    assert names(found.over_answer(REQUEST, NO_CONTEXT, AnswerFacts(), [], NOW)) == ["behind"]


def test_higher_priorities_come_first_and_equal_ones_as_they_are_written() -> None:
    found = rules(
        "rules:\n"
        + mark("a", "true")
        + mark("b", "true", ", priority: 5")
        + mark("c", "true", ", priority: -1")
        + mark("d", "true", ", priority: 5")
    )
    assert names(ahead(found)) == ["b", "d", "a", "c"]
    assert [rule.name for rule in found.every] == ["a", "b", "c", "d"]


def test_a_rule_is_for_its_tenants_and_routes() -> None:
    found = rules(
        "rules:\n"
        + mark("tenant", "true", ", match: {tenant: acme-*}")
        + mark("route", "true", ", match: {route: [AIRLINE, default]}")
    )
    assert names(ahead(found)) == ["route"]
    assert names(ahead(found, replace(REQUEST, tenant="acme-eu", route="telecom"))) == ["tenant"]


def test_an_expired_rule_fires_no_more_and_is_warned_of() -> None:
    found = rules("rules:\n" + mark("a", "true", ', expires: "2026-03-01T22:30:00+01:00"'))
    at = datetime(2026, 3, 1, 21, 30, tzinfo=UTC)
    before = at - timedelta(seconds=1)
    assert names(found.ahead(REQUEST, NO_CONTEXT, before)) == ["a"] and not list(found.warnings(before))
    assert not found.ahead(REQUEST, NO_CONTEXT, at)
    assert list(found.warnings(at)) == [
        'rules.yaml:3: rule "a": has expired (2026-03-01T22:30:00+01:00) and fires no more; '
        "remove it, or let it end later"
    ]


def chosen(share: float, count: int, **of_request: Any) -> list[bool]:
    found = rules("rules:\n" + mark("a", "true", f", share: {share}"))
    return [bool(ahead(found, replace(REQUEST, **dict.fromkeys(of_request, f"c-{n}")))) for n in range(count)]


def test_a_share_is_that_share_of_customers_and_always_the_same_ones() -> None:
    tenth = chosen(0.1, 2000, customer_id="")
    assert tenth == chosen(0.1, 2000, customer_id="")
    assert 0.08 < sum(tenth) / 2000 < 0.12
    assert all(more or not less for less, more in zip(tenth, chosen(0.5, 2000, customer_id=""), strict=True))
    assert not any(chosen(0.0, 50, customer_id="")) and all(chosen(1.0, 50, customer_id=""))


HALF = rules("rules:\n" + mark("a", "true", ", share: 0.5"))


@given(st.text(min_size=1), st.text(), st.text())
def test_a_customer_is_treated_alike_in_every_conversation(customer: str, one: str, other: str) -> None:
    first = replace(REQUEST, customer_id=customer, conversation_id=one, text=other)
    second = replace(REQUEST, customer_id=customer, conversation_id=other, text=one)
    assert names(ahead(HALF, first)) == names(ahead(HALF, second))


def test_without_a_customer_the_conversation_decides_and_without_both_the_message() -> None:
    nobody = replace(REQUEST, customer_id="", conversation_id="")
    by_conversation = [bool(ahead(HALF, replace(nobody, conversation_id=str(n)))) for n in range(100)]
    by_text = [bool(ahead(HALF, replace(nobody, text=str(n)))) for n in range(100)]
    assert 30 < sum(by_conversation) < 70 and 30 < sum(by_text) < 70


EVERY_EFFECT = """\
rules:
  - {name: route_to_human, when: WHEN, effect: route_to_human, reason: b}
  - {name: refuse, when: WHEN, effect: refuse, reason: b}
  - {name: require_confidence, when: WHEN, effect: require_confidence, confidence: 0.9, reason: b}
  - {name: force_rewrite, when: WHEN, effect: force_rewrite, reason: b}
  - {name: forbid_topic, when: WHEN, effect: forbid_topic, topic: our competitors, reason: b}
  - {name: append_notice, when: WHEN, effect: append_notice, notice: Note this., reason: b}
  - {name: mark, when: WHEN, effect: mark, label: x, reason: b}
"""


def test_what_cannot_be_evaluated_protects_and_never_only_tells() -> None:
    found = rules(EVERY_EFFECT.replace("WHEN", "context.balance.value > 1.0"))
    fired = ahead(found)
    assert {one.reason for one in fired} == {f"{NOT_EVALUATED}: a value that it needs is not known"}
    assert [one.rule.name for one in fired if not one.acts] == ["append_notice", "mark"]
    assert {one.rule.effect for one in fired} == set(Effect) - {Effect.STOP_TOOL_CALL}


def test_a_request_that_cannot_be_read_fires_every_rule_once() -> None:
    found = rules(EVERY_EFFECT.replace("WHEN", "false"))
    fired = ahead(found, replace(REQUEST, model="\ud800"))
    assert len(fired) == 7 and all(one.problem and "cannot be read" in one.problem for one in fired)
    calls = (ToolCall("1", None, "{}"),)
    behind = marks('answer.text == "x"').over_answer(REQUEST, NO_CONTEXT, AnswerFacts("", calls), [], NOW)
    assert [one.problem for one in behind] == ["a call cannot be read: it does not say which tool it calls"]


def test_half_a_character_in_a_message_is_no_way_around_a_rule() -> None:
    (fired,) = ahead(marks('request.text.contains("refund")'), replace(REQUEST, text="refund \ud800"))
    assert fired.problem is None


ALL = rules(
    EVERY_EFFECT.replace("WHEN", "context.balance.value > 1.0 || request.text == 'x'")
    + mark("behind", 'answer.text == "x" || claims.exists(one, one.text == "x")')
    + "  - {name: call, when: tool_call.arguments.amount > 5, effect: stop_tool_call, reason: b}\n"
)
anything = st.text(st.characters(categories=["L", "N", "P", "Cs", "Cc"]))
values = st.none() | st.booleans() | st.floats() | anything | st.datetimes(timezones=st.timezones())


@given(anything, anything, values, values, anything)
def test_whatever_a_request_and_an_answer_hold_every_rule_has_a_result(
    text: str, customer: str, value: Any, other: Any, arguments: str
) -> None:
    request = replace(REQUEST, text=text, customer_id=customer)
    context = known(tier=value, balance=other, contract_ends=value, open_case=other)
    answer = AnswerFacts(text, (ToolCall("1", "issue_refund", arguments),))
    fired = ahead(ALL, request, context) + ALL.stopping(request, context, answer, NOW)
    fired += ALL.over_answer(request, context, answer, [ClaimFacts(text, "policy", "supported", 0.5)], NOW)
    assert all(isinstance(one.said("CX-1"), str | None) for one in fired)
    assert not (isinstance(other, float) and other > 1.0) or "route_to_human" in names(fired)


def test_a_value_of_another_type_than_declared_is_not_acted_on() -> None:
    found = marks('context.tier.state == "failed" && context.tier.value == null')
    for value in (7.0, True, NOW):
        assert names(ahead(found, context=known(tier=value))) == ["r0"]
    assert not ahead(found, context=known(tier="gold"))


class Counted(Mapping[str, FactValue]):
    """Facts that count how often they are read."""

    def __init__(self, facts: Mapping[str, FactValue]) -> None:
        self._facts, self.reads = facts, 0

    def __getitem__(self, name: str) -> FactValue:
        self.reads += 1
        return self._facts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)


@pytest.mark.parametrize("count", [1, 50])
def test_values_are_made_once_and_not_for_each_rule(count: int) -> None:
    context = ContextValues(Counted({"tier": FactValue("gold", "fresh")}))
    found = marks(*['context.tier.value == "gold"'] * count)
    assert len(ahead(found, context=context)) == count
    assert isinstance(context.facts, Counted) and context.facts.reads == len(found.schema.facts)


def test_without_rules_of_a_phase_nothing_is_read_at_all() -> None:
    context = ContextValues(Counted({}))
    assert not ahead(marks('answer.text == "x"'), context=context)
    assert isinstance(context.facts, Counted) and context.facts.reads == 0


def test_every_effect_says_when_it_may_act() -> None:
    assert set(EFFECTS) == set(Effect)
    assert {effect for effect, of in EFFECTS.items() if Phase.ANSWER in of.phases} == {
        Effect.ROUTE_TO_HUMAN,
        Effect.REFUSE,
        Effect.FORCE_REWRITE,
        Effect.APPEND_NOTICE,
        Effect.MARK,
    }


def test_completeness_counts_required_facts_double_and_optional_ones_not_at_all() -> None:
    facts = [("required", True), ("wanted", False), ("wanted", True), ("optional", False)]
    assert completeness(facts) == 0.75
    assert completeness([]) == completeness([("optional", False)]) == 1.0
