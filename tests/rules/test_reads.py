"""What a rule's condition reads, as CEL's checker has it: names in texts and comments do not count."""

from __future__ import annotations

from typing import Any

import pytest

from proxy.rules.effects import Effect
from proxy.rules.reads import reads
from proxy.rules.rules import Rule, compiled
from proxy.rules.schema import schema_of

SCHEMA = schema_of({"tier": "text", "tier_since": "time", "open_case": "bool"})


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("true", set()),
        ('request.text == "context.tier"', {"request", "request.text"}),
        ('context.tier.state == "fresh"', {"context", "context.tier"}),
        ("context.tier_since.value < time.now", {"context", "context.tier_since", "time", "time.now"}),
        ("has(context.tier.value)", {"context", "context.tier"}),
        ("size(context.not_fresh) > 0 // tier", {"context", "context.not_fresh"}),
        ('claims.exists(text, text.document == "request.text")', {"claims"}),
        ("size(answer.tool_calls) > 1", {"answer", "answer.tool_calls"}),
        ('customer.id == "" || answer.text == ""', {"customer", "customer.id", "answer", "answer.text"}),
    ],
)
def test_a_condition_reads_what_it_does_not_compile_without(when: str, expected: set[str]):
    assert reads(one(when), SCHEMA) == expected


def test_a_rule_for_calls_reads_the_call():
    found = reads(one('tool_call.name == "a"', Effect.STOP_TOOL_CALL), SCHEMA)
    assert found == {"tool_call", "tool_call.name"}


def one(when: str, effect: Effect = Effect.MARK) -> Any:
    label = {"label": "x"} if effect is Effect.MARK else {}
    return compiled(Rule(name="r", when=when, effect=effect, reason="r", **label), SCHEMA)
