"""Escalate: hand over to a person, openly, with a reference that is durable before the customer reads it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from proxy.actions.decide import Judged
from proxy.actions.inquiry import Inquiry
from proxy.context.customer import Customer
from proxy.ledger.ledger import new_reference
from proxy.ledger.records import EscalationRecord
from proxy.telemetry.tracing import RequestTrace


def case_of(inquiry: Inquiry, judged: Judged, trace: RequestTrace) -> EscalationRecord:
    """The case that a sentence which may not be delivered opens."""
    return EscalationRecord(
        ref=new_reference(),
        response_id=inquiry.response_id,
        dedup_key=case_key(inquiry.customer, inquiry.messages),
        reason=judged.ruling.reason,
        created_at=datetime.now(UTC),
        conversation_id=inquiry.customer.conversation_id,
        customer_id=inquiry.customer.id,
        route=inquiry.route.name,
        question=inquiry.question,
        blocked_text=judged.segment.text,
        trace_id=trace.trace_id,
        span_id=trace.span_id,
    )


def case_key(customer: Customer, messages: Sequence[Mapping[str, Any]]) -> str:
    """The name of a conversation's turn: an SDK's automatic retry of it is the same case.

    The turn is what the customer said so far. Without a conversation or customer id the whole request stands in for
    them, so that only word-for-word repetitions fall together.
    """
    who = customer.conversation_id or customer.id
    turn = [_spoken(message) for message in messages if who is None or message.get("role") == "user"]
    name = (
        f"conversation:{customer.conversation_id}" if customer.conversation_id else f"customer:{customer.id}"
    )
    return hashlib.sha256("\x1f".join([name, *turn]).encode(errors="surrogatepass")).hexdigest()


def _spoken(message: Mapping[str, Any]) -> str:
    return f"{message.get('role')}\x1e{message.get('content')}"
