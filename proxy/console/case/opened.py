"""A case with all that its page is made of, read from the ledger at one moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from proxy.access.people.roles import Person, Role
from proxy.console.errors import Problem
from proxy.console.reviewing import to_judge
from proxy.ledger.desk.lifecycle import ACTIVE, UNANSWERED
from proxy.ledger.desk.records import CaseAnswer, CaseEvent, DeskCase
from proxy.ledger.desk.steps import CXAI
from proxy.ledger.ledger import Ledger
from proxy.ledger.records import DecisionRecord, PromiseRecord
from proxy.ledger.reviews.records import CASE
from proxy.review.answers import ReviewedAnswer, answer_of_record
from proxy.review.errors import ReviewError, Why
from proxy.review.giving import Reviewing
from proxy.review.views import Given

_SECOND = (
    "You have been asked for a second opinion of this answer. Give it under Review; then this page tells what others "
    "thought of it."
)
TURNS = 50
PROMISES = 20


@dataclass(frozen=True, slots=True)
class Lease:
    """Who has the case. ``can_take``: nobody has, and this person may."""

    is_mine: bool
    holder: str | None
    until: datetime | None
    can_take: bool
    words: str


@dataclass(frozen=True, slots=True)
class OpenedCase:
    """``given`` is this person's review of the case, while they hold it or once they have reviewed it.

    ``answer`` is None where the model gave none, or its text is not kept (any more). ``names`` are those of people who
    did something with the case, by what the desk calls them.
    """

    case: DeskCase
    lease: Lease
    decision: DecisionRecord | None
    answer: ReviewedAnswer | None
    given: Given | None
    before: Sequence[DecisionRecord]
    events: Sequence[CaseEvent]
    answers: Sequence[CaseAnswer]
    promises: Sequence[PromiseRecord]
    names: Mapping[str, str]

    @property
    def is_settled(self) -> bool:
        return self.case.status not in UNANSWERED

    @property
    def is_revealed(self) -> bool:
        """Whether this person may see what the machine thought."""
        if self.given is not None:
            return self.given.revealed
        return self.is_settled or self.answer is None


def open_case(ledger: Ledger, reviewing: Reviewing, person: Person, ref: str, now: datetime) -> OpenedCase:
    """Raises Problem where the person's tenant has no such case."""
    case = case_of_tenant(ledger, person, ref, now)
    decision = ledger.answer(case.response_id)
    if decision and case.status not in UNANSWERED and to_judge(reviewing, person, [decision]):
        raise Problem("Give your own opinion first", _SECOND, 409)
    turns = ledger.desk.conversation(case, TURNS)
    before = [
        one for one in turns if one.response_id != case.response_id and one.created_at <= case.opened_at
    ]
    answer = answer_of_record(decision, as_model_wrote=True) if decision else None
    events, answers = ledger.desk.events(ref), ledger.desk.answers(ref)
    return OpenedCase(
        case=case,
        lease=lease_of(case, person),
        decision=decision,
        answer=answer if answer and answer.claims else None,
        given=given_of_case(reviewing, case, person, now),
        before=before,
        events=events,
        answers=answers,
        promises=_promises(ledger, case),
        names=_names(
            ledger, person.tenant, {*(one.actor for one in events), *(one.author for one in answers)}
        ),
    )


def case_of_tenant(ledger: Ledger, person: Person, ref: str, now: datetime) -> DeskCase:
    case = ledger.desk.case(ref, person.tenant, now=now)
    if case is None:
        raise Problem(
            "There is no such case", f"No case has the reference {ref[:40]}. Look for it in the queue.", 404
        )
    return case


def lease_of(case: DeskCase, person: Person) -> Lease:
    mine = case.holder == person.id and case.held_until is not None
    holder = None if mine or case.held_until is None else case.holder_name or case.holder
    waits = case.status in UNANSWERED and case.held_until is None
    return Lease(mine, holder, case.held_until, waits and person.may(Role.REVIEWER), _words(case, waits))


def _words(case: DeskCase, waits: bool) -> str:
    if waits:
        return "Nobody holds this case. It takes the role reviewer to take it."
    if case.status in ACTIVE:
        return "This case is answered; the customer reads it when they next write in the chat."
    return f"This case is {case.status}."


def given_of_case(reviewing: Reviewing, case: DeskCase, person: Person, now: datetime) -> Given | None:
    """The person's review of this case: begun where they hold it, else one that they finished."""
    if case.holder == person.id and case.held_until is not None:
        try:
            return reviewing.take_case(case.ref, person.id, now, risk=case.risk or "medium")
        except ReviewError as error:
            if error.why is Why.NO_TEXT:
                return None
            raise
    own = reviewing.ledger.reviews.reviews(person.tenant, reviewer=person.id, case_ref=case.ref, kind=CASE)
    finished = [one for one in own if one.finished]
    return reviewing.given(finished[-1].giving.id, person.id) if finished else None


def _promises(ledger: Ledger, case: DeskCase) -> list[PromiseRecord]:
    if case.customer_id is None:
        return []
    return ledger.customers.promises(customer_id=case.customer_id, tenant=case.tenant, limit=PROMISES)


def _names(ledger: Ledger, tenant: str, actors: Iterable[str]) -> dict[str, str]:
    """Of the tenant's own people: other systems may name whom they like."""
    known = [one for actor in actors if (one := ledger.people.of_id(actor)) and one.tenant == tenant]
    return {CXAI: "the proxy", **{one.id: one.name for one in known}}
