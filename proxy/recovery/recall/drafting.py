"""What customers are told about findings: the policy's own sentence with its place, held against today's documents.

A text has lines of ours, what was said, and what is true. Of what a person writes instead, everything but our lines and
what was said is held against the documents, as an answer's sentences are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from proxy.actions.judged_again import scope_of, weakest_by
from proxy.actions.rewrite import citation
from proxy.grounding.text.segments import segment
from proxy.grounding.types import Evidence, Label
from proxy.ledger.ledger import Ledger
from proxy.ledger.recall.corrections import NewCorrection
from proxy.ledger.recall.records import (
    Correction,
    CorrectionState,
    Finding,
    KeptFinding,
    Outcome,
    Recall,
)
from proxy.ledger.recall.told_before import ToldBefore, place_of
from proxy.ledger.records import DecisionRecord
from proxy.recovery.recall.delivered import sentence_at
from proxy.recovery.recall.rechecking import Rechecker

NO_POLICY = "no policy text on this was found; write what is true"
_SORRY = "We are sorry. If you have relied on what we told you, please tell us, and name the reference {ref}."
_TOLD = "On {day:%-d %B %Y} we told you: “{said}”"
_WRONG = {
    Outcome.WRONG_THEN: "That was not right.",
    Outcome.CHANGED_SINCE: "That was right then, and has changed since.",
}


@dataclass(frozen=True, slots=True)
class Drafts:
    """``unreachable`` answers were given to customers whom nobody knows."""

    drafts: tuple[NewCorrection, ...]
    unreachable: int


def draft_all(ledger: Ledger, recall: Recall, rechecker: Rechecker) -> Drafts:
    """A draft for each customer of a recall, of what no other one has told them.

    Raises LedgerError, VerifierError.
    """
    found = list(ledger.recalls.findings(recall.ref, tenant=recall.tenant))
    told = ledger.corrections.told_before(recall.ref, recall.tenant)
    news = [one for one in found if not _is_told(one.finding, told.get(place_of(one.finding), ()))]
    ids = dict.fromkeys(one.finding.response_id for one in news)
    records = ledger.answers_by_id(list(ids))
    known = sorted(
        (one for one in news if one.finding.customer_id),
        key=lambda one: (one.finding.customer_id or "", one.finding.said_at, one.id),
    )
    drafts = [
        _draft(recall, customer_id or "", list(own), records, rechecker)
        for customer_id, own in groupby(known, lambda one: one.finding.customer_id)
    ]
    unknown = {one.finding.response_id for one in found if not one.finding.customer_id}
    return Drafts(tuple(drafts), len(unknown))


def _is_told(finding: Finding, before: Sequence[ToldBefore]) -> bool:
    """Whether its customer was told just that, is to be, or somebody has decided that they are not.

    Where something else has left since, it is news again.
    """
    for one in before:
        if (one.outcome, one.quote) == (finding.outcome, finding.quote):
            return True
        if one.state not in (CorrectionState.DRAFT, CorrectionState.DISMISSED):
            return False
    return False


def problem_of(
    text: str, found: Sequence[KeptFinding], records: Mapping[str, DecisionRecord], rechecker: Rechecker
) -> str | None:
    """Why a text cannot be sent: what it states is not what today's documents say. None where it can.

    Raises VerifierError.
    """
    record = next(
        (records[one.finding.response_id] for one in found if one.finding.response_id in records), None
    )
    if record is None:
        return "the answer that it is about is not kept any more"
    stated = _stated(text, found, records)
    if not stated.strip():
        return NO_POLICY
    route = rechecker.route_of(record)
    scope = scope_of(record, rechecker.today, route.documents)
    verdict = weakest_by(rechecker.now, segment(stated), None, scope, (), rechecker.verifier)
    if verdict.label is Label.SUPPORTED:
        return None
    if verdict.label is Label.NOT_CHECKABLE:
        return NO_POLICY
    return f"today's documents do not say so: {verdict.reason}"


def _draft(
    recall: Recall,
    customer_id: str,
    found: Sequence[KeptFinding],
    records: Mapping[str, DecisionRecord],
    rechecker: Rechecker,
) -> NewCorrection:
    text = _text(recall, found, records)
    lacks = any(not one.finding.quote for one in found)
    problem = NO_POLICY if lacks else problem_of(text, found, records, rechecker)
    last = found[-1].finding
    return NewCorrection(
        ref=recall.ref,
        customer_id=customer_id,
        conversation_id=last.conversation_id,
        response_id=last.response_id,
        findings=tuple(one.id for one in found),
        made_at=recall.ended_at or recall.at,
        text=text,
        verified=problem is None,
        problem=problem,
        tenant=recall.tenant,
    )


def _text(recall: Recall, found: Sequence[KeptFinding], records: Mapping[str, DecisionRecord]) -> str:
    parts = [" ".join(_lines(one.finding, records)) for one in found]
    return "\n\n".join([*dict.fromkeys(parts), _SORRY.format(ref=recall.ref)])


def _lines(finding: Finding, records: Mapping[str, DecisionRecord]) -> Iterator[str]:
    said = _said(finding, records)
    yield _TOLD.format(day=finding.said_at, said=said) if said else "An earlier answer of ours does not hold."
    yield _WRONG[Outcome(finding.outcome)]
    if finding.quote:
        evidence = Evidence(finding.document or "", finding.section or "", finding.quote, finding.url)
        yield f"Our policy ({citation(evidence)}) says: “{finding.quote}”"


def _said(finding: Finding, records: Mapping[str, DecisionRecord]) -> str | None:
    record = records.get(finding.response_id)
    piece = record and sentence_at(record, finding.choice, finding.begins, finding.ends)
    return " ".join(piece.text.split()) if piece else None


def _stated(text: str, found: Sequence[KeptFinding], records: Mapping[str, DecisionRecord]) -> str:
    """What a text states of its own: without what it repeats of what was said, and our lines around it.

    Of a quote with its place, the quote is what is stated.
    """
    for one in found:
        finding = one.finding
        lines = list(_lines(finding, records))
        for line in lines[:2]:
            text = text.replace(line, " ")
        if finding.quote:
            text = text.replace(lines[2], f"{finding.quote} ")
        text = text.replace(_SORRY.format(ref=one.ref), " ")
    return " ".join(text.split())


def findings_of(
    ledger: Ledger, correction: Correction
) -> tuple[list[KeptFinding], dict[str, DecisionRecord]]:
    """What a correction is about, with the answers. Raises LedgerError."""
    found = list(ledger.recalls.findings(correction.ref, tenant=correction.tenant, ids=correction.findings))
    ids = dict.fromkeys(one.finding.response_id for one in found)
    return found, ledger.answers_by_id(list(ids))
