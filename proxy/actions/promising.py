"""What an answer promised its customer, as records that become durable together with its decision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from proxy.actions.decide import Action
from proxy.actions.gate import Gate
from proxy.actions.inquiry import Inquiry
from proxy.grounding.account.promised import Promise, promised
from proxy.ledger.records import PromiseRecord
from proxy.ledger.references import promise_reference


def promises_made(inquiry: Inquiry, gates: Mapping[int, Gate]) -> list[PromiseRecord]:
    """The promises in what the customer got; none where nobody knows which customer it was.

    What several choices promise in the same words is one promise.
    """
    customer_id = inquiry.customer.id
    if customer_id is None:
        return []
    sentences = dict.fromkeys(_delivered(inquiry, gates))
    made = [promise for sentence in sentences for promise in promised(sentence, inquiry.received_at)]
    return [_record(inquiry, customer_id, number, promise) for number, promise in enumerate(made)]


def _delivered(inquiry: Inquiry, gates: Mapping[int, Gate]) -> Iterator[str]:
    """The model's sentences that reached the customer: all of them where the answer left as it was."""
    left_as_it_was = inquiry.mode != "enforce"
    for _, gate in sorted(gates.items()):
        for settled in gate.settled:
            if left_as_it_was or settled.judged.ruling.action is Action.DELIVER:
                yield settled.judged.segment.text


def _record(inquiry: Inquiry, customer_id: str, number: int, promise: Promise) -> PromiseRecord:
    amount = None if promise.amount is None else str(promise.amount)
    return PromiseRecord(
        id=promise_reference(inquiry.response_id, number),
        customer_id=customer_id,
        response_id=inquiry.response_id,
        created_at=inquiry.received_at,
        what={"action": promise.action, "amount": amount, "currency": promise.currency},
        conversation_id=inquiry.customer.conversation_id,
        text=promise.text,
        due_at=promise.due_at,
        tenant=inquiry.tenant,
    )
