"""The guard: one path from a model's text to what the customer gets. Read this file first.

    context -> rules -> segments -> claim -> evidence -> verdict -> decide -> act (deliver, rewrite, escalate, refuse)
            -> rules -> record

What is known of the customer, and the rules that fire on it, come with the inquiry (actions/ahead.py); where they want
a person to answer, no model is asked (``unasked``). Every door leads through ``AnswerGuard``: a streamed answer feeds
its gates piece by piece, a whole one feeds them once (actions/gate.py). At a choice's end come the rules over the whole
of it (``conclude``), and ``record`` makes the outcome durable before its last byte leaves.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import structlog

from proxy.actions.accountable import Accountable, accountable
from proxy.actions.answer_rules import AnswerRules
from proxy.actions.corrections import corrected_by, note_told
from proxy.actions.course import Overload, eased
from proxy.actions.decide import Judged, decide, decide_unverified
from proxy.actions.escalate import Handover
from proxy.actions.first_words import first_words
from proxy.actions.gate import Gate
from proxy.actions.immediate_gate import ImmediateGate
from proxy.actions.inquiry import Inquiry, Outcome
from proxy.actions.json_gate import JsonGate
from proxy.actions.lookahead import Lookahead
from proxy.actions.persons_answers import delivered, told_by
from proxy.actions.promising import promises_made
from proxy.actions.report import decision_record
from proxy.actions.rule_facts import known_facts
from proxy.actions.silence import keeping_silent, not_shown_harmless
from proxy.actions.steps import NotDone, TimeLimit, is_timeout
from proxy.actions.whole import Ask, Messages, settle_choice
from proxy.context.conversation import said_in
from proxy.context.system_documents import SystemDocuments, system_text
from proxy.corpus.corpus import Corpus
from proxy.corpus.documents import Hit, Scope
from proxy.grounding.claims.kinds import claim_of
from proxy.grounding.judging import PASSAGES, judge_claim
from proxy.grounding.policy.features import Embed
from proxy.grounding.text.language import is_measured
from proxy.grounding.text.segments import Segment
from proxy.grounding.types import Claim, ClaimKind, Fact, Verifier
from proxy.ledger.ledger import LEDGER_S, Ledger
from proxy.ledger.records import DecisionRecord
from proxy.rules.facts import AnswerFacts, ToolCall
from proxy.telemetry.metrics import Metrics
from proxy.telemetry.spans import ClaimSpan
from proxy.telemetry.tracing import RequestTrace, Telemetry
from proxy.verifiers.pool import Busy, JudgePool

__all__ = ["AnswerGuard", "Ask", "Guard", "Messages"]

log = structlog.get_logger(__name__)

Result = TypeVar("Result")


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
    embed: Embed | None = None
    overload: Overload | None = None

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
    said: tuple[str, ...] = field(init=False)
    system: str = field(init=False)
    handover: Handover = field(init=False)
    rules: AnswerRules = field(init=False)
    facts: tuple[Fact, ...] = field(init=False)
    lookahead: Lookahead = field(init=False)
    _bench: asyncio.Semaphore = field(init=False)
    _concluded: set[int] = field(default_factory=set)
    _reading: asyncio.Task[Corpus] | None = None
    _system_corpus: Corpus | None = None
    _first_unverified: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        self.timings_ms["ahead"] = self.inquiry.ahead_ms
        self.scope = self.inquiry.customer.scope(self.inquiry.received_at, self.inquiry.route.documents)
        self.system = system_text(self.inquiry.messages) if self.inquiry.route.system_as_documents else ""
        self.has_policy = bool(self.corpus.in_force(self.scope)) or bool(self.system)
        self.corpus_version = self.corpus.version(self.scope)
        self.said = said_in(self.inquiry.messages)
        self.handover = Handover(self.inquiry, self.outcome, self.trace, self.guard.ledger)
        self.rules = AnswerRules(
            self.inquiry, self.outcome, self.trace, self.guard.metrics, self.handover, self.add_time
        )
        self.facts = (*self.inquiry.facts, *known_facts(self.inquiry.context))
        self.lookahead = Lookahead(self._judge)
        self._bench = asyncio.Semaphore(self.guard.judges.share)

    def gate(self, choice: int) -> Gate:
        if choice not in self.gates:
            kind = partial(JsonGate, output=output) if (output := self.inquiry.json_output) else Gate
            gate = ImmediateGate(self, choice, kind) if self.inquiry.immediate else kind(self, choice)
            gate.begin_with("" if self.gates else first_words(self.inquiry))  # once for all texts
            self.gates[choice] = gate
        return self.gates[choice]

    async def unasked(self, choices: Sequence[int]) -> None:
        """Answer in the place of a model that is not asked, as the rules ahead of it want it."""
        await self.rules.stand_in([self.gate(choice) for choice in choices])

    async def settle_whole(
        self,
        choice: int,
        texts: Mapping[int, str],
        calls: Sequence[ToolCall] = (),
        ask: Ask | None = None,
    ) -> None:
        """Guard a choice that is there as a whole (actions/whole.py): its texts, by the gate that each goes through."""
        await settle_choice(self, choice, texts, calls, ask)

    async def conclude(self, choice: int, calls: Sequence[ToolCall] = (), *, first: int | None = None) -> str:
        """A choice has ended: hold its calls and the whole of it against the rules; return what is said behind it.

        Its texts went through the gates from ``first`` on, where it has several.
        """
        through = range(choice if first is None else first, choice + 1)
        spoken = [self.gates[index] for index in through if index in self.gates]
        self._concluded.update(through)
        answer = AnswerFacts("\n\n".join(gate.model_text for gate in spoken), tuple(calls))
        return await self.rules.conclude(partial(self.gate, choice), choice, spoken, answer)

    async def check(self, text: str) -> Sequence[Judged]:
        """Judge a text that goes nowhere: what would be done with each of its sentences."""
        judged = await self.gate(0).foresee(text)
        for one in judged:
            self.note(0, one)
        if not judged:
            self.mark_unverified("no_text")
        return judged

    def expect(self, choice: int, text: str) -> None:
        """A stream's text as it arrives, before the gate is fed: its sentences are judged meanwhile."""
        gate = self.gates.get(choice)
        if not self.inquiry.immediate and (gate is None or gate.closed is None):
            self.lookahead.expect(choice, text)

    async def judge(self, choice: int, piece: Segment, text_so_far: str) -> Judged:
        """The judgement that is under way, or one that begins now."""
        under_way = self.lookahead.judged(choice, piece)
        return await (under_way or self._judge(choice, piece, text_so_far))

    async def _judge(self, choice: int, piece: Segment, text_so_far: str) -> Judged:
        """Judge one segment. Whatever fails becomes "unverified" with its reason; nothing that failed is a pass.

        An answer takes its share of the judges and no more, so that a long one does not crowd out the others.
        """
        async with self._bench:
            try:
                await self._read_system()
                limit = TimeLimit(self.inquiry.route.judge_s, "timeout")
                work = partial(self._judge_piece, choice, piece, text_so_far, limit)
                return await self._in_thread("judge", limit, work)
            except NotDone as why:
                unjudged = self._unverified(choice, piece, str(why))
                return not_shown_harmless(unjudged, self.rules.demands.forbidding)

    async def _in_thread(self, stage: str, limit: TimeLimit, work: Callable[[], Result]) -> Result:
        """Do work in a judge's thread. Raises NotDone, whatever it is that fails."""
        started = time.perf_counter()
        try:
            async with limit:
                return await self.guard.judges.run(work)
        except TimeoutError:
            raise NotDone(limit.reason) from None
        except Busy:
            self.guard.metrics.judge_rejected()
            raise NotDone("busy") from None
        except Exception as error:
            log.exception("judging failed", stage=stage, response_id=self.inquiry.response_id)
            raise NotDone(limit.reason if is_timeout(error) else "error") from None
        finally:
            self.add_time(stage, started)

    async def _read_system(self) -> None:
        """Make the system messages ready as documents, once for the answer. Raises NotDone."""
        documents = self.guard.system_documents
        if documents is None or not self.system:
            return
        if self._reading is None:
            limit = TimeLimit(self.inquiry.route.context_s, "context_timeout")
            work = partial(documents.corpus, self.system)
            self._reading = asyncio.create_task(self._in_thread("context", limit, work))
        self._system_corpus = await asyncio.shield(self._reading)

    def _judge_piece(self, choice: int, piece: Segment, text_so_far: str, limit: TimeLimit) -> Judged:
        """In a judge's thread: segment -> claim, and whether a rule lets anything be said about that at all."""
        claim = claim_of(piece, self.inquiry.question_of(choice))
        judged = self._judged_claim(choice, piece, claim, text_so_far, limit)
        return keeping_silent(judged, claim.reading, self.rules.demands.forbidding, self.guard.embed)

    def _judged_claim(
        self, choice: int, piece: Segment, claim: Claim, text_so_far: str, limit: TimeLimit
    ) -> Judged:
        if not is_measured(text_so_far, piece.text):
            return self._unverified(choice, piece, "language", claim.kind)
        if claim.kind is not ClaimKind.NOT_CHECKABLE and not self.has_policy:
            return self._unverified(choice, piece, "no_corpus", claim.kind)
        return self._judge_claim(choice, piece, claim, limit)

    def _judge_claim(self, choice: int, piece: Segment, claim: Claim, limit: TimeLimit) -> Judged:
        """The steps of one claim: evidence -> verdict -> decide."""
        question, demands = self.inquiry.question_of(choice), self.rules.demands
        with self.trace.claim(choice=choice, kind=claim.kind, text=claim.text) as span:
            hits: Sequence[Hit] = ()
            if claim.kind is not ClaimKind.NOT_CHECKABLE:
                with limit.step(self.inquiry.route.retrieval_s, "retrieval_timeout"):
                    hits = self._retrieve(claim, question, span)
            judgement = judge_claim(
                claim,
                question=question,
                hits=hits,
                facts=self.facts,
                said=self.said,
                verifier=self.guard.verifier,
            )
            ruling = decide(
                judgement, self.inquiry.route, confidence=demands.confidence, rewrites=demands.rewrites
            )
            ruling = eased(ruling, judgement, self.guard.overload, self.inquiry)
            verdict = judgement.verdict
            deciding = next(iter(verdict.evidence), None)
            confidence = None if claim.kind is ClaimKind.NOT_CHECKABLE else verdict.confidence
            span.verdict(
                label=verdict.label,
                confidence=confidence,
                document=deciding.document if deciding else None,
                section=deciding.section if deciding else None,
                reason=verdict.reason,
                action=ruling.action.word,
            )
        self.guard.metrics.verdict(claim.kind, verdict.label, confidence)
        return Judged(piece, ruling, judgement)

    def _retrieve(self, claim: Claim, question: str | None, span: ClaimSpan) -> Sequence[Hit]:
        with span.retrieval(query_chars=len(claim.reading), top_k=PASSAGES) as retrieval:
            hits = self.corpus.retrieve(claim.reading, self.scope, PASSAGES, question=question)
            if self._system_corpus is not None:
                hits += self._system_corpus.retrieve(claim.reading, self.scope, PASSAGES, question=question)
            retrieval.hits([hit.passage.id for hit in hits], [hit.score for hit in hits])
        return hits

    def _unverified(self, choice: int, piece: Segment, reason: str, kind: str = "unknown") -> Judged:
        ruling = decide_unverified(reason, self.inquiry.route)
        with self.trace.claim(choice=choice, kind=kind, text=piece.text) as span:
            span.unverified(reason, ruling.action.word)
        return Judged(piece, ruling, unverified=reason)

    def note(self, choice: int, judged: Judged) -> None:
        """Keep what was judged, the worst action, and why the first sentence that is not verified is not.

        First by its place: choices of a stream arrive mixed, and must come out as those of a whole answer do.
        """
        self.judged.append(judged)
        self.outcome.action = max(self.outcome.action, judged.ruling.wanted)
        place = (choice, judged.segment.start)
        if judged.unverified and (self._first_unverified is None or place < self._first_unverified):
            self._first_unverified, self.outcome.unverified_reason = place, judged.unverified

    def mark_unverified(self, reason: str) -> None:
        self.outcome.mark_unverified(reason)

    async def hand_over(self, judged: Judged) -> tuple[Judged, str]:
        """Give what may not be delivered to a person (actions/escalate.py); a handover that fails counts as refused."""
        return await self.handover.over(judged)

    async def record(self) -> None:
        """Write the decision record. Where there is no sentence, or no record can be written, all is unverified."""
        for index, gate in sorted(self.gates.items()):
            await gate.settle()
            if gate.settled and index not in self._concluded:  # its stream broke off
                await self.rules.broken_off(gate)
        if not any(gate.settled for gate in self.gates.values()):
            self.mark_unverified("no_text")
        await self.handover.settled()
        reason = self.outcome.unverified_reason
        self.outcome.told = told_by(self.inquiry, self.gates.values(), reason)
        self.outcome.corrected = corrected_by(self.inquiry, self.gates.values(), reason)
        try:
            if self.guard.ledger is not None:
                await self._write(self.guard.ledger)
        except Exception:
            log.exception("decision could not be recorded", response_id=self.inquiry.response_id)
            self.mark_unverified("ledger")
        finally:
            self._report()

    async def _write(self, ledger: Ledger) -> None:
        """Masking takes its time, so the record is made ready in a thread; waiting for the disk needs none."""
        async with asyncio.timeout(LEDGER_S):
            written = await asyncio.to_thread(
                lambda: ledger.submit(
                    self._decision_record(),
                    {document.id: document.content_hash for document in self.corpus.in_force(self.scope)},
                    promises_made(self.inquiry, self.gates),
                )
            )
            await asyncio.shield(asyncio.wrap_future(written))
            if told := self.outcome.told:
                await asyncio.to_thread(delivered, told, self.inquiry, ledger)
            if self.inquiry.corrections:
                told_of = self.outcome.corrected, self.inquiry, self.gates.values()
                await asyncio.to_thread(note_told, *told_of, ledger)

    def _decision_record(self) -> DecisionRecord:
        return decision_record(
            self.inquiry,
            self.outcome,
            self.gates,
            owner=self.accountable.owner,
            confidence=self.confidence(),
            trace_id=self.trace.trace_id,
            policy_date=self.scope.policy_date,
            versions={
                "corpus": self.corpus_version,
                "rules": self.inquiry.rules_version,
                "verifier": self.guard.verifier.version,
                **self.inquiry.told_of_arm,
            },
            timings_ms=self.timings_ms,
            usage=self.usage,
        )

    def _report(self) -> None:
        outcome = self.outcome
        case, route = outcome.escalation, self.inquiry.route
        self.guard.metrics.decision(
            tenant=self.inquiry.tenant,
            route=route.name,
            mode=self.inquiry.mode,
            decision=outcome.action.word,
            streamed=self.inquiry.streamed,
            unverified_reason=outcome.unverified_reason,
            escalated=case is not None and case.response_id == self.inquiry.response_id,
        )
        decided: dict[str, Any] = {
            "response_id": self.inquiry.response_id,
            "tenant": self.inquiry.tenant,
            "route": route.name,
            "mode": self.inquiry.mode,
            "decision": outcome.action.word,
            "verified": outcome.verified,
            "unverified_reason": outcome.unverified_reason,
            "confidence": self.confidence(),
            "owner": self.accountable.owner,
            "claims": len(self.judged),
            "escalation_ref": case.ref if case else None,
            **self.inquiry.told_of_arm,
        }
        self.trace.finished(
            **decided,
            streamed=self.inquiry.streamed,
            conversation_id=self.inquiry.customer.conversation_id,
            reasked=outcome.reasked,
            corpus_version=self.corpus_version,
            rules_version=self.inquiry.rules_version,
            verifier_version=self.guard.verifier.version,
        )
        log.info("answer decided", **decided)

    @property
    def accountable(self) -> Accountable:
        """Who answers for this answer."""
        person = next((one.author for one in self.outcome.told), None)
        return accountable(self.judged, self.inquiry.route, None if self.judged else person)

    def confidence(self) -> float | None:
        """The lowest claim confidence over all choices; None where nothing was judged."""
        judgements = [one.judgement for one in self.judged if one.judgement]
        scores = [j.verdict.confidence for j in judgements if j.claim.kind is not ClaimKind.NOT_CHECKABLE]
        return min(scores, default=None)

    def add_time(self, stage: str, started: float) -> None:
        spent = time.perf_counter() - started
        self.timings_ms[stage] = self.timings_ms.get(stage, 0.0) + spent * 1000
        self.guard.metrics.stage(stage, spent)
