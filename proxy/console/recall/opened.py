"""A recall as somebody opens it: what it found, what its customers are told, and where its failures stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from litestar.exceptions import NotFoundException

from proxy.access.people.roles import Person
from proxy.console.failures.listed import not_to_read
from proxy.ledger.ledger import Ledger
from proxy.ledger.recall.recalls import UnknownRecall
from proxy.ledger.recall.records import Correction, Finding, KeptFinding, Recall
from proxy.recovery.recall.delivered import sentence_at
from proxy.review.giving import Reviewing

MOST_SHOWN = 50  # findings, and corrections, on a page
_IDS_AT_ONCE = 10_000  # databases take so many in one statement


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
    """``state`` is that of the corrections to be shown, "" for all. Raises NotFoundException, LedgerError.

    What is shown is read, and the rest is counted by the ledger: the page is asked for every few seconds.
    """
    ledger, tenant = reviewing.ledger, person.tenant
    recall = recall_of(ledger, person, ref)
    first = ledger.recalls.gravest(ref, MOST_SHOWN, tenant=tenant)
    shown = ledger.corrections.of(tenant, ref=ref, state=state or None, limit=MOST_SHOWN)
    about = _answers_about(ledger, person, ref, shown)
    named = {one.finding.response_id for one in first}.union(*about.values())
    unread = not_to_read(reviewing, person, named)
    return Opened(
        recall,
        ledger.recalls.number_found(ref, tenant=tenant),
        _rows(ledger, first, unread),
        ledger.recalls.failures_by_status(ref, tenant=tenant),
        [Drafted(one, not unread.isdisjoint(about[one.id])) for one in shown],
        ledger.corrections.counted(tenant, ref).get(ref, {}),
        ledger.corrections.waiting_for(person.email, tenant, ref),
    )


def readable(
    reviewing: Reviewing, person: Person, ref: str, corrections: Sequence[Correction]
) -> list[Correction]:
    """Those of a recall's corrections that are about no answer that this person may still be asked to judge."""
    about = _answers_about(reviewing.ledger, person, ref, corrections)
    unread = not_to_read(reviewing, person, frozenset().union(*about.values()))
    return [one for one in corrections if unread.isdisjoint(about[one.id])]


def _answers_about(
    ledger: Ledger, person: Person, ref: str, corrections: Sequence[Correction]
) -> Mapping[int, frozenset[str]]:
    """The answers that each correction is about, by the correction's number."""
    ids = sorted({number for one in corrections for number in one.findings})
    found = (
        each
        for start in range(0, len(ids), _IDS_AT_ONCE)
        for each in ledger.recalls.findings(ref, tenant=person.tenant, ids=ids[start : start + _IDS_AT_ONCE])
    )
    answer_of = {one.id: one.finding.response_id for one in found}
    return {
        one.id: frozenset(answer_of[number] for number in one.findings if number in answer_of)
        for one in corrections
    }


def _rows(ledger: Ledger, found: Sequence[KeptFinding], unread: frozenset[str]) -> list[Row]:
    records = ledger.answers_by_id(list(dict.fromkeys(one.finding.response_id for one in found)))
    states = ledger.failures.known({one.finding.failure_id for one in found if one.finding.failure_id})
    rows = []
    for one in (kept.finding for kept in found):
        record, hidden = records.get(one.response_id), one.response_id in unread
        piece = record and not hidden and sentence_at(record, one.choice, one.begins, one.ends)
        known = states.get(one.failure_id or "")
        rows.append(Row(one, piece.text if piece else None, hidden, known.state.status if known else None))
    return rows
