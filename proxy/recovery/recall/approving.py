"""Approving a recall's corrections: all sound ones at once, or by the settings alone where nobody has to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from proxy.ledger.ledger import Ledger
from proxy.ledger.recall.corrections import CorrectionRefused
from proxy.ledger.recall.records import Correction, CorrectionState, Outcome, Recall
from proxy.recovery.recall.options import RecallOptions

BY_SETTING = "recall.approve: nobody"  # who approved it, in the ledger


def approve_all(
    ledger: Ledger, recall: Recall, target: str, actor: str, now: datetime, needed: int
) -> tuple[int, int]:
    """Approve all drafts of a recall whose text has no problem: how many, and how many of them are on their way now.

    Raises LedgerError.
    """
    sent = [
        ledger.corrections.approve(one.id, target, actor, now, needed)
        for one in ledger.corrections.of(recall.tenant, ref=recall.ref, state=CorrectionState.DRAFT)
        if one.problem is None
    ]
    return len(sent), sum(sent)


def approve_by_setting(
    ledger: Ledger, options: RecallOptions, tenant: str, ref: str, now: datetime
) -> tuple[int, ...]:
    """Let a recall's sound drafts be sent, where nobody has to approve them; their numbers. Raises LedgerError.

    A person still has to where a failure is only proposed: nobody has said yet that there is one.
    """
    if options.approvals_needed:
        return ()
    return tuple(_approved(ledger, options.send_by, tenant, ref, now))


def _approved(ledger: Ledger, target: str, tenant: str, ref: str, now: datetime) -> Iterator[int]:
    for one in ledger.corrections.of(tenant, ref=ref, state=CorrectionState.DRAFT):
        if one.problem is not None or not _counts(ledger, one):
            continue
        try:
            ledger.corrections.approve(one.id, target, BY_SETTING, now)
        except CorrectionRefused:  # somebody was quicker
            continue
        yield one.id


def _counts(ledger: Ledger, correction: Correction) -> bool:
    """Whether all that it is about has changed since, or is a failure that counts."""
    found = ledger.recalls.findings(correction.ref, tenant=correction.tenant, ids=correction.findings)
    wrong = [one.finding.failure_id for one in found if one.finding.outcome == Outcome.WRONG_THEN]
    files = [ledger.failures.file(one, tenant=correction.tenant) if one else None for one in wrong]
    return all(file is not None and file.state.counted for file in files)
