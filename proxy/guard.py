"""The guard: one path from a model's text to what the customer gets. Read this file first.

    segments -> claim -> evidence -> verdict -> decide -> act (deliver, rewrite, escalate, refuse) -> record

Every door leads through ``AnswerGuard``: a streamed answer feeds its gates piece by piece, a whole one feeds them once
(actions/gate.py), and ``record`` makes the outcome durable before its last byte leaves.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

import structlog

from proxy.actions.decide import Action, Judged, decide, decide_unverified
from proxy.actions.escalate import case_key
from proxy.actions.gate import Gate
from proxy.actions.reask import correction
from proxy.actions.report import choice_record, fact_record
from proxy.context.customer import Customer
from proxy.context.system_documents import SystemDocuments, system_text
from proxy.corpus.corpus import Corpus
from proxy.corpus.documents import Hit, Scope
from proxy.grounding.claims import claim_of
from proxy.grounding.judging import judge_claim
from proxy.grounding.language import is_measured
from proxy.grounding.segments import Segment
from proxy.grounding.types import Claim, ClaimKind, Fact, Verifier
from proxy.ledger.ledger import Ledger, LedgerError, new_reference
from proxy.ledger.records import DecisionRecord, EscalationRecord
from proxy.rules.policies import Route
from proxy.telemetry.metrics import Metrics
from proxy.telemetry.spans import ClaimSpan
from proxy.telemetry.tracing import RequestTrace, Telemetry
from proxy.verifiers.pool import Busy, JudgePool

log = structlog.get_logger(__name__)

PASSAGES = 8  # how many passages a claim is held against

Messages = Sequence[Mapping[str, Any]]
Ask = Callable[[Messages], Awaitable[str | None]]


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What is known when an answer is about to be guarded; ``facts`` come from the request's tool messages."""

    response_id: str
    route: Route
    customer: Customer
    model: str
    messages: tuple[Mapping[str, Any], ...]
    question: str | None
    facts: tuple[Fact, ...]
    received_at: datetime
    streamed: bool = False
    dry_run: bool = False


@dataclass(slots=True)
class Outcome:
    """What was done with one answer, over all its choices."""

    action: Action = Action.DELIVER
    unverified_reason: str | None = None
    escalation: EscalationRecord | None = None
    reasked: int = 0

    @property
    def verified(self) -> bool:
        return self.unverified_reason is None


@dataclass(frozen=True, slots=True)
class Guard:
    """What all answers share: the corpus as it is now, the verifier, the ledger, the judges' threads."""

    current_corpus: Callable[[], Corpus]
    verifier: Verifier
    judges: JudgePool
    telemetry: Telemetry
    metrics: Metrics
    ledger: Ledger | None = None
    system_documents: SystemDocuments | None = None

    def open(self, inquiry: Inquiry, trace: RequestTrace) -> AnswerGuard:
        """Begin one answer: the corpus snapshot taken here holds until its end."""
        return AnswerGuard(self, inquiry, trace, self.current_corpus())


