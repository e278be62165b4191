"""Judging what was said by the old documents and by the new ones: where the verdict becomes another one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from proxy.authoring.changes.affected import Resting
from proxy.authoring.changes.diff import Change
from proxy.corpus.corpus import Corpus
from proxy.corpus.documents import CUSTOMER_AUDIENCE, Document, Scope
from proxy.grounding.claims.kinds import claim_of
from proxy.grounding.judging import judge_claim, weaker
from proxy.grounding.text.segments import Segment, segment
from proxy.grounding.types import ClaimKind, Fact, Label, Verdict, Verifier
from proxy.guard import PASSAGES
from proxy.ledger.records import DecisionRecord


class Case(Protocol):
    """A test case of the company's own: what ``policies/tests/*.yaml`` holds."""

    @property
    def name(self) -> str: ...
    @property
    def question(self) -> str | None: ...
    @property
    def answer(self) -> str: ...


@dataclass(frozen=True, slots=True)
class OtherCaseVerdict:
    """A test case whose answer the new documents judge otherwise than the old ones."""

    case: Case
    before: Label
    after: Label


@dataclass(frozen=True, slots=True)
class OtherVerdict:
    """A claim that the new documents judge otherwise than the old ones; ``reason`` is the new verdict's."""

    resting: Resting
    before: Label
    after: Label
    reason: str


@dataclass(frozen=True, slots=True)
class Rejudging:
    """Judges what was said by the old documents and by the new ones.

    By the old ones as of the answer's own policy date, by the new ones as of ``new_date``. ``documents`` are a
    route's globs by its name.
    """

    old: Corpus
    new: Corpus
    verifier: Verifier
    new_date: datetime
    documents: Mapping[str, tuple[str, ...]]

    def answer(self, resting: Resting) -> OtherVerdict | None:
        """The other verdict, where there is one. Raises VerifierError."""
        pieces = [resting.segment] if resting.segment else segment(resting.text or "")
        if not pieces:
            return None
        record, facts = resting.record, _facts(resting.record)
        date = record.policy_date or record.created_at
        before = self._judged(self.old, pieces, record.question, self._scope(record, date), facts)
        after = self._judged(self.new, pieces, record.question, self._scope(record, self.new_date), facts)
        if before.label is after.label:
            return None
        return OtherVerdict(resting, before.label, after.label, after.reason)

    def case(self, case: Case) -> OtherCaseVerdict | None:
        """The other verdict on a test case's answer, where there is one. Raises VerifierError."""
        pieces, scope = segment(case.answer), Scope(self.new_date)
        before = self._judged(self.old, pieces, case.question, scope, ())
        after = self._judged(self.new, pieces, case.question, scope, ())
        return None if before.label is after.label else OtherCaseVerdict(case, before.label, after.label)

    def _scope(self, record: DecisionRecord, date: datetime) -> Scope:
        asked = record.request or {}
        return Scope(
            date,
            asked.get("market") or None,
            asked.get("audience") or CUSTOMER_AUDIENCE,
            self.documents.get(record.route, ("*",)),
        )

    def _judged(
        self,
        corpus: Corpus,
        pieces: Sequence[Segment],
        question: str | None,
        scope: Scope,
        facts: Sequence[Fact],
    ) -> Verdict:
        """The weakest verdict over the sentences."""
        verdict = Verdict(Label.NOT_CHECKABLE, 1.0, "")
        for piece in pieces:
            claim = claim_of(piece, question)
            hits = (
                corpus.retrieve(claim.reading, scope, PASSAGES, question=question)
                if claim.kind is not ClaimKind.NOT_CHECKABLE
                else []
            )
            judged = judge_claim(
                claim, question=question, hits=hits, facts=facts, said=(), verifier=self.verifier
            )
            verdict = weaker(verdict, judged.verdict)
        return verdict


def _facts(record: DecisionRecord) -> tuple[Fact, ...]:
    return tuple(
        Fact(fact["source"], fact["text"], fact.get("succeeded", True))
        for fact in record.facts
        if fact.get("text")
    )


def date_of_change(changes: Sequence[Change], documents: Sequence[Document], now: datetime) -> datetime:
    """As of when the new documents are asked: now, or when the last of the changed ones comes into force."""
    changed = {change.document for change in changes}
    starts = [one.effective_from for one in documents if one.id in changed and one.effective_from]
    return max([now, *starts])
