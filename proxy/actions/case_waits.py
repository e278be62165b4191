"""What a customer can truly be told of their case: who has it, and how long an answer is likely to take."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from proxy.actions.waits import DAYS, Answered, Wait, expected_wait
from proxy.ledger.desk.desk import Desk
from proxy.ledger.desk.lifecycle import UNANSWERED
from proxy.ledger.desk.records import DeskCase
from proxy.ledger.records import EscalationRecord
from proxy.rules.queues import Queues


@dataclass(frozen=True, slots=True)
class Waiting:
    """``who`` is a name for customers, None where there is none. ``wait`` is None where too few answers tell."""

    who: str | None
    wait: Wait | None


def waiting(desk: Desk, case: DeskCase, queues: Queues, now: datetime) -> Waiting:
    """Of a case that is not answered yet; of another one, who has it alone. Raises LedgerError."""
    who = case.holder_name or queues.named(case.queue).public_name
    if case.status not in UNANSWERED:
        return Waiting(who, None)
    times = desk.answer_times(case.tenant, case.queue, now - DAYS)
    answered = [Answered(opened_at, answered_at) for opened_at, answered_at in times]
    return Waiting(who, expected_wait(answered, desk.ahead(case)))


def waiting_said(desk: Desk, case: EscalationRecord, queues: Queues, now: datetime) -> list[str]:
    """In sentences for the customer; none where nothing is known."""
    found = desk.case(case.ref, case.tenant)
    if found is None or found.status not in UNANSWERED:
        return []
    known = waiting(desk, found, queues, now)
    who = [f"It is with {known.who}."] if known.who else []
    return who + ([known.wait.words] if known.wait else [])
