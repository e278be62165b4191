"""How long 200 rules take on an answer's tool calls. Run: python tests/benchmarks/bench_rules.py"""

from __future__ import annotations

import json
import statistics
import time

from proxy.rules.facts import RequestFacts, ToolCall
from proxy.rules.reading import policies_from

RULES = 200
TIMES = 300
REQUEST = RequestFacts("gpt-4o", "chat", "customer", "airline", "CA", "c-7", "conversation-1")
CONDITION = (
    'tool_call.name == "issue_refund" && tool_call.arguments.amount > {limit} && request.channel != "branch" '
    '&& !(tool_call.arguments.currency in ["JPY", "KRW"]) && customer.id != ""'
)


def rule(number: int) -> dict[str, str]:
    condition = CONDITION.format(limit=500 + number)
    return {
        "name": f"rule-{number}",
        "when": condition,
        "effect": "stop_tool_call",
        "reason": "A person decides.",
    }


def calls(count: int) -> list[ToolCall]:
    """None of them is stopped, so that every rule is evaluated to its end."""
    arguments = {"amount": 499.5, "currency": "EUR", "order": "NV-1", "note": "The flight was cancelled."}
    return [ToolCall(f"call_{number}", "issue_refund", json.dumps(arguments)) for number in range(count)]


def main() -> None:
    text = json.dumps({"rules": [rule(number) for number in range(RULES)]})
    started = time.perf_counter()
    rules = policies_from({"rules.yaml": text}).rules
    print(f"reading and compiling {RULES} rules: {(time.perf_counter() - started) * 1000:.0f} ms")
    for count in (1, 4, 16):
        made, taken = calls(count), []
        for _ in range(TIMES):
            started = time.perf_counter()
            fired = rules.stopping(REQUEST, made)
            taken.append((time.perf_counter() - started) * 1000)
            assert not fired
        cuts = statistics.quantiles(taken, n=100)
        print(f"{RULES} rules, {count:2} calls: p50 {cuts[49]:.2f} ms, p99 {cuts[98]:.2f} ms")


if __name__ == "__main__":
    main()
