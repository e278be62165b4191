"""Cases that people have answered, as the desk keeps them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from support.reviewing import NOON, answered, claim

from proxy.ledger.desk.lifecycle import Step
from proxy.ledger.desk.records import NewAnswer, Taken
from proxy.ledger.desk.told import told_id
from proxy.ledger.ledger import Ledger
from proxy.ledger.records import EscalationRecord

CASE_REF = "CX-2222-2222"
TEXT = "Your bag may weigh 32 kg. Ask bo@example.com for more."
WROTE = [claim("Your bag may weigh 32 kg."), claim("Ask bo@example.com for more.", start=26, end=54)]


def a_persons_answer(
    ledger: Ledger,
    ref: str = CASE_REF,
    text: str = TEXT,
    claims: list[dict[str, Any]] = WROTE,
    *,
    by: str = "ana",
    at: datetime = NOON,
    customer: str | None = "c-1",
    tenant: str = "default",
) -> str:
    """A case that somebody has answered, whose customer has heard nothing yet; what the answer is named as a record."""
    whose: dict[str, Any] = {"customer_id": customer, "conversation_id": f"talk {ref}", "tenant": tenant}
    answered(ledger, f"r-{ref}", at, decision="escalate", escalation_ref=ref, claims=[], **whose)
    case = EscalationRecord(
        ref, f"r-{ref}", f"turn {ref}", "contradicted", at, question="And my bag?", route="chat", **whose
    )
    ledger.escalate(case)
    ledger.desk.take(Taken(ref, Step.CLAIM, by, tenant, lease_s=900), at)
    answer = NewAnswer(text, verified=True, claims=claims)
    done = ledger.desk.take(Taken(ref, Step.ANSWER, by, tenant, answer=answer), at + timedelta(seconds=1))
    assert done.answer_id is not None
    return told_id(ref, done.answer_id)
