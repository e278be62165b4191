"""Cases on their way, as tests bring them there."""

from __future__ import annotations

from proxy.ledger.desk.lifecycle import Step
from proxy.ledger.desk.records import Stepped, Taken
from proxy.ledger.ledger import Ledger

_STEPS = {"claimed": Step.CLAIM, "closed": Step.CLOSE, "reopened": Step.REOPEN, "cancelled": Step.CANCEL}


def moved(
    ledger: Ledger, ref: str, status: str, *, by: str, note: str | None = None, tenant: str = "default"
) -> Stepped:
    """Take the step that leads to a status, as ``by``."""
    return ledger.desk.take(Taken(ref, _STEPS[status], by, tenant, note, lease_s=3600))
