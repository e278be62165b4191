"""What the desk keeps, as plain values: where a case stands, what happened to it, and what people answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from proxy.ledger.desk.lifecycle import Status, Step
from proxy.ledger.records import DEFAULT_TENANT, JsonObject

NO_QUEUE = "default"  # of cases that were put into none


@dataclass(frozen=True, slots=True)
class Routing:
    """Where a new case goes: its queue, until when it should be answered, and what it is about."""

    queue: str = NO_QUEUE
    due_at: datetime | None = None
    topic: str | None = None
    risk: str | None = None


@dataclass(frozen=True, slots=True)
class DeskCase:
    """A case as it stands. ``holder`` is there while somebody holds it, until ``held_until`` (a lease).

    ``holder_name`` is what customers may hear of them. ``due_at`` is when the queue's service target ends.
    """

    ref: str
    tenant: str
    status: str
    opened_at: datetime
    status_at: datetime
    queue: str
    reason: str
    response_id: str
    customer_id: str | None = None
    conversation_id: str | None = None
    route: str = ""
    question: str | None = None
    blocked_text: str | None = None
    trace_id: str | None = None
    span_id: str | None = None
    topic: str | None = None
    risk: str | None = None
    due_at: datetime | None = None
    holder: str | None = None
    holder_name: str | None = None
    held_until: datetime | None = None
    answer_id: int | None = None


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """One entry of a case's timeline."""

    id: int
    ref: str
    at: datetime
    status: str
    actor: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class NewAnswer:
    """A person's answer with what checking found: ``claims`` as in the ``cxai`` object.

    ``override_reason`` is there where it is sent although something in it is not supported.
    """

    text: str
    verified: bool
    claims: list[JsonObject] = field(default_factory=list)
    override_reason: str | None = None


@dataclass(frozen=True, slots=True)
class CaseAnswer:
    """A person's answer as kept; ``text`` is None where it has left and texts are not kept.

    ``response_id`` names the chat answer that brought it to the customer.
    """

    id: int
    ref: str
    at: datetime
    author: str
    author_name: str | None
    text: str | None
    verified: bool
    claims: list[JsonObject]
    override_reason: str | None = None
    delivered_at: datetime | None = None
    response_id: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A person's answer as its customer is to be told it, or was (``delivered``)."""

    ref: str
    text: str
    author: str
    author_name: str | None
    answered_at: datetime
    verified: bool
    question: str | None = None
    blocked_text: str | None = None
    queue: str = NO_QUEUE
    delivered: bool = False


@dataclass(frozen=True, slots=True)
class Keyed:
    """A request's ``Idempotency-Key``, and what tells the same request from another one under that key."""

    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A step to take. ``to`` and ``to_name`` are the person that a case is claimed for or handed to.

    ``lease_s`` is how long they hold it, in seconds. ``force``: somebody else than who holds it may take the step, as a
    lead does.
    """

    ref: str
    step: Step
    actor: str
    tenant: str = DEFAULT_TENANT
    note: str | None = None
    to: str | None = None
    to_name: str | None = None
    lease_s: float = 0.0
    answer: NewAnswer | None = None
    response_id: str | None = None
    due_at: datetime | None = None
    force: bool = False
    keyed: Keyed | None = None


@dataclass(frozen=True, slots=True)
class Stepped:
    """What a step came to. ``again``: the same request was answered before, and nothing was done now."""

    ref: str
    status: Status
    at: datetime
    holder: str | None = None
    held_until: datetime | None = None
    answer_id: int | None = None
    again: bool = False
