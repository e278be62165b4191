"""What recalls' outcomes and corrections' states are called on pages."""

from __future__ import annotations

from collections.abc import Mapping

from proxy.ledger.recall.records import MAIL, NEXT_TURN, CorrectionState, Outcome, RecallState

OUTCOMES: Mapping[str, str] = {
    Outcome.WRONG_THEN: "was wrong",
    Outcome.CHANGED_SINCE: "has changed since",
}
STATES: Mapping[str, str] = {
    CorrectionState.DRAFT: "draft",
    CorrectionState.APPROVED: "on its way",
    CorrectionState.SENT: "sent",
    CorrectionState.DOUBTFUL: "in doubt",
    CorrectionState.FAILED: "could not be sent",
    CorrectionState.DISMISSED: "not to be sent",
}
WAYS: Mapping[str, str] = {
    NEXT_TURN: "at the customer’s next message",
    MAIL: "by mail",
}
RECALL_STATES: Mapping[str, str] = {
    RecallState.RUNNING: "not done yet",
    RecallState.DONE: "done",
    RecallState.STOPPED: "stopped",
}
