"""What the ledger keeps, as plain values: one decision record per answer, and the escalations among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

JsonObject = dict[str, Any]
DEFAULT_TENANT = "default"  # whose everything is that belongs to no tenant by name


@dataclass(frozen=True, slots=True)
class EscalationRecord:
    """A case handed over to a person. ``ref`` is what the customer is told, such as ``CX-7K3F-92QD``.

    ``dedup_key`` names conversation and turn: within 10 minutes the same key is the same case, whatever an
    SDK's automatic retry does. ``status`` starts as ``open``.
    """

    ref: str
    response_id: str
    dedup_key: str
    reason: str
    created_at: datetime
    conversation_id: str | None = None
    customer_id: str | None = None
    route: str = ""
    question: str | None = None
    blocked_text: str | None = None
    trace_id: str | None = None
    span_id: str | None = None
    status: str = "open"
    tenant: str = DEFAULT_TENANT


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """Everything that was decided about one answer (design.md, "The record").

    ``decision`` is what was done (``deliver | rewrite | escalate | refuse``); where ``mode`` is ``observe`` or
    ``immediate`` it is what was called for, and all left as it was. ``choices`` holds per choice ``{model_text,
    delivered_text, claims: [...], calls: [...], said_first: [...]}`` with each claim's verdict, confidence, reason and
    evidence as in the ``cxai`` object, each call of a tool that the model made (``id, name, arguments``), and where in
    the text stands what was said before the answer (``start, end, person``: whether a person wrote it); ``facts`` what
    tools returned; ``timings_ms`` milliseconds by stage; ``versions`` those of corpus, rules and verifier. ``request``
    is what rules could read of the request (channel, audience, market, ...), ``context`` the customer's facts with
    their states and ages, ``rules`` those that fired (those that stop calls are with their choice); None in records
    made before there was such. ``answered_by`` is the person whose answer it brought, ``owner`` who is accountable for
    it.
    """

    response_id: str
    created_at: datetime
    route: str
    mode: str
    decision: str
    verified: bool
    model: str
    unverified_reason: str | None = None
    confidence: float | None = None
    conversation_id: str | None = None
    customer_id: str | None = None
    trace_id: str | None = None
    streamed: bool = False
    question: str | None = None
    policy_date: datetime | None = None
    choices: list[JsonObject] = field(default_factory=list)
    facts: list[JsonObject] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)
    timings_ms: dict[str, float] = field(default_factory=dict)
    usage: JsonObject = field(default_factory=dict)
    escalation_ref: str | None = None
    tenant: str = DEFAULT_TENANT
    request: JsonObject | None = None
    context: JsonObject | None = None
    rules: list[JsonObject] | None = None
    answered_by: str | None = None
    owner: str | None = None

    @property
    def claims(self) -> list[JsonObject]:
        """The claims of all choices."""
        return [claim for choice in self.choices for claim in choice.get("claims") or ()]


def models_sentence(claim: Mapping[str, Any]) -> str | None:
    """A recorded claim as the model wrote it, also where the customer got another text; None where none is kept."""
    return claim.get("blocked_text") or claim.get("text")


@dataclass(frozen=True, slots=True)
class ObservedAnswer:
    """One answer that ``mode: observe`` or ``delivery: immediate`` let pass and a guard would have stopped.

    ``decision`` is what would have been done. ``claim``, ``verdict``, ``reason``, ``document``, ``section``
    and ``quote`` are those of its worst claim; None where it has none, or where no text is stored.
    """

    response_id: str
    created_at: datetime
    route: str
    decision: str
    confidence: float | None
    unverified_reason: str | None
    question: str | None
    claim: str | None = None
    verdict: str | None = None
    reason: str | None = None
    document: str | None = None
    section: str | None = None
    quote: str | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of ``/v1/responses``: the items that were asked, and the response as the client got it.

    ``previous_id`` names the turn that it goes on from. Only who has the same ``owner`` may read it.
    """

    response_id: str
    owner: str
    created_at: datetime
    previous_id: str | None
    input: list[JsonObject]
    response: JsonObject


@dataclass(frozen=True, slots=True)
class Contact:
    """Something that happened to a customer, told by another channel or noted by ourselves.

    ``key`` names the report within its tenant: the same one twice is one. ``kind`` is a ``ContactKind``
    (ledger/customers/contacts.py), ``ref`` the case or promise that it is about, or a reference of another system's.
    ``at`` is when it happened; where nobody told, it is ``received_at``.
    """

    key: str
    customer_id: str
    kind: str
    channel: str
    at: datetime
    received_at: datetime
    actor: str
    ref: str | None = None
    text: str | None = None
    data: JsonObject = field(default_factory=dict)
    tenant: str = DEFAULT_TENANT


@dataclass(frozen=True, slots=True)
class PromiseRecord:
    """What a delivered answer promised this very customer; ``what`` is ``{action, amount, currency}``, without text.

    ``state`` is ``open``, ``unknown`` once it is due, or ``kept`` or ``broken`` where a contact with its ``id`` as
    ``ref`` says so.
    """

    id: str
    customer_id: str
    response_id: str
    created_at: datetime
    what: JsonObject
    conversation_id: str | None = None
    text: str | None = None
    due_at: datetime | None = None
    state: str = "open"
    tenant: str = DEFAULT_TENANT


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One thing that happened to a customer; ``id`` names it among those of its type.

    ``type`` is ``answer``, ``escalation``, ``escalation_event``, ``contact``, ``promise``, ``failure`` or
    ``failure_event``.
    """

    at: datetime
    type: str
    id: str
    detail: JsonObject


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """``previous`` is the version that was in force before; None for the first that was ever noted.

    ``summary`` is ``{"files", "added", "changed", "removed", "parts"}``: names, and by its name each part's digest.
    """

    tenant: str
    at: datetime
    version: str
    previous: str | None
    author: str
    summary: JsonObject


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key to the proxy. ``prefix`` names it; of the key itself only ``digest`` is kept (access/keys.py).

    ``revision`` counts the changes of all keys: a worker asks for those since the last that it has seen.
    ``replaces`` is the prefix of the key that it was made from by rotation.
    """

    prefix: str
    digest: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    tenant: str = DEFAULT_TENANT
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None
    requests_per_minute: int | None = None
    concurrency: int | None = None
    replaces: str | None = None
    revision: int = 0


@dataclass(frozen=True, slots=True)
class DocumentVersion:
    """A version of a document: which content stood at ``path`` from ``kept_at`` on."""

    document_id: str
    path: str
    content_hash: str
    kept_at: datetime
