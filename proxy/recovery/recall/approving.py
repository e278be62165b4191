"""Approving a recall's corrections: all sound ones at once, or by the settings alone where nobody has to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from proxy.ledger.ledger import Ledger
from proxy.ledger.recall.corrections import CorrectionRefused
from proxy.ledger.recall.records import Correction, CorrectionState, Outcome
from proxy.recovery.recall.options import RecallOptions

BY_SETTING = "recall.approve: nobody"  # who approved it, in the ledger


def drafts_of(ledger: Ledger, tenant: str, ref: str) -> list[Correction]:
    """The drafts of a recall. Raises LedgerError."""
    return ledger.corrections.of(tenant, ref=ref, state=CorrectionState.DRAFT)


def approve_all(
    ledger: Ledger, drafts: Iterable[Correction], target: str, actor: str, now: datetime, needed: int
) -> dict[int, bool]:
    """Approve those drafts whose text has no problem: their numbers, each with whether it is on its way now.

    One on which somebody else has decided meanwhile is left out. Raises LedgerError.
    """
    approved: dict[int, bool] = {}
    for one in drafts:
        if one.problem is None:
            try:
                approved[one.id] = ledger.corrections.approve(one, target, actor, now, needed)
            except CorrectionRefused:
                continue
    return approved


def approve_by_setting(
    ledger: Ledger, options: RecallOptions, tenant: str, ref: str, now: datetime
) -> tuple[int, ...]:
    """Let a recall's sound drafts be sent, where nobody has to approve them; their numbers. Raises LedgerError.

    A person still has to where a failure is only proposed: nobody has said yet that there is one.
    """
    if options.approvals_needed:
        return ()
    counting = (one for one in drafts_of(ledger, tenant, ref) if _counts(ledger, one))
    return tuple(approve_all(ledger, counting, options.send_by, BY_SETTING, now, needed=0))


def _counts(ledger: Ledger, correction: Correction) -> bool:
    """Whether all that it is about has changed since, or is a failure that counts."""
    found = ledger.recalls.findings(correction.ref, tenant=correction.tenant, ids=correction.findings)
    wrong = {one.finding.failure_id for one in found if one.finding.outcome == Outcome.WRONG_THEN}
    known = ledger.failures.known({one for one in wrong if one is not None})
    return all(one in known and known[one].state.counted for one in wrong)
