"""What happened to a customer, as tests tell it to a ledger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from proxy.ledger.records import Contact, DecisionRecord, EscalationRecord, JsonObject, PromiseRecord

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday
CUSTOMER = "c-4711"
LATER = datetime(2026, 3, 9, tzinfo=UTC)


def after(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


def contact(key: str, kind: str = "note", hours: float = 0.0, **more: Any) -> Contact:
    told: dict[str, Any] = {"customer_id": CUSTOMER, "channel": "voice", "actor": "ana", **more}
    return Contact(key=key, kind=kind, at=after(hours), **{"received_at": LATER, **told})


def answer(response_id: str, hours: float = 0.0, **more: Any) -> DecisionRecord:
    told: dict[str, Any] = {"customer_id": CUSTOMER, "decision": "deliver", "mode": "enforce", **more}
    return DecisionRecord(
        response_id=response_id, created_at=after(hours), route="default", verified=True, model="m", **told
    )


def account_answer(response_id: str, hours: float, state: str = "stale", **more: Any) -> DecisionRecord:
    """An answer about the customer's account, made when the flag of an open case was in this state."""
    context: JsonObject = {"facts": {"open_case": {"state": state, "value": True}}}
    return answer(response_id, hours, request={"about_account": True}, context=context, **more)


def case(ref: str, hours: float = 0.0, **more: Any) -> EscalationRecord:
    told: dict[str, Any] = {"customer_id": CUSTOMER, "question": "Where is my refund?", **more}
    return EscalationRecord(ref, f"for {ref}", f"turn of {ref}", "why", after(hours), **told)


def promise(id: str, hours: float = 0.0, due_in_hours: float | None = 24, **more: Any) -> PromiseRecord:
    due_at = None if due_in_hours is None else after(hours + due_in_hours)
    told: dict[str, Any] = {
        "customer_id": CUSTOMER,
        "text": "You get $120 by Tuesday.",
        "due_at": due_at,
        **more,
    }
    what = {"action": "refund", "amount": "120", "currency": "USD"}
    return PromiseRecord(id=id, response_id=f"of {id}", created_at=after(hours), what=what, **told)