@dataclass(slots=True)
class AnswerGuard:
    """One answer on its way to the customer. ``gate(i)`` guards choice i; ``record()`` makes it durable."""

    guard: Guard
    inquiry: Inquiry
    trace: RequestTrace
    corpus: Corpus
    outcome: Outcome = field(default_factory=Outcome)
    gates: dict[int, Gate] = field(default_factory=dict)
    judged: list[Judged] = field(default_factory=list)
    timings_ms: dict[str, float] = field(default_factory=dict)
    usage: dict[str, Any] = field(default_factory=dict)
    scope: Scope = field(init=False)
    corpus_version: str = field(init=False)
    has_policy: bool = field(init=False)
    _desk: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.scope = self.inquiry.customer.scope(self.inquiry.received_at, self.inquiry.route.documents)
        self.has_policy = bool(self.corpus.in_force(self.scope)) or bool(self._system_text())
        self.corpus_version = self.corpus.version(self.scope)

    def gate(self, choice: int) -> Gate:
        if choice not in self.gates:
            self.gates[choice] = Gate(self, choice)
        return self.gates[choice]

    async def settle_whole(self, choice: int, text: str, ask: Ask | None = None) -> Gate:
        """Guard a choice that is there as a whole; ``ask`` asks the model again where the route allows it."""
        gate = self.gate(choice)
        judged = await gate.foresee(text)
        route = self.inquiry.route
        if ask is not None and route.delivery == "whole":
            for _ in range(route.reask.times):
                better = await self._ask_again(text, judged, ask)
                if better is None:
                    break
                text, judged = better, await gate.foresee(better)
        refused = next((one for one in judged if one.ruling.action is Action.REFUSE), None)
        if refused is not None and route.delivery == "whole":
            gate.model_text = text
            gate.refuse(refused)
            return gate
        await gate.feed(text)
        await gate.finish()
        return gate

    async def check(self, text: str) -> Sequence[Judged]:
        """Judge a text that goes nowhere: what would be done with each of its sentences."""
        judged = await self.gate(0).foresee(text)
        for one in judged:
            self.note(one)
        return judged

    async def _ask_again(self, text: str, judged: Sequence[Judged], ask: Ask) -> str | None:
        wrong = [one for one in judged if one.judgement and one.ruling.action is not Action.DELIVER]
        if not wrong:
            return None
        started = time.perf_counter()
        try:
            async with asyncio.timeout(self.inquiry.route.reask.timeout_s):
                answer = await ask([*self.inquiry.messages, *correction(text, wrong)])
        except TimeoutError:
            log.warning("asking the model again took too long", response_id=self.inquiry.response_id)
            answer = None
        self._add_time("reask", started)
        self.outcome.reasked += 1
        return answer or None

    async def judge(self, choice: int, piece: Segment, text_so_far: str) -> Judged:
        """Judge one segment. Whatever fails becomes "unverified" with its reason; nothing that failed is a pass."""
        claim = claim_of(piece, self.inquiry.question)
        if not is_measured(text_so_far, piece.text):
            return self._unverified(choice, piece, claim, "language")
        if claim.kind is not ClaimKind.NOT_CHECKABLE and not self.has_policy:
            return self._unverified(choice, piece, claim, "no_corpus")
        started = time.perf_counter()
        try:
            async with asyncio.timeout(self.inquiry.route.judge_s):
                return await self.guard.judges.run(partial(self._judge_claim, choice, piece, claim))
        except TimeoutError:
            return self._unverified(choice, piece, claim, "timeout")
        except Busy:
            self.guard.metrics.judge_rejected()
            return self._unverified(choice, piece, claim, "busy")
        except Exception:
            log.exception("judging failed", response_id=self.inquiry.response_id)
            return self._unverified(choice, piece, claim, "error")
        finally:
            self._add_time("judge", started)

    def _judge_claim(self, choice: int, piece: Segment, claim: Claim) -> Judged:
        """The steps of one claim, in a judge's thread: evidence -> verdict -> decide."""
        question, facts = self.inquiry.question, self.inquiry.facts
        with self.trace.claim(choice=choice, kind=claim.kind, text=claim.text) as span:
            hits = self._retrieve(claim, span) if claim.kind is not ClaimKind.NOT_CHECKABLE else ()
            judgement = judge_claim(
                claim,
                question=question,
                hits=hits,
                facts=facts,
                said=self._said(),
                verifier=self.guard.verifier,
            )
            ruling = decide(judgement, self.inquiry.route)
            verdict = judgement.verdict
            deciding = verdict.evidence[0] if verdict.evidence else None
            span.verdict(
                label=verdict.label,
                confidence=verdict.confidence,
                document=deciding.document if deciding else None,
                section=deciding.section if deciding else None,
                reason=verdict.reason,
                action=ruling.action.word,
            )
        checkable = claim.kind is not ClaimKind.NOT_CHECKABLE
        self.guard.metrics.verdict(claim.kind, verdict.label, verdict.confidence if checkable else None)
        return Judged(piece, ruling, judgement)

    def _retrieve(self, claim: Claim, span: ClaimSpan) -> Sequence[Hit]:
        question = self.inquiry.question
        with span.retrieval(query_chars=len(claim.reading), top_k=PASSAGES) as retrieval:
            hits = self.corpus.retrieve(claim.reading, self.scope, PASSAGES, question=question)
            documents = self.guard.system_documents
            if documents is not None and self._system_text():
                system = documents.corpus(self.inquiry.messages)
                if system is not None:
                    hits += system.retrieve(claim.reading, self.scope, PASSAGES, question=question)
            retrieval.hits([hit.passage.id for hit in hits], [hit.score for hit in hits])
        return hits

    def _system_text(self) -> str:
        return system_text(self.inquiry.messages) if self.inquiry.route.system_as_documents else ""

    def _said(self) -> tuple[str, ...]:
        return tuple(
            str(message["content"])
            for message in self.inquiry.messages
            if message.get("role") == "user" and isinstance(message.get("content"), str)
        )

    def _unverified(self, choice: int, piece: Segment, claim: Claim, reason: str) -> Judged:
        ruling = decide_unverified(reason, self.inquiry.route)
        with self.trace.claim(choice=choice, kind=claim.kind, text=claim.text) as span:
            span.unverified(reason, ruling.action.word)
        return Judged(piece, ruling, unverified=reason)

    def note(self, judged: Judged) -> None:
        """Keep what was judged, the worst action, and the first reason for which the answer is not verified."""
        self.judged.append(judged)
        self.outcome.action = max(self.outcome.action, judged.ruling.action)
        if judged.unverified:
            self.mark_unverified(judged.unverified)

    def mark_unverified(self, reason: str) -> None:
        self.outcome.unverified_reason = self.outcome.unverified_reason or reason

    async def hand_over(self, judged: Judged) -> str:
        """Make the escalation durable, then say so. One case per answer, and per retry of the same turn.

        Where it cannot be made durable, the customer gets the route's way to reach people, and no reference.
        """
        if self.inquiry.dry_run or self.guard.ledger is None:
            return ""
        async with self._desk:
            if self.outcome.escalation is None:
                try:
                    self.outcome.escalation = await asyncio.to_thread(
                        self.guard.ledger.escalate, self._case(judged)
                    )
                except LedgerError:
                    log.exception("escalation could not be recorded", response_id=self.inquiry.response_id)
                    self.mark_unverified("ledger")
                    return self.inquiry.route.contact
                self.trace.escalated(self.outcome.escalation.ref)
            return self.inquiry.route.escalation_message.format(ref=self.outcome.escalation.ref)

    def _case(self, judged: Judged) -> EscalationRecord:
        inquiry = self.inquiry
        return EscalationRecord(
            ref=new_reference(),
            response_id=inquiry.response_id,
            dedup_key=case_key(inquiry.customer, inquiry.messages),
            reason=judged.ruling.reason,
            created_at=datetime.now(UTC),
            conversation_id=inquiry.customer.conversation_id,
            customer_id=inquiry.customer.id,
            route=inquiry.route.name,
            question=inquiry.question,
            blocked_text=judged.segment.text,
            trace_id=self.trace.trace_id,
            span_id=self.trace.span_id,
        )

    async def record(self) -> None:
        """Write the decision record. A record that cannot be written makes the answer unverified."""
        if self.guard.ledger is not None:
            try:
                await asyncio.wrap_future(self.guard.ledger.submit(self._decision_record()))
            except LedgerError:
                log.exception("decision could not be recorded", response_id=self.inquiry.response_id)
                self.mark_unverified("ledger")
        self._report()

    def _decision_record(self) -> DecisionRecord:
        inquiry, outcome = self.inquiry, self.outcome
        return DecisionRecord(
            response_id=inquiry.response_id,
            created_at=inquiry.received_at,
            route=inquiry.route.name,
            mode=inquiry.route.mode,
            decision=outcome.action.word,
            verified=outcome.verified,
            model=inquiry.model,
            unverified_reason=outcome.unverified_reason,
            confidence=self.confidence(),
            conversation_id=inquiry.customer.conversation_id,
            customer_id=inquiry.customer.id,
            trace_id=self.trace.trace_id,
            streamed=inquiry.streamed,
            question=inquiry.question,
            policy_date=self.scope.policy_date,
            choices=[
                choice_record(gate, observed=inquiry.route.mode == "observe") for gate in self.gates.values()
            ],
            facts=[fact_record(fact) for fact in inquiry.facts],
            versions={
                "corpus": self.corpus_version,
                "rules": inquiry.route.version,
                "verifier": self.guard.verifier.version,
            },
            timings_ms=self.timings_ms,
            usage=self.usage,
            escalation_ref=outcome.escalation.ref if outcome.escalation else None,
        )

    def _report(self) -> None:
        outcome = self.outcome
        case, route = outcome.escalation, self.inquiry.route
        self.guard.metrics.decision(
            route=route.name,
            mode=route.mode,
            decision=outcome.action.word,
            streamed=self.inquiry.streamed,
            unverified_reason=outcome.unverified_reason,
            escalated=case is not None and case.response_id == self.inquiry.response_id,
        )
        decided: dict[str, Any] = {
            "response_id": self.inquiry.response_id,
            "route": route.name,
            "mode": route.mode,
            "decision": outcome.action.word,
            "verified": outcome.verified,
            "unverified_reason": outcome.unverified_reason,
            "confidence": self.confidence(),
            "claims": len(self.judged),
            "escalation_ref": case.ref if case else None,
        }
        self.trace.finished(
            **decided,
            streamed=self.inquiry.streamed,
            conversation_id=self.inquiry.customer.conversation_id,
            reasked=outcome.reasked,
            corpus_version=self.corpus_version,
            rules_version=route.version,
            verifier_version=self.guard.verifier.version,
        )
        log.info("answer decided", **decided)

    def confidence(self) -> float | None:
        """The lowest claim confidence over all choices; None where nothing was judged."""
        judgements = [one.judgement for one in self.judged if one.judgement]
        scores = [j.verdict.confidence for j in judgements if j.claim.kind is not ClaimKind.NOT_CHECKABLE]
        return min(scores, default=None)

    def _add_time(self, stage: str, started: float) -> None:
        spent = time.perf_counter() - started
        self.timings_ms[stage] = self.timings_ms.get(stage, 0.0) + spent * 1000
        self.guard.metrics.stage(stage, spent)
