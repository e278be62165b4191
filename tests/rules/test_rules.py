"""Rules over an answer's calls: which fire, on what, and that what cannot be evaluated counts as firing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from textwrap import dedent

from proxy.rules.facts import AnswerFacts, RequestFacts, ToolCall
from proxy.rules.reading import policies_from
from proxy.rules.rules import NO_CONTEXT, NOT_EVALUATED, Fired, Rules

REQUEST = RequestFacts("gpt-4o", "chat", "customer")
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def rules(text: str) -> Rules:
    return policies_from({"policies/rules.yaml": dedent(text)}).rules


LIMIT = rules("""\
    rules:
      - name: refund
        when: tool_call.name == "issue_refund" && tool_call.arguments.amount > 500
        effect: stop_tool_call
        reason: A person decides.
      - name: on-the-phone
        when: tool_call.name == "issue_refund"
        match: {channel: voice}
        effect: stop_tool_call
        reason: Not on the phone.
""")


def stopping(rules: Rules, request: RequestFacts, calls: Sequence[ToolCall]) -> list[Fired]:
    return rules.stopping(request, NO_CONTEXT, AnswerFacts("", tuple(calls)), NOW)


def refund(arguments: str) -> ToolCall:
    return ToolCall("call_1", "issue_refund", arguments)


def test_only_the_call_over_the_limit_is_stopped() -> None:
    calls = [refund('{"amount": 500}'), refund('{"amount": 500.01}'), ToolCall("c", "look_up", "{broken")]
    (fired,) = stopping(LIMIT, REQUEST, calls)
    assert (fired.rule.name, fired.call, fired.problem) == ("refund", calls[1], None)
    assert fired.reason == "A person decides."


def test_what_cannot_be_evaluated_fires_and_says_why() -> None:
    (fired,) = stopping(LIMIT, REQUEST, [refund("{}")])
    assert fired.problem == 'there is no "amount"'
    assert fired.reason == f"{NOT_EVALUATED}: {fired.problem}"


def test_a_rule_is_for_the_requests_that_match() -> None:
    voice = RequestFacts("gpt-4o", "VOICE", "customer")
    assert [fired.rule.name for fired in stopping(LIMIT, voice, [refund('{"amount": 1}')])] == [
        "on-the-phone"
    ]
    assert not stopping(LIMIT, REQUEST, [refund('{"amount": 1}')])


def test_calls_that_cannot_be_read_at_all_fire_every_rule_once() -> None:
    nameless = [ToolCall("c", None, "{}")] * 3
    fired = stopping(LIMIT, RequestFacts("m", "voice", "customer"), nameless)
    assert [(one.rule.name, bool(one.problem)) for one in fired] == [("refund", True), ("on-the-phone", True)]


def test_without_calls_or_without_rules_nothing_fires() -> None:
    assert not stopping(LIMIT, REQUEST, [])
    assert not Rules() and not stopping(Rules(), REQUEST, [refund("{}")])
