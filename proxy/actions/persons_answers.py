"""What people answered comes back into the conversation: told first, word for word, at the customer's next turn.

It does not matter how much later that is, nor on which channel. What the customer then says confirms the answer, takes
the case up again, or neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import structlog

from proxy.actions.gate import Gate
from proxy.actions.inquiry import Inquiry
from proxy.grounding.messages.thanks import gives_thanks
from proxy.grounding.messages.topics import asks_about_case, same_topic
from proxy.grounding.policy.features import Embed
from proxy.ledger.customers.standing import RECENT
from proxy.ledger.desk.desk import StepRefused
from proxy.ledger.desk.lifecycle import Step
from proxy.ledger.desk.records import Outcome, Taken
from proxy.ledger.desk.steps import CUSTOMER, CXAI
from proxy.ledger.ledger import Ledger

log = structlog.get_logger(__name__)

LONGEST_QUESTION = 200  # characters that are quoted of what was asked
INTERRUPTED = "interrupted"  # the client left before the answer's end
FACT = "answered_case_ref"


def with_outcomes(inquiry: Inquiry, asked: Sequence[str], ledger: Ledger, embed: Embed) -> Inquiry:
    """The inquiry with what is to be told first. Of customers whom nobody answered of late nothing is read.

    ``asked`` is what the customer has written now. Where it is about what people answered, no model is asked.
    """
    fact = inquiry.context.facts.get(FACT)
    if inquiry.dry_run:  # a text that is only judged: the customer says nothing now, and hears nothing
        return inquiry
    if fact is None or not fact.is_fresh or not fact.value or inquiry.customer.id is None:
        return inquiry
    try:
        outcomes = ledger.desk.outcomes(inquiry.tenant, inquiry.customer.id, inquiry.received_at - RECENT)
        for one in outcomes:
            if one.delivered:
                _take_up(one, inquiry, asked, ledger)
    except Exception:
        log.exception("what people answered could not be read", response_id=inquiry.response_id)
        return inquiry
    untold = tuple(one for one in outcomes if not one.delivered and one.text)
    # Within JSON that a program asked for nothing of ours can be said.
    if not untold or inquiry.json_output is not None:
        return inquiry
    about = any(_is_about(one, asked, embed) for one in untold)
    return replace(inquiry, told_first=untold, only_told=about and not inquiry.signs.is_complaint)


def told_by(inquiry: Inquiry, gates: Iterable[Gate], unverified_reason: str | None) -> tuple[Outcome, ...]:
    """What of it an answer told; nothing, where the client did not stay to read it."""
    begun = any(gate.has_begun and gate.delivered for gate in gates)
    return inquiry.told_first if begun and unverified_reason != INTERRUPTED else ()


def delivered(outcomes: Sequence[Outcome], inquiry: Inquiry, ledger: Ledger) -> None:
    """Note that the customer was told, by this turn's answer. Another turn may have told it at the same time."""
    for one in outcomes:
        note = f"told on the channel {inquiry.customer.channel}"
        try:
            ledger.desk.take(
                Taken(one.ref, Step.DELIVER, CXAI, inquiry.tenant, note, response_id=inquiry.response_id)
            )
        except StepRefused as refused:
            log.info("a person's answer was told twice", ref=one.ref, status=refused.status)


def introduced(one: Outcome) -> str:
    """The line before a person's answer."""
    who = one.author_name or "A colleague"
    about = f"your question {one.ref}"
    question = " ".join((one.question or "").split())
    quoted = f" (“{question}”)" if question and len(question) <= LONGEST_QUESTION else ""
    return f"{who} has answered {about}{quoted}:"


def _is_about(one: Outcome, asked: Sequence[str], embed: Embed) -> bool:
    texts = [text for text in (one.question, one.blocked_text) if text]
    return any(asks_about_case(text) or same_topic(text, texts, embed) for text in asked)


def _take_up(one: Outcome, inquiry: Inquiry, asked: Sequence[str], ledger: Ledger) -> None:
    """The customer's next word after an answer: thanks confirm it, a complaint takes the case up again."""
    if inquiry.signs.is_complaint or inquiry.signs.wants_person:
        step, note = Step.REOPEN, "the customer was not content with the answer"
    elif asked and all(map(gives_thanks, asked)):
        step, note = Step.CONFIRM, "the customer gave thanks for the answer"
    else:
        return
    within = inquiry.queues.named(one.queue).answer_within
    due_at = None if within is None or step is not Step.REOPEN else inquiry.received_at + within
    try:
        ledger.desk.take(Taken(one.ref, step, CUSTOMER, inquiry.tenant, note, due_at=due_at))
    except StepRefused as refused:
        log.info("an answer was taken up at the same time", ref=one.ref, status=refused.status)
