"""What answers add to the comparison of a canary's two sides, noted behind them: no customer waits for it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

from proxy.actions.decide import Action
from proxy.actions.inquiry import Arm, Inquiry
from proxy.grounding.types import Label
from proxy.guard import AnswerGuard
from proxy.ledger.rehearsal.canaries import ArmAnswer, conversation_digest

if TYPE_CHECKING:
    from proxy.wire.services import Services

log = structlog.get_logger(__name__)
_BAD = (Label.CONTRADICTED, Label.UNSUPPORTED)
# Of these nobody is to blame: the customer hung up, or all that there was are calls of tools.
_NOT_FAILED = (None, "interrupted", "no_text")
NO_ANSWER = "error"  # in the place of a decision


def note_answer(services: Services, answer: AnswerGuard) -> None:
    """Note what a recorded answer came to, where its customer is in a canary."""
    if (arm := answer.inquiry.arm) is None:
        return
    action, reason = answer.outcome.action, answer.outcome.unverified_reason
    _note(
        services,
        answer.inquiry,
        arm,
        action.word,
        unsupported=has_unsupported(answer),
        escalated=action is Action.ESCALATE,
        failed=reason not in _NOT_FAILED,
    )


def note_failure(services: Services, inquiry: Inquiry) -> None:
    """Note that a request got no answer, where its customer is in a canary."""
    if inquiry.arm is not None:
        _note(services, inquiry, inquiry.arm, NO_ANSWER, failed=True)


def _note(
    services: Services,
    inquiry: Inquiry,
    arm: Arm,
    decision: str,
    *,
    unsupported: bool = False,
    escalated: bool = False,
    failed: bool = False,
) -> None:
    now, tenant = datetime.now(UTC), inquiry.tenant
    row = ArmAnswer(
        name=arm.candidate,
        conversation=conversation_digest(tenant, arm.candidate, conversation_of(inquiry)),
        arm=arm.side,
        at=now,
        stratum=arm.stratum,
        unsupported=unsupported,
        escalated=escalated,
        failed=failed,
        slow=services.candidate.is_slow(now - inquiry.received_at),
        tenant=tenant,
    )
    services.metrics.candidate.answered(tenant, arm.candidate, arm.side, decision)
    services.background.start(_add(services, row))


async def _add(services: Services, row: ArmAnswer) -> None:
    try:
        await asyncio.to_thread(services.ledger.canaries.add, row)
    except Exception:
        log.exception("an answer could not be noted for the canary", candidate=row.name)


def has_unsupported(answer: AnswerGuard) -> bool:
    """Whether something in what the model said was contradicted or unsupported, delivered or not."""
    judged = (one.judgement for one in answer.judged)
    return any(one is not None and one.verdict.label in _BAD for one in judged)


def conversation_of(inquiry: Inquiry) -> str:
    """What names a conversation: without an id it is all of a customer's day."""
    customer = inquiry.customer
    return f"{customer.id}\x1f{customer.conversation_id or inquiry.received_at.date().isoformat()}"
