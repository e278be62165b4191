"""Rules for an answer as a whole: those that stand in the model's place, and those over what it said and calls.

Over an answer that leaves as a whole (``delivery: whole``, and gated JSON) they are asked before any of it leaves; over
one that leaves sentence by sentence at its end, when they can still add words and no longer take any back.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

import structlog

from proxy.actions.calls import STOPPED_MESSAGE, CallRules
from proxy.actions.decide import Action, Judged
from proxy.actions.escalate import Handover
from proxy.actions.gate import Gate
from proxy.actions.inquiry import Inquiry, Outcome
from proxy.actions.rule_facts import claim_facts, context_values, request_facts
from proxy.actions.telling import tell
from proxy.rules.demands import Demands, demands_of, notices_of, stopping_in
from proxy.rules.effects import Effect
from proxy.rules.facts import AnswerFacts
from proxy.rules.rules import Fired
from proxy.telemetry.metrics import Metrics
from proxy.telemetry.tracing import RequestTrace

log = structlog.get_logger(__name__)

NOT_ASKED = "not_asked"


class AnswerRules:
    """One answer before the rules. ``demands`` are those of the rules that fired ahead of the model.

    ``add_time`` takes a stage and when it began (``time.perf_counter``).
    """

    def __init__(
        self,
        inquiry: Inquiry,
        outcome: Outcome,
        trace: RequestTrace,
        metrics: Metrics,
        handover: Handover,
        add_time: Callable[[str, float], None],
    ) -> None:
        self.demands: Demands = demands_of(inquiry.ahead)
        self._inquiry, self._outcome = inquiry, outcome
        self._trace, self._metrics, self._handover = trace, metrics, handover
        self._add_time = add_time
        self._calls = CallRules(inquiry, outcome, trace, metrics, handover, add_time)
        for fired in inquiry.ahead:
            self._note(fired, None)

    async def stand_in(self, gates: Sequence[Gate]) -> None:
        """Say in each choice what was decided before the model was asked. Nothing of a model's was verified.

        Without any choice (``mode: observe``) it is only noted that this would have been done.
        """
        if self._inquiry.stopping is not None:
            await self._stop(self._inquiry.stopping, gates, withheld="")
        elif gates:
            gates[0].tell_first()
        if gates:
            self._outcome.mark_unverified(NOT_ASKED)

    async def over(self, choice: int, answer: AnswerFacts, judged: Sequence[Judged]) -> list[Fired]:
        """The rules that fire on a choice's whole answer; the outcome keeps them, and so their notices, for its end."""
        inquiry = self._inquiry
        if not inquiry.rules.about_answers:
            return []
        started = time.perf_counter()
        fired = await asyncio.to_thread(
            inquiry.rules.over_answer,
            request_facts(inquiry),
            context_values(inquiry.context),
            answer,
            claim_facts(judged),
            inquiry.received_at,
        )
        self._add_time("rules", started)
        for one in fired:
            tell(one, inquiry, self._trace, self._metrics)
            self._note(one, choice)
        return fired

    async def stop(self, stopping: Fired, gate: Gate, withheld: str) -> str:
        """Close the choice, as this rule wants it; return what is then said behind its text."""
        return await self._stop(stopping, [gate], withheld)

    async def conclude(
        self, gate: Callable[[], Gate], choice: int, spoken: Sequence[Gate], answer: AnswerFacts
    ) -> str:
        """A choice has ended, with ``spoken`` texts: return what is said behind them, by ``gate``.

        A choice that its text has closed has no calls any more.
        """
        if answer.tool_calls:
            self._outcome.calls[choice] = answer.tool_calls
        fired = await self._over_what_left(choice, spoken, answer)
        stopping = stopping_in(fired)
        if any(one.closed is not None for one in spoken):
            await self._follow_up(stopping, answer.text)
            return ""
        said = ""
        if answer.tool_calls and self._inquiry.rules.about_calls:
            said = await self._calls.offer(gate(), answer)
        if stopping is not None and (spoken or answer.tool_calls) and gate().closed is None:
            said += await self._stop(stopping, [gate()], answer.text)
        notices = self._notices_of(choice) if any(one.delivered.strip() for one in spoken) else ()
        if notices and gate().closed is None:
            said += "".join(gate().append(words) for words in notices)
        return said

    async def broken_off(self, gate: Gate) -> None:
        """A choice has no end: ask the rules over what was decided of it. Nothing can be said of it any more."""
        if self._inquiry.leaves_whole or not self._inquiry.rules.about_answers:
            return
        text = gate.settled_text
        try:
            fired = await self.over(gate.choice, AnswerFacts(text), [one.judged for one in gate.settled])
            await self._follow_up(stopping_in(fired), text)
        except Exception:
            log.exception("rules could not be asked", response_id=self._inquiry.response_id)
            self._outcome.mark_unverified("rule")

    async def _follow_up(self, stopping: Fired | None, text: str) -> None:
        """Open the case that a rule wants of a choice that is closed already, where nothing more can be said."""
        if stopping is not None and stopping.rule.effect is Effect.ROUTE_TO_HUMAN:
            await self._handover.by_rule(stopping, text, has_left=True)

    async def _over_what_left(
        self, choice: int, spoken: Sequence[Gate], answer: AnswerFacts
    ) -> Sequence[Fired]:
        """Where the answer left as a whole, the rules were asked before."""
        if self._inquiry.leaves_whole or not self._inquiry.rules.about_answers:
            return ()
        for gate in spoken:
            await gate.settle()
        return await self.over(choice, answer, [one.judged for gate in spoken for one in gate.settled])

    def _notices_of(self, choice: int) -> tuple[str, ...]:
        """Those of the rules ahead of the model, then those over this choice."""
        return notices_of(fired for at, fired in self._outcome.fired if at in (None, choice))

    async def _stop(self, fired: Fired, gates: Sequence[Gate], withheld: str) -> str:
        """Every choice says the same."""
        action, words = Action.REFUSE, fired.said() or STOPPED_MESSAGE
        refused = fired.rule.effect is Effect.REFUSE
        if not refused:
            has_left = self._inquiry.immediate and bool(withheld)
            action, words = await self._handover.by_rule(fired, withheld, has_left=has_left)
        self._outcome.action = max(self._outcome.action, action)
        said = [gate.cut_short(action, words, as_refusal=refused) for gate in gates]
        return said[0] if said else ""

    def _note(self, fired: Fired, choice: int | None) -> None:
        self._outcome.fired.append((choice, fired))
        if fired.problem is not None and fired.acts:
            self._outcome.mark_unverified("rule")
