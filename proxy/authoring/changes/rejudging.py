"""Judging what was said by the old documents and by the new ones: where the verdict becomes another one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from proxy.actions.judged_again import documents_of, facts_of_record, scope_of, weakest_by
from proxy.authoring.cases.options import PlacedCase
from proxy.authoring.changes.affected import Resting
from proxy.authoring.changes.diff import Change
from proxy.context.tool_results import facts_from_texts
from proxy.corpus.corpus import Corpus
from proxy.corpus.documents import Document, Scope
from proxy.grounding.text.segments import Segment, segment
from proxy.grounding.types import Fact, Label, Verdict, Verifier
from proxy.ledger.records import DecisionRecord
from proxy.rules.policies import Policies


@dataclass(frozen=True, slots=True)
class OtherCaseVerdict:
    """A test case whose answer the new documents judge otherwise than the old ones."""

    case: PlacedCase
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

    An answer by the old ones as of its own policy date, by the new ones as of ``new_date``; a test case as of the date
    that it names.
    """

    old: Corpus
    new: Corpus
    verifier: Verifier
    new_date: datetime
    policies: Policies

    def answer(self, resting: Resting) -> OtherVerdict | None:
        """The other verdict, where there is one. Raises VerifierError."""
        pieces = [resting.segment] if resting.segment else segment(resting.text or "")
        if not pieces:
            return None
        record, facts = resting.record, facts_of_record(resting.record)
        date = record.policy_date or record.created_at
        before = self._judged(self.old, pieces, record.question, self._scope(record, date), facts)
        after = self._judged(self.new, pieces, record.question, self._scope(record, self.new_date), facts)
        if before.label is after.label:
            return None
        return OtherVerdict(resting, before.label, after.label, after.reason)

    def case(self, placed: PlacedCase) -> OtherCaseVerdict | None:
        """The other verdict on a test case's answer, where there is one. Raises VerifierError."""
        case, pieces = placed.case, segment(placed.case.answer)
        route = self.policies.route_for(model=case.model, channel=case.channel, audience=case.audience)
        date = case.policy_date or self.new_date
        scope = Scope(date, case.jurisdiction, case.audience, route.documents)
        facts = facts_from_texts(case.tool_results)
        before = self._judged(self.old, pieces, case.question, scope, facts)
        after = self._judged(self.new, pieces, case.question, scope, facts)
        return None if before.label is after.label else OtherCaseVerdict(placed, before.label, after.label)

    def _scope(self, record: DecisionRecord, date: datetime) -> Scope:
        return scope_of(record, date, documents_of(record, self.policies))

    def _judged(
        self,
        corpus: Corpus,
        pieces: Sequence[Segment],
        question: str | None,
        scope: Scope,
        facts: Sequence[Fact],
    ) -> Verdict:
        return weakest_by(corpus, pieces, question, scope, facts, self.verifier)


def date_of_change(changes: Sequence[Change], documents: Sequence[Document], now: datetime) -> datetime:
    """As of when the new documents are asked: now, or when the last of the changed ones comes into force."""
    changed = {change.document for change in changes}
    starts = [one.effective_from for one in documents if one.id in changed and one.effective_from]
    return max([now, *starts])
