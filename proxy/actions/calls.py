"""Calls of tools, offered to the rules when they are complete; what a rule stops does not leave.

No other call of the same choice leaves either: an agent must not do half of what it planned.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from proxy.actions.decide import Action, Judged, Ruling
from proxy.actions.escalate import Handover
from proxy.actions.gate import Gate
from proxy.actions.inquiry import Inquiry, Outcome
from proxy.actions.rule_facts import context_values, request_facts
from proxy.actions.telling import tell
from proxy.grounding.text.segments import Segment, SegmentKind
from proxy.rules.facts import AnswerFacts
from proxy.rules.rules import Fired
from proxy.telemetry.metrics import Metrics
from proxy.telemetry.tracing import RequestTrace

STOPPED_MESSAGE = "I'm sorry, but I can't do that for you here."


class CallRules:
    """One answer's calls before the rules; ``add_time`` takes a stage and when it began (``time.perf_counter``)."""

    def __init__(
        self,
        inquiry: Inquiry,
        outcome: Outcome,
        trace: RequestTrace,
        metrics: Metrics,
        handover: Handover,
        add_time: Callable[[str, float], None],
    ) -> None:
        self._inquiry, self._outcome = inquiry, outcome
        self._trace, self._metrics, self._handover = trace, metrics, handover
        self._add_time = add_time

    async def offer(self, gate: Gate, answer: AnswerFacts) -> str:
        """Close the choice where a rule stops one of its calls; return what is then said behind its text."""
        started = time.perf_counter()
        inquiry, context = self._inquiry, context_values(self._inquiry.context)
        # In a thread: an answer may have many calls, and long ones.
        fired = await asyncio.to_thread(
            inquiry.rules.stopping, request_facts(inquiry), context, answer, inquiry.received_at
        )
        self._add_time("rules", started)
        return await self._stop(gate, fired) if fired else ""

    async def _stop(self, gate: Gate, fired: Sequence[Fired]) -> str:
        """The first rule that fired says whether a person takes over."""
        gate.fired = tuple(fired)
        action = Action[fired[0].rule.then.upper()]
        self._outcome.action = max(self._outcome.action, action)
        if any(one.problem is not None for one in fired):
            self._outcome.mark_unverified("rule")
        for one in fired:
            tell(one, self._inquiry, self._trace, self._metrics)
        if action is Action.REFUSE:
            return gate.cut_short(action, STOPPED_MESSAGE, as_refusal=True)
        case = stopped(fired, action)
        judged, words = await self._handover.over(case, call=case.segment.text)
        return gate.cut_short(judged.ruling.action, words, as_refusal=False)


def stopped(fired: Sequence[Fired], action: Action) -> Judged:
    """The calls as something that was held back, which staff read in its case, with the first rule's reason."""
    text = "\n".join(dict.fromkeys(str(one.call) for one in fired))
    return Judged(Segment(text, 0, 0, SegmentKind.CODE, text), Ruling(action, fired[0].told))
