"""Failures as plain values: what went wrong for a customer, the events since, and what these come to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from proxy.ledger.records import DEFAULT_TENANT, JsonObject


class Kind(StrEnum):
    """What went wrong; docs/recovery.md has the list for people."""

    WRONG_CLAIM = "wrong_claim"  # an unsupported or contradicted claim was delivered
    WRONG_BLOCK = "wrong_block"  # a true answer was kept from the customer
    RETURNED_TO_AUTOMATION = "returned_to_automation"
    STALE_CONTEXT = "stale_context"  # stale or missing context changed the outcome
    BROKEN_PROMISE = "broken_promise"
    LATE_HANDOVER = "late_handover"
    WRONG_HUMAN_ANSWER = "wrong_human_answer"


class Severity(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Cause(StrEnum):
    POLICY_TEXT = "policy_text"
    CORPUS_GAP = "corpus_gap"
    RETRIEVAL = "retrieval"
    VERIFIER = "verifier"
    RULE = "rule"
    CONTEXT = "context"
    PROVIDER = "provider"
    PERSON = "person"
    UNKNOWN = "unknown"


class Source(StrEnum):
    """Who found a failure. All but ``customer`` are on our side."""

    GUARD = "guard"
    REVIEWER = "reviewer"
    CUSTOMER = "customer"
    AUDIT = "audit"
    RECALL = "recall"
    AGENT = "agent"
    IMPORT = "import"


class Step(StrEnum):
    """What may happen to a failure."""

    PROPOSED = "proposed"  # somebody suspects it; it does not count before it is detected
    DISMISSED = "dismissed"  # it is no failure after all, and never counted
    DETECTED = "detected"
    CONTAINED = "contained"  # it hits no more customers
    CORRECTED = "corrected"  # the customer was told the truth, or the promise was honoured or withdrawn
    RESTORED = "restored"
    TO_LEARN = (
        "to_learn"  # a lesson is begun that does not hold yet: a case that fails, a rule nobody has approved
    )
    LEARNED = "learned"  # a regression case, a seeded item or a rule exists, and passes
    REOPENED = "reopened"
    CANCELLED = "cancelled"  # the customer gave the matter up
    EXPIRED = "expired"  # the customer cannot be reached any more
    CLASSIFIED = "classified"  # severity, cause, amount or topic are known better
    RECURRED = "recurred"  # it is another one of the kind of an earlier failure, named in ``data``
    RETRACTED = "retracted"  # an earlier event, named in ``data``, was not so


class Status(StrEnum):
    """Where a failure stands: the furthest that it has come."""

    PROPOSED = "proposed"
    DISMISSED = "dismissed"
    DETECTED = "detected"
    CONTAINED = "contained"
    CORRECTED = "corrected"
    RESTORED = "restored"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


OPEN = (Status.DETECTED, Status.CONTAINED, Status.CORRECTED)
CONFIRMED, NO_REPEAT_CONTACT = (
    "confirmed",
    "no_repeat_contact",
)  # how a customer counts as restored; never mixed
AI, HUMAN = "ai", "human"


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong for one customer, at ``occurred_at``. ``key`` is the same whoever finds it, within its tenant.

    ``author`` is who answered: ``ai`` or ``human``. ``incident`` is shared by failures of one origin, such as a recall;
    ``simulated`` ones are for demonstrations.
    """

    key: str
    kind: str
    occurred_at: datetime
    customer_id: str | None = None
    conversation_id: str | None = None
    response_id: str | None = None
    case_ref: str | None = None
    channel: str | None = None
    topic: str | None = None
    incident: str | None = None
    text: str | None = None
    trace_id: str | None = None
    author: str = AI
    simulated: bool = False
    tenant: str = DEFAULT_TENANT


@dataclass(frozen=True, slots=True)
class FailureEvent:
    """A ``step`` of a failure that happened ``at`` a time; ``key`` makes one that is told twice one.

    ``known_at`` is when the ledger learned of it; None until it has.

    ``source`` is who found it (of ``detected`` and ``proposed``). ``data`` may have ``severity``, ``cause``,
    ``amount``, ``currency``, ``topic``; ``how`` of ``restored`` (``confirmed`` or ``no_repeat_contact``) and
    ``corrected``; ``of``, the failure, of ``recurred``; ``event``, an event's key, of ``retracted``; and evidence:
    ``response_id``, ``contact``, ``case_ref``, ``rule``, ``review``, ``corpus_version``. Of ``to_learn`` and
    ``learned`` it has ``lesson``, what kind of one, and what was made; ``of_lesson``: the event in which it was begun.
    """

    key: str
    step: str
    at: datetime
    actor: str
    source: str | None = None
    data: JsonObject = field(default_factory=dict)
    note: str | None = None
    known_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FailureState:
    """What a failure's events come to. A time is None where that has not happened, or was undone by a reopening.

    ``counted`` is False for what is only proposed, or dismissed; ``doubtful`` is True where clocks disagree,
    so that its times tell nothing. ``ended_how`` is ``cancelled`` or ``expired``.
    """

    failure_id: str
    tenant: str
    kind: str
    author: str
    status: str
    counted: bool
    doubtful: bool
    severity: str
    cause: str
    occurred_at: datetime
    detected_at: datetime | None = None
    detected_by: str | None = None
    contained_at: datetime | None = None
    corrected_at: datetime | None = None
    restored_at: datetime | None = None
    restored_how: str | None = None
    learned_at: datetime | None = None
    ended_at: datetime | None = None
    ended_how: str | None = None
    reopened: int = 0
    recurrence_of: str | None = None
    amount: float | None = None
    currency: str | None = None
    customer_id: str | None = None
    channel: str | None = None
    topic: str | None = None
    incident: str | None = None
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class FailureFile:
    """A failure with all that is known of it; ``events`` in the order in which they happened.

    ``retracted`` are those that were not so, and what says that of them: they stay on record, and tell nothing.
    """

    id: str
    failure: Failure
    known_at: datetime
    events: tuple[FailureEvent, ...]
    state: FailureState
    retracted: tuple[FailureEvent, ...] = ()

    @property
    def proposed_by(self) -> str | None:
        """Who found it, where it was proposed; after a dismissal who proposed it again. Who agrees has not found it."""
        dismissed = [place for place, one in enumerate(self.events) if one.step == Step.DISMISSED]
        since = self.events[dismissed[-1] + 1 :] if dismissed else ()
        proposed = [one.source for part in (since, self.events) for one in part if one.step == Step.PROPOSED]
        return next(filter(None, proposed), None)
