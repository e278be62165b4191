"""Escalate: hand over to a person, openly, with a reference that is durable before the customer reads it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import structlog

from proxy.actions.case_waits import waiting_said
from proxy.actions.decide import Action, Judged, Ruling, risk_of
from proxy.actions.inquiry import Inquiry, Outcome
from proxy.actions.rule_facts import context_values, request_facts
from proxy.context.customer import Customer
from proxy.grounding.text.segments import Segment, SegmentKind
from proxy.ledger.ledger import LEDGER_S, Ledger, new_reference
from proxy.ledger.records import DEFAULT_TENANT, EscalationRecord
from proxy.ledger.references import digest_for
from proxy.rules.queues import Sorted
from proxy.rules.rules import Fired
from proxy.telemetry.tracing import RequestTrace

log = structlog.get_logger(__name__)

Opening = Callable[[Ledger], EscalationRecord]


class Handover:
    """One answer's way to a person: one case per answer, and per retry of the same turn."""

    def __init__(
        self, inquiry: Inquiry, outcome: Outcome, trace: RequestTrace, ledger: Ledger | None
    ) -> None:
        self._inquiry, self._outcome, self._trace, self._ledger = inquiry, outcome, trace, ledger
        self._opening: asyncio.Task[EscalationRecord | None] | None = None
        self._waiting_said: list[str] = []

    async def over(self, judged: Judged, *, call: str = "") -> tuple[Judged, str]:
        """Make the escalation durable, then say so. The answer counts as handed over, whatever was noted before.

        ``call`` is the tool's call that was stopped, where it is one.

        Where it cannot be made durable nobody has the case, so that it counts as refused: the customer gets the
        route's way to reach people, and no reference. What has left already (``delivery: immediate``) nobody refuses.
        """
        route = self._inquiry.route
        has_left = self._inquiry.immediate and not call
        opening = partial(self._new_case, judged, call)
        return await self._over(
            judged, opening, lambda ref: route.escalation_message.format(ref=ref), has_left
        )

    async def by_rule(self, fired: Fired, withheld: str, *, has_left: bool) -> tuple[Action, str]:
        """The same because a rule says so: what was done, and what the customer is told.

        A customer whose case is open already comes to it. ``withheld`` is the answer that staff are to read.
        """
        judged = Judged(
            Segment(withheld, 0, 0, SegmentKind.SENTENCE, withheld),
            Ruling(Action.ESCALATE, fired.told),
        )
        opening = partial(self._open_or_new_case, judged)
        done, words = await self._over(
            judged, opening, lambda ref: fired.said(ref) or self._in_routes_words(ref), has_left
        )
        return done.ruling.action, words

    async def _over(
        self, judged: Judged, opening: Opening, said: Callable[[str], str], has_left: bool
    ) -> tuple[Judged, str]:
        self._outcome.action = max(self._outcome.action, judged.ruling.action)
        if self._inquiry.dry_run or self._ledger is None:
            return judged, ""
        if self._opening is None:
            self._opening = asyncio.create_task(self._open_case(self._ledger, opening))
        # A customer who leaves meanwhile does not undo the case.
        case = await asyncio.shield(self._opening)
        if case is not None:
            words = said(case.ref)
            return judged, " ".join([words, *(one for one in self._waiting_said if one not in words)]).strip()
        if has_left:
            return judged, ""
        self._outcome.action = Action.REFUSE
        refused = Ruling(Action.REFUSE, "the handover could not be recorded")
        return judged.ruled(refused), self._inquiry.route.contact

    def _in_routes_words(self, ref: str) -> str:
        return self._inquiry.route.escalation_message.format(ref=ref)

    async def settled(self) -> None:
        """Wait until a case that is being opened is durable, or is known not to be."""
        if self._opening is not None:
            await asyncio.shield(self._opening)

    async def _open_case(self, ledger: Ledger, opening: Opening) -> EscalationRecord | None:
        try:
            async with asyncio.timeout(LEDGER_S):
                case = await asyncio.to_thread(opening, ledger)
        except Exception:
            log.exception("escalation could not be recorded", response_id=self._inquiry.response_id)
            self._outcome.mark_unverified("ledger")
            return None
        self._outcome.escalation = case
        self._trace.escalated(case.ref)
        return case

    def _new_case(self, judged: Judged, call: str, ledger: Ledger) -> EscalationRecord:
        return self._opened(ledger, judged, call)

    def _open_or_new_case(self, judged: Judged, ledger: Ledger) -> EscalationRecord:
        return self._opened(ledger, judged, "", joins_open=True)

    def _opened(
        self, ledger: Ledger, judged: Judged, call: str, *, joins_open: bool = False
    ) -> EscalationRecord:
        """The case, in its queue; and what can be said of who has it, and of how long an answer takes."""
        inquiry = self._inquiry
        wanted = case_of(inquiry, judged, self._trace, call, ledger.now())
        routing = inquiry.queues.routing(
            sorted_by(judged), request_facts(inquiry), context_values(inquiry.context), wanted.created_at
        )
        case = ledger.escalate(wanted, joins_open=joins_open, joins_turn=self._may_join_turn, routing=routing)
        try:
            self._waiting_said = waiting_said(ledger.desk, case, inquiry.queues, wanted.created_at)
        except Exception:  # the reference is durable, and is told without it
            log.exception("the wait could not be computed", ref=case.ref)
        return case

    @property
    def _may_join_turn(self) -> bool:
        """Two strangers who say the same are two; only what an SDK sends again is the same stranger's."""
        return self._inquiry.customer.retried or not self._inquiry.customer.is_stranger


