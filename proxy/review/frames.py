"""Recorded answers in whose frame made-up ones stand: a customer's own question, and sentences around what is judged.

A question that nobody asked, or an answer without a greeting, would tell which answers are made up. What is lent stays
with the recorded answer: an item only names it, and goes with it when its customer is erased.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from proxy.ledger.answers.search import After, AnswerQuery
from proxy.ledger.ledger import Ledger
from proxy.ledger.records import DecisionRecord
from proxy.review.answers import answer_of_record
from proxy.review.plan import ReviewPlan
from proxy.review.sampling import lends_its_question

LATELY = timedelta(days=30)
MOST_FRAMES = 20  # of a document
_LOOKED_AT, _A_PAGE = 5_000, 500  # of a document's answers, the newest first
_POLICY, _DELIVERED = "policy", "deliver"


@dataclass(frozen=True, slots=True)
class Frame:
    """``places`` are the numbers of the recorded answer's claims, in whose place others can stand."""

    response_id: str
    answered_at: datetime
    document: str
    places: tuple[int, ...]


def frames_for(
    ledger: Ledger,
    documents: Iterable[str],
    now: datetime,
    plan: ReviewPlan,
    *,
    tenant: str,
    most_places: int,
) -> list[Frame]:
    """Of each document those that lend their question, the newest first."""
    return [
        frame
        for document in sorted(set(documents))
        for frame in _of_document(ledger, document, now, plan, tenant, most_places)
    ]


def frame_of(record: DecisionRecord, document: str, most_places: int) -> Frame | None:
    """None where not all that the answer claims is about this document, or there is too much of it."""
    if len(record.choices) != 1 or not record.question or record.answered_by:
        return None
    claims = answer_of_record(record).claims
    fits = all(
        one.kind == _POLICY
        and one.machine.action == _DELIVERED
        and [quote.document for quote in one.evidence[:1]] == [document]
        for one in claims
    )
    if not fits or not 0 < len(claims) <= most_places:
        return None
    return Frame(record.response_id, record.created_at, document, tuple(one.number for one in claims))


def _of_document(
    ledger: Ledger, document: str, now: datetime, plan: ReviewPlan, tenant: str, most_places: int
) -> list[Frame]:
    query = AnswerQuery(tenant, document=document, decision=_DELIVERED, since=now - LATELY)
    found: list[Frame] = []
    after: After | None = None
    for _ in range(_LOOKED_AT // _A_PAGE):
        page = ledger.answer_search.page(query, after=after, limit=_A_PAGE)
        lending = (frame_of(one, document, most_places) for one in page if lends_its_question(one, plan))
        found += [one for one in lending if one is not None]
        if len(page) < _A_PAGE or len(found) >= MOST_FRAMES:
            break
        after = After(page[-1].created_at, page[-1].response_id)
    return found[:MOST_FRAMES]
