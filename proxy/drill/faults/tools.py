"""A model that calls tools as it should not, and a rule that is broken."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from proxy.drill import company
from proxy.drill.company import HANDED_OVER, LIMIT, TRUE
from proxy.drill.fault import Fault, Work, answering, during
from proxy.drill.faults.documents import named_until, reports
from proxy.drill.misbehaving import Reply
from proxy.drill.outcome import Outcome, delivered, handed_over
from proxy.drill.place import Place


def refunding(arguments: str) -> Work:
    """The model says the true sentence and calls ``issue_refund``."""
    function = {"name": "issue_refund", "arguments": arguments}
    call = {"id": "call_drill", "type": "function", "function": function}
    return answering(Reply(TRUE, calls=(call,)))


def of(amount: int) -> str:
    return json.dumps({"amount": amount, "order": "DR-1"})


def stopped(unverified: str | None = None) -> Outcome:
    """The sentence leaves; in the place of the call a person takes over."""
    return replace(handed_over(unverified), reads=f"{TRUE} {HANDED_OVER}")


@contextmanager
def rules_broken(place: Place) -> Iterator[None]:
    company.write_rules(place.policies, company.BROKEN_RULES)
    with named_until(lambda: company.write_rules(place.policies), place, "policies"):
        yield


FAULTS = (
    Fault(
        "The model calls a tool within the limit that a rule sets",
        f"beside the true sentence it calls `issue_refund` with an amount below {LIMIT}",
        replace(delivered(TRUE), also={"the tool call": "leaves"}),
        refunding(of(LIMIT - 1)),
    ),
    Fault(
        "The model calls a tool over the limit",
        f"the amount is above {LIMIT}",
        stopped(),
        refunding(of(LIMIT + 1)),
    ),
    Fault(
        "The model calls a tool with broken arguments",
        "half a JSON object, so that the rule cannot be evaluated",
        stopped("rule"),
        refunding(of(LIMIT - 1)[:12]),
    ),
    Fault(
        "A broken rule is saved while the proxy runs",
        "a misspelt name in its condition; the last good one still stops the call",
        replace(
            stopped(),
            also={"/readyz": "200"},
            told='policies/rules.yaml:3: rule "refund-over-limit": unknown name "tool_call.argumets"',
        ),
        during(rules_broken, reports(refunding(of(LIMIT + 1)))),
    ),
)
