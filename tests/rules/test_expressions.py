"""Conditions of rules: what they may read is checked when they are read, and every mistake is told with the way out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from proxy.rules.arguments import Unreadable
from proxy.rules.context_options import BUILT_IN_CONTEXT, NOT_FACTS
from proxy.rules.effects import READS, Phase
from proxy.rules.expressions import Expression, ExpressionError, NotEvaluated, ready
from proxy.rules.fact_values import FactType
from proxy.rules.facts import AnswerFacts, ContextValues, RequestFacts, ToolCall
from proxy.rules.schema import CONTEXT, _schema, schema_of
from proxy.rules.values import call_values, request_values

FACTS: dict[str, FactType] = {**BUILT_IN_CONTEXT.types, "tier": "text", "contract_ends": "time"}
SCHEMA = schema_of(FACTS)
NOW = datetime(2026, 3, 1, 21, 30, tzinfo=UTC)
REQUEST = RequestFacts("gpt-4o", "chat", "customer", "airline", "CA", "c-7", "conv-1")


def expression(text: str) -> Expression:
    return Expression(text, READS[Phase.CALL], SCHEMA)


def holds(
    text: str, arguments: Any = '{"amount": 600, "currency": "EUR"}', name: str = "issue_refund"
) -> bool:
    (of_call,) = call_values(SCHEMA, AnswerFacts("", (ToolCall("call_1", name, arguments),)))
    values = {**request_values(SCHEMA, REQUEST, ContextValues(), NOW), **of_call}
    return expression(text).holds(ready(values, READS[Phase.CALL], SCHEMA))


@pytest.mark.parametrize(
    "text",
    [
        'tool_call.name == "issue_refund" && tool_call.arguments.amount > 500',
        "tool_call.arguments.amount * 1.1 > 650.0",
        'tool_call.arguments.currency in ["EUR", "USD"]',
        "has(tool_call.arguments.amount) && !has(tool_call.arguments.order)",
        'request.model.startsWith("gpt") && request.channel == "chat" && request.audience == "customer"',
        'request.route == "airline" && request.market == "CA"',
        'customer.id == "c-7" && customer.conversation_id == "conv-1"',
        'answer.tool_calls.exists(call, call.name == "issue_refund" && call.arguments.amount > 500)',
        "size(answer.tool_calls) == 1 && answer.tool_calls[0].id == tool_call.id",
        "dyn(tool_call.arguments).exists(key, key == 'amount')",
    ],
)
def test_a_condition_reads_the_request_the_customer_and_the_calls(text: str) -> None:
    assert holds(text)


def test_every_name_can_be_read() -> None:
    for path in SCHEMA.paths():
        if path.split(".")[0] == "claims":
            continue
        assert holds(f"type({path}) == type({path})")


@pytest.mark.parametrize(
    "arguments",
    [
        '{"amount": "600"}',
        '{"amount": null}',
        "{}",
        "",
        '{"amount": 600',
        "600",
        '["amount"]',
        '"{\\"amount\\": 600}"',
        '{"amount": NaN}',
        '{"amount": 1e999}',
        '{"amount": 12345678901234567890123}',
        '{"amount": 9007199254740993}',
        '{"amount": 1, "amount": 600}',
        '{"amount": 1, "note": "\\ud800"}',
        '{"note": "' + "x" * 100_000 + '", "amount": 1}',
        '{"a":' * 5_000 + "1" + "}" * 5_000,
        {"amount": float("nan")},
    ],
)
def test_what_cannot_be_checked_is_not_taken_to_be_harmless(arguments: Any) -> None:
    with pytest.raises(NotEvaluated):
        holds("tool_call.arguments.amount > 500", arguments)


@pytest.mark.parametrize(
    "text",
    [
        "has(tool_call.arguments.amount)",
        '"amount" in tool_call.arguments',
        "tool_call.arguments == null",
        "tool_call.arguments != {}",
        "size(tool_call.arguments) > 0",
        "answer.tool_calls.exists(call, has(call.arguments.amount))",
    ],
)
def test_broken_arguments_cannot_be_asked_about_in_any_way(text: str) -> None:
    with pytest.raises(NotEvaluated):
        holds(text, '{"amount": 600')


def test_a_rule_for_another_tool_does_not_mind_broken_arguments() -> None:
    assert not holds('tool_call.name == "look_up" && tool_call.arguments.amount > 500', "{broken")


def test_arguments_may_come_as_an_object() -> None:
    assert holds("tool_call.arguments.amount > 500", {"amount": 600})


@pytest.mark.parametrize("calls", [[ToolCall("a", None, "{}")], [ToolCall("a", "b\ud800", "{}")]])
def test_a_call_of_nobody_knows_what_cannot_be_read(calls: list[ToolCall]) -> None:
    with pytest.raises(Unreadable):
        call_values(SCHEMA, AnswerFacts("", tuple(calls)))


def test_too_many_calls_cannot_be_read() -> None:
    call = ToolCall("a", "b", "{}")
    assert len(call_values(SCHEMA, AnswerFacts("", (call,) * 128))) == 128
    with pytest.raises(Unreadable, match="more than 128 calls"):
        call_values(SCHEMA, AnswerFacts("", (call,) * 129))


def test_a_condition_always_ends() -> None:
    numbers = "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]"
    loops = "".join(f"{numbers}.all(n{depth}, " for depth in range(7))
    with pytest.raises(NotEvaluated):
        holds(f"{loops}true{')' * 7}")


MISTAKES = {
    "a misspelt object": (
        'cusotmer.id == "7"',
        'unknown name "cusotmer.id"; did you mean "customer.id"?',
    ),
    "a misspelt field": (
        'request.modle == "gpt-4o"',
        'unknown name "request.modle"; did you mean "request.model"?',
    ),
    "a misspelt field of a call": (
        'tool_call.nmae == "issue_refund"',
        'unknown name "tool_call.nmae"; did you mean "tool_call.name"?',
    ),
    "a misspelt field of a call in a list": (
        'answer.tool_calls.exists(call, call.nmae == "issue_refund")',
        'unknown name "tool_call.nmae"; did you mean "tool_call.name"?',
    ),
    "a misspelt list": (
        "size(answer.tool_cals) > 1",
        'unknown name "answer.tool_cals"; did you mean "answer.tool_calls"?',
    ),
    "a misspelt field that is asked for": (
        "has(tool_call.argumets)",
        'unknown name "tool_call.argumets"; did you mean "tool_call.arguments"?',
    ),
    "a field of its own invention": (
        'customer.tier == "gold"',
        'unknown name "customer.tier"; allowed: "customer.id", "customer.conversation_id"',
    ),
    "an object of its own invention": (
        'weather == "fine"',
        'unknown name "weather"; allowed: "request", "customer", "context", "time", "answer", "claims", "tool_call"',
    ),
    "a misspelt function": (
        'tool_call.name.startWith("issue")',
        'unknown function "startWith"; did you mean "startsWith"?',
    ),
    "a function of another language": (
        "len(answer.tool_calls) > 1",
        'unknown function "len"; did you mean "size"?',
    ),
    "a function of its own invention": ('zzz(tool_call.name) == "x"', 'unknown function "zzz"'),
    "a word of another language": (
        "tool_call.arguments.urgent == True",
        'unknown name "True"; did you mean "true"?',
    ),
    "a text compared with a number": (
        "tool_call.name > 500",
        '">" does not go with (string, int)',
    ),
    "a text compared with a number in a list": (
        "answer.tool_calls.exists(call, call.id == 7)",
        '"==" does not go with (string, int)',
    ),
    "an object compared with a text": (
        'tool_call == "issue_refund"',
        '"==" does not go with (tool_call, string)',
    ),
    "two kinds in one choice": (
        'tool_call.name == "x" ? "yes" : true',
        '"?:" does not go with (bool, string, bool)',
    ),
    "no condition but a text": (
        "tool_call.name",
        "the condition must be true or false, but it is of the type string",
    ),
    "no condition but an object": (
        "tool_call",
        "the condition must be true or false, but it is of the type tool_call",
    ),
    "no condition but an argument": (
        "tool_call.arguments.urgent",
        'the condition must be true or false, but it is of the type dyn (compare it: "... == true")',
    ),
    "one equals sign": (
        'tool_call.name = "issue_refund"',
        'column 16 of the condition: "=" is not expected there; did you mean "=="?',
    ),
    "and in words": (
        'tool_call.name == "x" and request.channel == "chat"',
        'column 23 of the condition: "and" is not expected there; did you mean "&&"?',
    ),
    "quotation marks of a text processor": (
        "tool_call.name == “issue_refund”",
        'column 19 of the condition: "“" is not expected there; did you mean """?',
    ),
    "a number with a comma": (
        "tool_call.arguments.amount > 1,000",
        'column 31 of the condition: "," is not expected there',
    ),
    "an end that is missing": (
        "tool_call.arguments.amount >",
        'the condition ends too early: something is missing, such as a ")" or what follows an operator',
    ),
    "a parenthesis that is missing": (
        '(tool_call.name == "x"',
        'the condition ends too early: something is missing, such as a ")" or what follows an operator',
    ),
    "a loop over open arguments": (
        'tool_call.arguments.exists(key, key == "x")',
        "column 10 of the condition: what is looped over is open; write dyn(...) around it",
    ),
    "a fact itself": (
        "context.open_case == true",
        '"==" does not go with (fact, bool); a fact is read by ".value", ".state", ".age_s" or ".source"',
    ),
    "a decimal and a whole number": (
        "context.recent_failures.value > 2",
        '">" does not go with (double, int); the one is a decimal: write "2.0", not "2"',
    ),
    "a list that is asked like a text": (
        'context.not_fresh.contains("tier")',
        '"contains" does not go with (list(string), string); for a list write "..." in ...',
    ),
    "a fact without what stands before it": (
        "open_case == true",
        'unknown name "open_case"; did you mean "context.open_case"?',
    ),
    "a fact's value of another type": (
        'context.recent_failures.value == "two"',
        '"==" does not go with (double, string)',
    ),
    "a state of its own invention": (
        'context.open_case.state == "frsh"',
        'no state is called "frsh"; did you mean "fresh"?',
    ),
    "a state of its own invention in a list": (
        'context.open_case.state in ["stale", "unknown"]',
        'no state is called "unknown"; allowed: "fresh", "stale", "missing", "failed", "conflicting"',
    ),
    "a zone of its own invention": (
        'time.now.getHours("Europe/Zurch") > 8',
        '"Europe/Zurch" is no time zone; did you mean "Europe/Zurich"?',
    ),
    "a regular expression that is none": (
        'request.text.matches("(refund")',
        '"(refund" is no regular expression: missing ): (refund',
    ),
    "too deep": (
        "(" * 300 + "true" + ")" * 300,
        "the condition cannot be read: CANCELLED: Expression recursion limit exceeded. limit: 32 [CANCELLED]",
    ),
}


