"""What a recall did about its failures, told to each of them: no more customers are hit, the customer was told."""

from __future__ import annotations

from datetime import datetime

import structlog

from proxy.ledger.failures.records import FailureEvent, Step
from proxy.ledger.failures.table import FailureStepRefused, FailureTable, UnknownFailure
from proxy.ledger.recall.recalls import Recalls
from proxy.ledger.recall.records import Correction, Recall

log = structlog.get_logger(__name__)
CXAI = "cxai"


def note_corrected(recalls: Recalls, failures: FailureTable, correction: Correction, at: datetime) -> int:
    """The customer was told: note it of the failures that the correction is about, once; of how many."""
    event = FailureEvent(
        f"recall:{correction.ref}:corrected",
        Step.CORRECTED,
        at,
        correction.actor or CXAI,
        data={"how": "told", "by": correction.target, "correction": correction.id},
    )
    found = recalls.findings(correction.ref, tenant=correction.tenant, ids=correction.findings)
    ids = dict.fromkeys(one.finding.failure_id for one in found if one.finding.failure_id)
    return sum(_add(failures, failure_id, event, correction.tenant) for failure_id in ids)


def note_contained(
    recalls: Recalls, failures: FailureTable, recall: Recall, because: str, actor: str, at: datetime
) -> int:
    """No more customers are hit: note it of all failures of a recall; of how many."""
    event = FailureEvent(
        f"recall:{recall.ref}:contained", Step.CONTAINED, at, actor, data={"recall": recall.ref}, note=because
    )
    found = recalls.findings(recall.ref, tenant=recall.tenant)
    ids = dict.fromkeys(one.finding.failure_id for one in found if one.finding.failure_id)
    return sum(_add(failures, failure_id, event, recall.tenant) for failure_id in ids)


def _add(failures: FailureTable, failure_id: str, event: FailureEvent, tenant: str) -> bool:
    """False where it cannot follow: nobody has decided yet that it is a failure, or it has ended."""
    try:
        failures.add(failure_id, event, tenant=tenant)
    except (FailureStepRefused, UnknownFailure) as error:
        log.info("a step was not noted of a failure", failure=failure_id, step=event.step, why=str(error))
        return False
    return True
