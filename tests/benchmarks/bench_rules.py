"""How long 200 rules take: ahead of the model, over a whole answer, on its calls. The bar is 5 ms in the median.

    python tests/benchmarks/bench_rules.py

Half of the rules ahead of the model and over the answer read the customer's context. None of them fires, so that each
is evaluated to its end.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from proxy.rules.facts import AnswerFacts, ClaimFacts, ContextValues, FactValue, RequestFacts, ToolCall
from proxy.rules.reading import policies_from
from proxy.rules.rules import Fired, Rules

RULES = 200
TIMES = 300
BAR_MS = 5.0
NOW = datetime(2026, 3, 1, 21, 30, tzinfo=UTC)
REQUEST = RequestFacts(
    "gpt-4o",
    "chat",
    "customer",
    *("airline", "CA", "c-7", "conversation-1", "default"),
    text="My flight to Toronto was cancelled yesterday. Can I have my money back, and how long does it take?",
    about_account=True,
)
CONTEXT_FILE = """\
sources: [{name: crm, kind: file, path: crm.csv, key: id}]
facts:
  - {name: tier, type: text, max_age: 1h, from: {crm: }}
  - {name: balance, type: number, max_age: 1h, from: {crm: }}
  - {name: contract_ends, type: time, max_age: 1h, from: {crm: }}
  - {name: complaint, type: bool, max_age: 1h, from: {crm: }}
"""
CONTEXT = ContextValues(
    {
        "open_case": FactValue(False, "fresh", 0.1, "ledger"),
        "tier": FactValue("silver", "fresh", 20.0, "crm"),
        "balance": FactValue(120.5, "fresh", 20.0, "crm"),
        "contract_ends": FactValue(NOW + timedelta(days=40), "fresh", 20.0, "crm"),
        "complaint": FactValue(False, "conflicting", 20.0, "crm"),
    }
)
AHEAD = (
    'request.about_account && context.tier.value == "tier-{n}" && context.tier.state == "fresh"',
    'context.balance.value > {limit} && request.market in ["CA", "US"] && customer.id != ""',
    "context.contract_ends.value - time.now < duration('{n}h') && request.channel == 'branch'",
    'request.text.matches("(?i)voucher {n}") || (request.is_complaint && context.complaint.value == true)',
)
OVER_ANSWER = (
    'answer.text.contains("guarantee {n}") && request.channel == "chat"',
    "claims.exists(claim, claim.verdict == 'contradicted' && claim.confidence > 0.{n})",
    'claims.exists(claim, claim.document == "airline/{n}") && context.tier.value == "gold"',
    "context.balance.value > {limit} && size(claims) > 3",
)
CALL = (
    'tool_call.name == "issue_refund" && tool_call.arguments.amount > {limit} && request.channel != "branch" '
    '&& !(tool_call.arguments.currency in ["JPY", "KRW"]) && customer.id != ""',
)
SENTENCES = [
    "A cancelled flight is refunded in full to the card that it was paid with.",
    "The refund takes up to seven business days.",
    "You can also rebook free of charge within 30 days.",
    "I hope that this helps.",
]


def rules(conditions: Sequence[str], effect: str) -> Rules:
    written = [
        {
            "name": f"rule-{n}",
            "when": conditions[n % len(conditions)]
            .replace("{limit}", f"{500 + n}.0")
            .replace("{n}", str(n + 10)),
            "effect": effect,
            "reason": "A person decides.",
        }
        for n in range(RULES)
    ]
    started = time.perf_counter()
    read = policies_from({"rules.yaml": json.dumps({"rules": written}), "context.yaml": CONTEXT_FILE}).rules
    print(f"\n{RULES} rules: read and compiled in {(time.perf_counter() - started) * 1000:.0f} ms")
    return read


def calls(count: int) -> tuple[ToolCall, ...]:
    arguments = {"amount": 499.5, "currency": "EUR", "order": "NV-1", "note": "The flight was cancelled."}
    return tuple(ToolCall(f"call_{n}", "issue_refund", json.dumps(arguments)) for n in range(count))


def measure(what: str, evaluate: Callable[[], list[Fired]]) -> None:
    taken = []
    for _ in range(TIMES):
        started = time.perf_counter()
        fired = evaluate()
        taken.append((time.perf_counter() - started) * 1000)
        assert not fired, fired[0]
    cuts = statistics.quantiles(taken, n=100)
    ratio = cuts[49] / BAR_MS
    print(f"{what:24} p50 {cuts[49]:6.2f} ms ({ratio:.2f} of the bar), p99 {cuts[98]:6.2f} ms")


def main() -> None:
    ahead = rules(AHEAD, "route_to_human")
    measure("ahead of the model", lambda: ahead.ahead(REQUEST, CONTEXT, NOW))
    over = rules(OVER_ANSWER, "route_to_human")
    answer = AnswerFacts(" ".join(SENTENCES), calls(1))
    claims = [ClaimFacts(sentence, "policy", "supported", 0.9, "airline/refunds") for sentence in SENTENCES]
    measure("over a whole answer", lambda: over.over_answer(REQUEST, CONTEXT, answer, claims, NOW))
    stopping = rules(CALL, "stop_tool_call")
    for count in (1, 4, 16):
        made = AnswerFacts("", calls(count))
        measure(f"on {count} calls", lambda made=made: stopping.stopping(REQUEST, CONTEXT, made, NOW))  # type: ignore[misc]


if __name__ == "__main__":
    main()