@pytest.mark.parametrize(("text", "message"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_told_with_the_way_out(text: str, message: str) -> None:
    with pytest.raises(ExpressionError) as raised:
        expression(text)
    assert [mistake.message for mistake in raised.value.mistakes] == [message]


OVER_ANSWER_MISTAKES = {
    "a misspelt field of a claim": (
        'claims.exists(claim, claim.verdct == "supported")',
        'unknown name "claim.verdct"; did you mean "claim.verdict"?',
    ),
    "a verdict of its own invention": (
        "claims.exists(one, one.verdict == 'suported')",
        'no verdict is called "suported"; did you mean "supported"?',
    ),
    "a kind of its own invention": (
        'claims.all(one, one.kind in ["policy", "acount"])',
        'no kind is called "acount"; did you mean "account"?',
    ),
    "a claim compared with a text": ('claims[0] == "x"', '"==" does not go with (claim, string)'),
}


@pytest.mark.parametrize(("text", "message"), OVER_ANSWER_MISTAKES.values(), ids=OVER_ANSWER_MISTAKES.keys())
def test_a_mistake_over_the_answer_is_told_with_the_way_out(text: str, message: str) -> None:
    with pytest.raises(ExpressionError) as raised:
        Expression(text, READS[Phase.ANSWER], SCHEMA)
    assert [mistake.message for mistake in raised.value.mistakes] == [message]


def test_an_argument_may_be_called_like_a_fact_s_state() -> None:
    assert holds('tool_call.arguments.state == "CA"', '{"state": "CA"}')
    assert holds('tool_call.arguments.verdict == "fine"', '{"verdict": "fine"}')


@pytest.mark.parametrize(
    ("text", "arguments", "why"),
    [
        ("tool_call.arguments.amount > 500", "{}", 'there is no "amount"'),
        ("tool_call.arguments.amount > 500", '{"amount": "9"}', '">" does not go with (string, int)'),
        ("tool_call.arguments.amount > 500", '{"amount": null}', "a value that it needs is not known"),
        ("tool_call.arguments.amount > 500", "{broken", "the call's arguments cannot be read exactly"),
        (
            "tool_call.arguments.a[2] == 1",
            '{"a": [1]}',
            "there is no entry 2; the list has 1, counted from 0",
        ),
        ("tool_call.arguments.a.b == 1", '{"a": 1}', "a value has no fields, but one of them is asked for"),
        ("context.recent_failures.value > 2.0", "{}", "a value that it needs is not known"),
        ("context.contract_ends.value < time.now", "{}", "a value that it needs is not known"),
        ("context.open_case.value", "{}", "a value that it needs is not known"),
        ("!context.open_case.value", "{}", "a value is not known, or neither true nor false"),
        ("1 / 0 == 1", "{}", "divide by zero"),
    ],
)
def test_why_it_could_not_be_evaluated_is_told_in_words(text: str, arguments: str, why: str) -> None:
    with pytest.raises(NotEvaluated) as raised:
        holds(text, arguments)
    assert str(raised.value) == why


def test_what_is_null_can_be_asked_for() -> None:
    assert holds("context.contract_ends.value == null && context.tier.value == null")
    assert holds('!(context.tier.value == "gold") && context.open_case.value != true')


def test_facts_that_were_declared_once_do_not_stay_for_ever() -> None:
    """Each set of facts has types of its own; a company that changes them often must not fill the memory."""
    for number in range(20):
        schema_of({f"fact_{number}": "text"})
    assert _schema.cache_info().currsize <= 4
    assert schema_of(FACTS) is schema_of(dict(FACTS))


def test_no_fact_is_called_like_what_stands_beside_facts() -> None:
    assert tuple(CONTEXT) == NOT_FACTS


def test_all_mistakes_of_one_condition_are_told_with_their_lines() -> None:
    with pytest.raises(ExpressionError) as raised:
        expression('request.modle == "a" &&\n  tool_call.name > 5 ||\n  customer.di == "7"')
    assert [mistake.line for mistake in raised.value.mistakes] == [0, 1, 2]
