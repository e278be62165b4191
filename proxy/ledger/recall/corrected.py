"""What a recall did about its failures, told to each of them: no more customers are hit, the customer was told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import structlog

from proxy.ledger.failures.records import FailureEvent, Step
from proxy.ledger.failures.table import FailureTable
from proxy.ledger.failures.telling import Outcome, Telling
from proxy.ledger.recall.corrections import Corrections
from proxy.ledger.recall.recalls import Recalls
from proxy.ledger.recall.records import Correction, CorrectionState, Recall

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
    return _add(failures, ids, event, correction.tenant)


def resolve(
    corrections: Corrections,
    recalls: Recalls,
    failures: FailureTable,
    doubtful: Correction,
    *,
    sent: bool,
    actor: str,
    now: datetime,
) -> None:
    """A person says whether a doubtful mail left. Raises CorrectionRefused.

    The failures first: where the process ends in between, it is asked again, and they are noted once.
    """
    if sent and doubtful.state == CorrectionState.DOUBTFUL:
        note_corrected(recalls, failures, doubtful, doubtful.sending_at or now)
    corrections.resolve(doubtful.id, sent=sent, actor=actor, now=now)


def note_contained(
    recalls: Recalls, failures: FailureTable, recall: Recall, because: str, actor: str, at: datetime
) -> int:
    """No more customers are hit: note it of all failures of a recall; of how many."""
    event = FailureEvent(
        f"recall:{recall.ref}:contained", Step.CONTAINED, at, actor, data={"recall": recall.ref}, note=because
    )
    found = recalls.findings(recall.ref, tenant=recall.tenant)
    ids = dict.fromkeys(one.finding.failure_id for one in found if one.finding.failure_id)
    return _add(failures, ids, event, recall.tenant)


def _add(failures: FailureTable, failure_ids: Iterable[str], event: FailureEvent, tenant: str) -> int:
    """To how many it was added. It cannot follow where nobody has decided yet that it is a failure, or it has ended."""
    added = 0
    for outcome in failures.tell_all([Telling(one, (event,), tenant=tenant) for one in failure_ids]):
        if isinstance(outcome, Outcome):
            added += 1
        else:
            why = str(outcome)
            log.info(
                "a step was not noted of a failure", failure=outcome.failure_id, step=event.step, why=why
            )
    return added
