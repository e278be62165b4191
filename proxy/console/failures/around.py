"""What stands around a failure: the customer's message and the answer, their contacts since, its incident."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from proxy.ledger.failures.records import FailureFile
from proxy.ledger.ledger import Ledger
from proxy.ledger.records import DecisionRecord, EscalationRecord, TimelineEntry

BEFORE = timedelta(days=1)  # of the failure, from which on the customer's contacts are shown
MOST = 30
_READ = 200  # entries of a customer's timeline that are looked through
# Answers have pages of their own, which do not tell everybody everything.
_SHOWN = ("contact", "escalation", "escalation_event", "promise")


@dataclass(frozen=True, slots=True)
class Around:
    """``record`` is the answer, ``case`` the person's case, None where there is none (any more).

    ``since`` is what happened to the customer around and after the failure, the oldest first; ``customers`` and
    ``answers`` are how many the incident hit.
    """

    record: DecisionRecord | None
    case: EscalationRecord | None
    since: Sequence[TimelineEntry]
    customers: int = 0
    answers: int = 0


def around(ledger: Ledger, file: FailureFile, *, unread: bool, known_by: datetime | None = None) -> Around:
    """``unread``: without the answer, which who looks may still be asked to judge. Raises LedgerError.

    ``known_by``: what was known of its incident then, and nothing of what else happened to the customer.
    """
    failure = file.failure
    record = ledger.answer(failure.response_id) if failure.response_id and not unread else None
    case = ledger.escalation(failure.case_ref) if failure.case_ref else None
    customers = answers = 0
    if failure.incident:
        customers, answers = ledger.failures.blast_radius(
            failure.incident, tenant=failure.tenant, known_by=known_by
        )
    return Around(
        record=record if record and record.tenant == failure.tenant else None,
        case=case if case and case.tenant == failure.tenant else None,
        since=_since(ledger, file) if known_by is None else (),
        customers=customers,
        answers=answers,
    )


def _since(ledger: Ledger, file: FailureFile) -> list[TimelineEntry]:
    failure = file.failure
    if not failure.customer_id:
        return []
    newest = ledger.customers.timeline(failure.tenant, failure.customer_id, limit=_READ)
    from_then = [one for one in newest if one.type in _SHOWN and one.at >= failure.occurred_at - BEFORE]
    return from_then[::-1][:MOST]
