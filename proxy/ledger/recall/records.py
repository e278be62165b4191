"""Recalls as plain values: what is looked at again, what was found, and what customers are told of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from proxy.ledger.records import DEFAULT_TENANT, JsonObject

NEXT_TURN, MAIL = "next_turn", "mail"  # the targets of corrections that are no webhook


class Outcome(StrEnum):
    """What looking at a sentence again came to."""

    WRONG_THEN = "wrong_then"  # the text in force when it was said did not support it
    CHANGED_SINCE = "changed_since"  # it did; today's does not
    STILL_RIGHT = "still_right"
    NOT_KNOWN = "not_known"  # what would tell is not kept


class RecallState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Recall:
    """One look at past answers. ``what`` says at which, and by which documents: ``{"asked" or "document", "since",
    "until", "answers", "corpus_version", "verifier", "because"}``, times as ISO text; of one that a change of the
    documents brought about, ``lately`` is how many answers of just before were there when it began.

    ``counts`` counts sentences by outcome, ``done`` answers of ``total``.
    """

    ref: str
    at: datetime
    actor: str
    what: JsonObject
    total: int
    done: int = 0
    state: str = RecallState.RUNNING
    counts: JsonObject = field(default_factory=dict)
    cursor_at: datetime | None = None
    cursor_id: str | None = None
    ended_at: datetime | None = None
    tenant: str = DEFAULT_TENANT

    @property
    def resumable(self) -> bool:
        """Whether it can be gone on with where it was left; what was opened by its words has to be found again."""
        return "documents" in self.what


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence that was delivered and does not hold: the characters ``begins`` to ``ends`` of a choice.

    ``label_then`` and ``label_now`` are the verdicts by the documents of then and of today; ``document``, ``section``,
    ``quote`` and ``url`` are what policy says instead.
    """

    response_id: str
    choice: int
    begins: int
    ends: int
    said_at: datetime
    outcome: str
    customer_id: str | None = None
    conversation_id: str | None = None
    label_then: str | None = None
    label_now: str | None = None
    reason: str | None = None
    document: str | None = None
    section: str | None = None
    quote: str | None = None
    url: str | None = None
    failure_id: str | None = None


@dataclass(frozen=True, slots=True)
class KeptFinding:
    """A finding as the ledger has it."""

    id: int
    ref: str
    finding: Finding


class CorrectionState(StrEnum):
    DRAFT = "draft"  # it has not all approvals yet; ``problem`` says what is wrong with its text, if anything
    APPROVED = "approved"  # it is on its way
    SENT = "sent"
    DOUBTFUL = "doubtful"  # a mail was handed to its server, and nobody knows whether it left
    FAILED = "failed"  # every attempt failed; ``problem`` says why
    DISMISSED = "dismissed"  # somebody decided that this customer is told nothing


@dataclass(frozen=True, slots=True)
class Correction:
    """What one customer is told about a recall's findings. There is one at most for each customer and recall.

    ``approvals`` are ``{by, at}``, of this text and this ``target``.
    """

    id: int
    ref: str
    tenant: str
    customer_id: str
    conversation_id: str | None
    response_id: str
    findings: tuple[int, ...]
    made_at: datetime
    text: str | None
    verified: bool
    state: str
    problem: str | None = None
    actor: str | None = None
    approved_at: datetime | None = None
    target: str | None = None
    attempts: int = 0
    due_at: datetime | None = None
    sending_at: datetime | None = None
    done_at: datetime | None = None
    approvals: tuple[JsonObject, ...] = ()

    @property
    def approved_by(self) -> tuple[str, ...]:
        return tuple(str(one["by"]) for one in self.approvals)

    @property
    def text_digest(self) -> str:
        """Tells whether a text is still the one that somebody has read."""
        return hashlib.sha256((self.text or "").encode()).hexdigest()

    @property
    def message_id(self) -> str:
        """Names the message for good, however often it is sent: what comes twice is known as one."""
        return f"evt_correction_{self.ref}_{self.id}"