def sorted_by(judged: Judged) -> Sorted:
    """What a queue is chosen by: the document that decided, or the nearest one, and its risk."""
    judgement = judged.judgement
    if judgement is None:
        return Sorted()
    evidence = judgement.verdict.evidence
    topic = evidence[0].document if evidence else None
    if topic is None and judgement.hits:
        topic = judgement.hits[0].passage.document.id
    return Sorted(topic, risk_of(judgement))


def case_of(
    inquiry: Inquiry, judged: Judged, trace: RequestTrace, call: str, now: datetime
) -> EscalationRecord:
    """The case that a sentence which may not be delivered, or a ``call`` that is stopped, opens."""
    return EscalationRecord(
        ref=new_reference(),
        response_id=inquiry.response_id,
        dedup_key=case_key(inquiry.customer, inquiry.messages, call, tenant=inquiry.tenant),
        reason=judged.ruling.reason,
        created_at=now,
        conversation_id=inquiry.customer.conversation_id,
        customer_id=inquiry.customer.id,
        route=inquiry.route.name,
        question=inquiry.question,
        blocked_text=judged.segment.text or None,
        trace_id=trace.trace_id,
        span_id=trace.span_id,
        tenant=inquiry.tenant,
    )


def case_key(
    customer: Customer,
    messages: Sequence[Mapping[str, Any]],
    call: str = "",
    *,
    tenant: str = DEFAULT_TENANT,
) -> str:
    """The name of a conversation's turn: an SDK's automatic retry of it is the same case.

    The turn is what the customer said so far. Of a stranger the whole request stands in for customer and conversation.
    Another ``call`` of a tool is another case, since staff have to see each that they are to decide on. Each tenant's
    cases are its own, whatever its customers are called, and each customer's, whatever their conversations are.
    """
    turn = [_spoken(message) for message in messages if customer.is_stranger or message.get("role") == "user"]
    whose = f"customer:{customer.id}\x1fconversation:{customer.conversation_id}"
    return digest_for(tenant, "\x1f".join([whose, *turn, *([call] if call else [])]))


def _spoken(message: Mapping[str, Any]) -> str:
    return f"{message.get('role')}\x1e{message.get('content')}"
