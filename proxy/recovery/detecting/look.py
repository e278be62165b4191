"""One look at the ledger for failures: what it is given, and what a source finds in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from proxy.grounding.policy.features import Embed
from proxy.ledger.failures.records import Failure, FailureEvent, Kind
from proxy.ledger.failures.signs import FailureSigns
from proxy.ledger.ledger import Ledger
from proxy.ledger.records import DEFAULT_TENANT, DecisionRecord
from proxy.ledger.references import failure_reference
from proxy.recovery.detecting.plan import DetectingPlan

RiskOf = Callable[[str], str]  # a document's risk by its id
CXAI = "cxai"  # who says what no person said
_NOT_OF_ANSWERS = (Kind.BROKEN_PROMISE, Kind.LATE_HANDOVER)  # but of a promise, and of a case


@dataclass(frozen=True, slots=True)
class Look:
    """A tenant's ledger is looked at for what came after ``since``; it is ``now``.

    ``asked_since`` is from when on questions are new, which cost more to look at; ``since`` where it is None.
    ``kept_since`` is how far back retention leaves anything; ``simulated`` marks all that is found.
    """

    ledger: Ledger
    since: datetime
    now: datetime
    kept_since: datetime
    embed: Embed
    risk_of: RiskOf = lambda document: "medium"
    plan: DetectingPlan = field(default_factory=DetectingPlan)
    tenant: str = DEFAULT_TENANT
    simulated: bool = False
    asked_since: datetime | None = None

    @property
    def questions_since(self) -> datetime:
        return self.asked_since or self.since

    @property
    def signs(self) -> FailureSigns:
        return self.ledger.failure_signs


@dataclass(frozen=True, slots=True)
class Found:
    """Steps of a failure. ``failure`` is there where it may be new; else it is one that the ledger has.

    ``supposed`` are the keys of detections whose time nobody has told: what is detected already was not so by them.
    """

    failure_id: str
    events: tuple[FailureEvent, ...]
    failure: Failure | None = None
    supposed: frozenset[str] = frozenset()


def kept_since(retention_days: int, now: datetime) -> datetime:
    """How far back retention leaves anything; 0 days keep it for ever."""
    return now - timedelta(days=retention_days) if retention_days else datetime.min.replace(tzinfo=UTC)


Source = Callable[[Look], Iterator[Found]]


def found(failure: Failure, *events: FailureEvent) -> Found:
    """A failure with what says that there is one."""
    return Found(failure_reference(failure.tenant, failure.key), events, failure)


def failure_of(record: DecisionRecord, kind: str, **more: object) -> Failure:
    """A failure that reached its customer with this answer; whoever finds it, it is the same one."""
    told = {
        "customer_id": record.customer_id,
        "conversation_id": record.conversation_id,
        "response_id": record.response_id,
        "case_ref": record.escalation_ref,
        "channel": (record.request or {}).get("channel"),
        "topic": topic_of(record),
        "trace_id": record.trace_id,
        "tenant": record.tenant,
        **more,
    }
    return Failure(key_of(kind, record.response_id), kind, record.created_at, **told)  # type: ignore[arg-type]


def key_of(kind: str, response_id: str) -> str:
    """The key of the failure of this kind that an answer has."""
    return f"{kind}:{response_id}"


def is_of_answer(kind: str) -> bool:
    """Whether failures of this kind are each an answer's, which has one of each at most."""
    return kind not in _NOT_OF_ANSWERS


def topic_of(record: DecisionRecord) -> str | None:
    """The document that the answer's first claim rests on; None where it rests on none."""
    evidence = (one for claim in record.claims for one in (claim.get("evidence") or ())[:1])
    return next((str(one["document"]) for one in evidence if one.get("document")), None)
