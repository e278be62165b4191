"""That a rule fired, told to metrics, traces and the log."""

from __future__ import annotations

import structlog

from proxy.actions.inquiry import Inquiry
from proxy.rules.effects import EFFECTS, Effect
from proxy.rules.rules import Fired, Rule
from proxy.telemetry.metrics import Metrics
from proxy.telemetry.tracing import RequestTrace

log = structlog.get_logger(__name__)

NO_TOOL = "none"  # an empty label is no label to Prometheus
DONE = {Effect.ROUTE_TO_HUMAN: "escalate", Effect.REFUSE: "refuse"}


def action_of(rule: Rule) -> str | None:
    """What the rule does with an answer, in the words of decisions; None where it decides nothing by itself."""
    return rule.then if "then" in EFFECTS[rule.effect].takes else DONE.get(rule.effect)


def tell(fired: Fired, inquiry: Inquiry, trace: RequestTrace, metrics: Metrics) -> None:
    """Who may not read what was said may read which rule fired, on which tool's call, and no more."""
    rule, call = fired.rule, fired.call
    tool = None if call is None else str(call.name)
    metrics.rule_fired(rule=rule.name, effect=rule.effect, mode=inquiry.route.mode, tool=tool or NO_TOOL)
    trace.rule_fired(
        rule=rule.name,
        effect=rule.effect,
        action=action_of(rule),
        evaluated=fired.problem is None,
        reason=fired.reason,
        tool=tool,
        call_id=call.id if call else None,
        arguments=call.text if call else None,
    )
    log.info("a rule fired", rule=rule.name, effect=rule.effect, response_id=inquiry.response_id)
