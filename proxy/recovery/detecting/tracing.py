"""Traces each step of a failure as it is written, so that an engineer finds it by the failure's reference."""

from __future__ import annotations

from proxy.ledger.failures.records import Failure, FailureEvent
from proxy.ledger.failures.table import Told
from proxy.telemetry import names
from proxy.telemetry.tracing import Telemetry


def traced_by(telemetry: Telemetry) -> Told:
    """For ``Ledger.tell_of_failures``. What was said stays out of traces."""

    def told(failure_id: str, failure: Failure, event: FailureEvent) -> None:
        tags = {
            names.TENANT: failure.tenant,
            names.ANSWER_ID: failure.response_id,
            names.ESCALATION_REF: failure.case_ref,
        }
        telemetry.failure_event(
            event.step,
            ref=failure_id,
            kind=failure.kind,
            at=event.at,
            trace_id=failure.trace_id,
            attributes={name: value for name, value in tags.items() if value is not None},
        )

    return told
