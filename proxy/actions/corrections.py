"""Corrections of what a customer was told come at their next turn, word for word and before anything else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import structlog

from proxy.actions.gate import Gate
from proxy.actions.inquiry import Inquiry
from proxy.actions.persons_answers import INTERRUPTED
from proxy.ledger.ledger import Ledger
from proxy.ledger.recall.corrected import note_corrected
from proxy.ledger.recall.records import Correction

log = structlog.get_logger(__name__)


def with_corrections(inquiry: Inquiry, ledger: Ledger) -> Inquiry:
    """The inquiry with the corrections that are to be told first. For nearly all customers one look finds none.

    Where nothing of ours may be said (a text that is only judged, JSON, a route that only observes), none is taken.
    """
    customer_id = inquiry.customer.id
    if customer_id is None or inquiry.dry_run or inquiry.json_output is not None:
        return inquiry
    if inquiry.mode != "enforce":
        return inquiry
    try:
        if not ledger.corrections.waiting(inquiry.tenant, customer_id):
            return inquiry
        taken = ledger.corrections.take_for(inquiry.tenant, customer_id, inquiry.received_at)
    except Exception:
        log.exception("corrections could not be read", response_id=inquiry.response_id)
        return inquiry
    return replace(inquiry, corrections=tuple(one for one in taken if one.text))


def correction_words(corrections: Sequence[Correction]) -> str:
    """What is said before anything else."""
    return "".join(f"{(one.text or '').strip()}\n\n" for one in corrections)


def corrected_by(
    inquiry: Inquiry, gates: Iterable[Gate], unverified_reason: str | None
) -> tuple[Correction, ...]:
    """What of it an answer told; nothing, where the client did not stay to read it: it is told at the next turn."""
    told = _has_begun(gates) and unverified_reason != INTERRUPTED
    return inquiry.corrections if told else ()


def note_told(
    corrections: Sequence[Correction], inquiry: Inquiry, gates: Iterable[Gate], ledger: Ledger
) -> None:
    """Note that the customer was told, and of the failures that they are corrected; what was not told is given back."""
    for one in corrections:
        note_corrected(ledger.recalls, ledger.failures, one, inquiry.received_at)
        ledger.corrections.done(one.id, inquiry.received_at)
    if not corrections:
        ledger.corrections.give_back(inquiry.corrections, inquiry.received_at, begun=_has_begun(gates))


def give_back(inquiry: Inquiry, ledger: Ledger) -> None:
    """There was no answer that could have told its corrections: the next turn does."""
    if not inquiry.corrections:
        return
    try:
        ledger.corrections.give_back(inquiry.corrections, inquiry.received_at, begun=False)
    except Exception:
        log.exception("corrections could not be given back", response_id=inquiry.response_id)


def _has_begun(gates: Iterable[Gate]) -> bool:
    return any(gate.has_begun and gate.delivered for gate in gates)
