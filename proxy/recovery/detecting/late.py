"""Cases that no person had answered when their queue's service target ended."""

from __future__ import annotations

from collections.abc import Iterator

from proxy.ledger.failures.records import Cause, Failure, FailureEvent, Kind, Source, Step
from proxy.recovery.detecting.look import CXAI, Found, Look, found


def late(look: Look) -> Iterator[Found]:
    for case in look.signs.past_target(look.tenant, look.since, look.now):
        record = look.ledger.escalation(case.ref)
        if record is None:
            continue
        yield found(
            Failure(
                key=f"{Kind.LATE_HANDOVER}:{case.ref}:{case.due_at.isoformat()}",  # taken up again, it has a new target
                kind=Kind.LATE_HANDOVER,
                occurred_at=case.due_at,
                customer_id=case.customer_id,
                conversation_id=record.conversation_id,
                response_id=record.response_id,
                case_ref=case.ref,
                topic=case.topic,
                text=record.question,
                trace_id=record.trace_id,
                tenant=look.tenant,
            ),
            FailureEvent(
                key="past target",
                step=Step.DETECTED,
                at=look.now,
                actor=CXAI,
                source=Source.GUARD,
                data={
                    "severity": case.risk or "medium",
                    "cause": Cause.PERSON,
                    "queue": case.queue,
                    "case_ref": case.ref,
                },
            ),
        )
