"""The reviews of the tenant that somebody is signed in for, as pages ask for them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from proxy.access.people.roles import Person, Role
from proxy.console.frame import Asking, console_of
from proxy.ledger.records import DecisionRecord
from proxy.ledger.reviews.records import Review
from proxy.review.giving import Reviewing
from proxy.review.sampling import is_kept_back


def reviewing_of(request: Asking, person: Person) -> Reviewing:
    console = console_of(request)
    return Reviewing(console.tenants[person.tenant].ledger, console.review, person.tenant)


def to_judge(reviewing: Reviewing, person: Person, records: Sequence[DecisionRecord]) -> frozenset[str]:
    """The ids of those answers that this person may still be asked to judge blind: no page tells them then how those
    were judged.

    That is so while they have an answer's review in hand, and while its case waits for anybody who may review, until
    they have judged it.
    """
    if not person.may(Role.REVIEWER):
        return frozenset()
    ledger, ids = reviewing.ledger, [one.response_id for one in records]
    own = {one.item.response_id: one for one in ledger.reviews.of_answers(person.tenant, person.id, ids)}
    waiting = ledger.desk.unanswered(
        person.tenant, {one.escalation_ref for one in records if one.escalation_ref}
    )
    return frozenset(
        one.response_id
        for one in records
        if _is_blind(own.get(one.response_id), one.escalation_ref in waiting)
    )


def withheld(reviewing: Reviewing, person: Person, records: Sequence[DecisionRecord]) -> frozenset[str]:
    """The ids of those answers of which this person is not to read even the question, until they have judged them.

    Answers that may be drawn for review, that were, or that lend made-up ones their question: all alike, from their
    first moment on. Else what somebody is given could be looked for here, and what is not found would be made up.
    """
    if not person.may(Role.REVIEWER):
        return frozenset()
    reviews, ids = reviewing.ledger.reviews, [one.response_id for one in records]
    own = {one.item.response_id: one for one in reviews.of_answers(person.tenant, person.id, ids)}
    used = reviews.of_use(person.tenant, ids)
    return frozenset(
        one.response_id
        for one in records
        if _is_withheld(
            own.get(one.response_id), one.response_id in used or is_kept_back(one, reviewing.plan)
        )
    )


def note_read(reviewing: Reviewing, person: Person, response_ids: Collection[str], now: datetime) -> None:
    """Note that this person reads these answers of people, on a page that has them: they are not asked to judge them.

    A case's page withholds none of them: who works on the next case needs what was answered before.
    """
    records = list(reviewing.ledger.answers_by_id(list(response_ids)).values())
    for response_id in withheld(reviewing, person, records):
        reviewing.read_by_choice(response_id, person.id, now)


def _is_withheld(review: Review | None, kept_back: bool) -> bool:
    """``review`` is the person's last one of the answer; who holds its case has it before them."""
    if review is None:
        return kept_back
    return review.end is None and not review.giving.required


def _is_blind(review: Review | None, waits: bool) -> bool:
    """``review`` is the person's last one of the answer, ``waits``: nobody has answered its case."""
    if review is None or (review.end is not None and not review.finished):
        return waits
    required = set(review.giving.required)
    if required:  # of who claimed the case: it is over when the case is
        return waits and not required <= set(review.first)
    return not review.finished
