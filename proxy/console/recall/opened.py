"""A recall as somebody opens it: what it found, what its customers are told, and where its failures stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from litestar.exceptions import NotFoundException

from proxy.access.people.roles import Person
from proxy.console.failures.listed import not_to_read
from proxy.ledger.ledger import Ledger
from proxy.ledger.recall.recalls import UnknownRecall
from proxy.ledger.recall.records import Correction, CorrectionState, Finding, KeptFinding, Outcome, Recall
from proxy.recovery.recall.delivered import sentence_at
from proxy.review.giving import Reviewing

MOST_SHOWN = 50  # findings, and corrections, on a page


@dataclass(frozen=True, slots=True)
class Row:
    """A finding with what was said; ``unread``: who looks may be asked to judge its answer, and reads nothing of it."""

    finding: Finding
    text: str | None
    unread: bool
    status: str | None


@dataclass(frozen=True, slots=True)
class Drafted:
    """A correction, read by those alone who may read what it is about."""

    correction: Correction
    unread: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """``failures`` counts by status those that were told, ``states`` its corrections by state.

    ``sound`` drafts have nothing wrong with their text, and wait for this person's approval.
    """

    recall: Recall
    found: int
    rows: Sequence[Row]
    failures: Mapping[str, int]
    corrections: Sequence[Drafted]
    states: Mapping[str, int]
    sound: int


def recall_of(ledger: Ledger, person: Person, ref: str) -> Recall:
    """Raises NotFoundException, LedgerError."""
    try:
        return ledger.recalls.get(ref, tenant=person.tenant)
    except UnknownRecall:
        raise NotFoundException from None


def opened_recall(reviewing: Reviewing, person: Person, ref: str, state: str) -> Opened:
    """``state`` is that of the corrections to be shown, "" for all. Raises NotFoundException, LedgerError."""
    ledger = reviewing.ledger
    recall = recall_of(ledger, person, ref)
    every = list(ledger.recalls.findings(ref, tenant=person.tenant))
    status = {
        failure_id: known.state.status
        for failure_id, known in ledger.failures.known(
            {one.finding.failure_id for one in every if one.finding.failure_id}
        ).items()
    }
    corrections = ledger.corrections.of(person.tenant, ref=ref)
    shown = list(islice((one for one in corrections if state in ("", one.state)), MOST_SHOWN))
    first = sorted(every, key=lambda one: one.finding.outcome != Outcome.WRONG_THEN)[:MOST_SHOWN]
    answer_of = {one.id: one.finding.response_id for one in every}
    named = {one.finding.response_id for one in first}
    named |= {answer_of[number] for one in shown for number in one.findings if number in answer_of}
    unread = not_to_read(reviewing, person, named)
    return Opened(
        recall,
        len(every),
        _rows(ledger, first, unread, status),
        Counter(status.values()),
        [Drafted(one, any(answer_of.get(number) in unread for number in one.findings)) for one in shown],
        Counter(one.state for one in corrections),
        sum(_waits_for(person, one) for one in corrections),
    )


def readable(
    reviewing: Reviewing, person: Person, ref: str, corrections: Sequence[Correction]
) -> list[Correction]:
    """Those of a recall's corrections that are about no answer that this person may still be asked to judge."""
    found = reviewing.ledger.recalls.findings(ref, tenant=person.tenant)
    answer_of = {one.id: one.finding.response_id for one in found}
    about = {one.id: {answer_of.get(number) for number in one.findings} for one in corrections}
    unread = not_to_read(reviewing, person, {one for those in about.values() for one in those})
    return [one for one in corrections if unread.isdisjoint(about[one.id])]


def _waits_for(person: Person, one: Correction) -> bool:
    return one.state == CorrectionState.DRAFT and one.problem is None and person.email not in one.approved_by


def _rows(
    ledger: Ledger, found: Sequence[KeptFinding], unread: frozenset[str], status: Mapping[str, str]
) -> list[Row]:
    ids = list(dict.fromkeys(one.finding.response_id for one in found))
    records = ledger.answers_by_id(ids)
    rows = []
    for one in (kept.finding for kept in found):
        record, hidden = records.get(one.response_id), one.response_id in unread
        piece = record and not hidden and sentence_at(record, one.choice, one.begins, one.ends)
        rows.append(Row(one, piece.text if piece else None, hidden, status.get(one.failure_id or "")))
    return rows
