"""A case's way from the handover to its end: its statuses, and the steps that lead from one to another.

    open -> claimed -> answered -> delivered -> confirmed
             |  ^                     |
             v  | (released)          v
            open                   reopened -> claimed ...

``closed`` is what another system's people tell of a case (``POST /v1/contacts``): they may close any case at any time.
"""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    OPEN = "open"
    CLAIMED = "claimed"
    ANSWERED = "answered"
    DELIVERED = "delivered"
    CONFIRMED = "confirmed"
    REOPENED = "reopened"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    CLOSED = "closed"


class Step(StrEnum):
    """What somebody does with a case. ``lapse`` is the end of a lease that nobody renewed."""

    CLAIM = "claim"
    RENEW = "renew"
    RELEASE = "release"
    LAPSE = "lapse"
    REASSIGN = "reassign"
    ANSWER = "answer"
    DELIVER = "deliver"
    CONFIRM = "confirm"
    REOPEN = "reopen"
    EXPIRE = "expire"
    CANCEL = "cancel"
    CLOSE = "close"


WAITING = frozenset({Status.OPEN, Status.REOPENED})  # nobody holds it
UNANSWERED = WAITING | {Status.CLAIMED}
# People hold the matter: automation must not answer in their place.
ACTIVE = UNANSWERED | {Status.ANSWERED}
OVER = frozenset(Status) - ACTIVE
# Nobody has to work on it: the answer only waits for its customer, or it is over.
SETTLED = OVER | {Status.ANSWERED}

# The only table of what may follow what: by step, from which statuses, and to which one.
TRANSITIONS: dict[Step, tuple[frozenset[Status], Status]] = {
    Step.CLAIM: (WAITING, Status.CLAIMED),
    Step.RENEW: (frozenset({Status.CLAIMED}), Status.CLAIMED),
    Step.RELEASE: (frozenset({Status.CLAIMED}), Status.OPEN),
    Step.LAPSE: (frozenset({Status.CLAIMED}), Status.OPEN),
    Step.REASSIGN: (UNANSWERED, Status.CLAIMED),
    Step.ANSWER: (frozenset({Status.CLAIMED}), Status.ANSWERED),
    Step.DELIVER: (frozenset({Status.ANSWERED}), Status.DELIVERED),
    Step.CONFIRM: (frozenset({Status.DELIVERED}), Status.CONFIRMED),
    Step.REOPEN: (OVER | {Status.ANSWERED}, Status.REOPENED),
    Step.EXPIRE: (frozenset({Status.ANSWERED}), Status.EXPIRED),
    Step.CANCEL: (ACTIVE, Status.CANCELLED),
    Step.CLOSE: (frozenset(Status) - {Status.CLOSED}, Status.CLOSED),
}


def after(step: Step, status: str) -> Status | None:
    """The status that a step leads to from this one; None where it may not be taken."""
    sources, target = TRANSITIONS[step]
    return target if status in sources else None


def allowed(status: str) -> list[Step]:
    """The steps that may be taken from a status."""
    return [step for step in Step if after(step, status) is not None]
