"""The reviews of the tenant that somebody is signed in for, as pages ask for them."""

from __future__ import annotations

from datetime import datetime, timedelta

from proxy.access.people.roles import Person, Role
from proxy.console.frame import Asking, console_of
from proxy.ledger.lifecycle import UNANSWERED
from proxy.ledger.records import DecisionRecord
from proxy.review.giving import Reviewing

A_SHIFT = timedelta(hours=16)


def reviewing_of(request: Asking, person: Person) -> Reviewing:
    console = console_of(request)
    return Reviewing(console.tenants[person.tenant].ledger, console.review, person.tenant)


def has_to_judge(reviewing: Reviewing, person: Person, record: DecisionRecord, now: datetime) -> bool:
    """Whether this person may still be asked to judge this answer blind: no page tells them then how it was
    judged.

    That is so while they have its review in hand, and while its case waits for anybody who may review, until they have
    judged it.
    """
    if not person.may(Role.REVIEWER):
        return False
    lately = reviewing.ledger.reviews.reviews(person.tenant, reviewer=person.id, since=now - A_SHIFT)
    own = [one for one in lately if one.item.response_id == record.response_id]
    if own:
        required = set(own[-1].giving.required)  # none of its own: all of them, and then they finish it
        return not own[-1].finished and not (required and required <= set(own[-1].first))
    case = reviewing.ledger.desk.case(record.escalation_ref, person.tenant) if record.escalation_ref else None
    return case is not None and case.status in UNANSWERED
