"""Before the model is asked: what is known of the customer, what their message asks for, and which rules fire on that.

    context and signs, at once -> the topic of an open case -> rules

Nothing here raises, and nothing that could not be found out counts as harmless.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog

from proxy.actions.corrections import with_corrections
from proxy.actions.inquiry import Inquiry
from proxy.actions.persons_answers import with_outcomes
from proxy.actions.rule_facts import context_values, request_facts
from proxy.actions.telling import tell
from proxy.context.conversation import said_in
from proxy.context.gathering import CustomerContext
from proxy.context.snapshot import FactState, Reading
from proxy.grounding.messages.signs import MessageSigns, signs_of
from proxy.grounding.messages.topics import asks_about_case, same_topic
from proxy.grounding.policy.features import Embed
from proxy.grounding.text.language import is_measured
from proxy.ledger.customers.promises import Happened
from proxy.ledger.ledger import Ledger
from proxy.rules.context_options import LEDGER, ContextOptions
from proxy.telemetry.metrics import Metrics
from proxy.telemetry.tracing import RequestTrace

log = structlog.get_logger(__name__)

# What is taken for true of a message that could not be read: it may be about anything of the customer's.
COULD_BE_ANYTHING = MessageSigns(about_account=True)
MOST_CASES = 10  # of one customer's that are open; with more, any message may be about one of them
MOST_READ = 30  # of the messages since the last answer, the last ones; each takes milliseconds to read


@dataclass(frozen=True, slots=True)
class Ahead:
    """What a tenant's requests are looked at with before the model is asked."""

    reader: CustomerContext
    embed: Embed
    ledger: Ledger
    metrics: Metrics

    async def looked_at(
        self,
        inquiry: Inquiry,
        options: ContextOptions,
        headers: Mapping[str, str],
        trace: RequestTrace,
    ) -> Inquiry:
        """The inquiry with its customer's context, its message's signs, and the rules that fire ahead of the model.

        ``headers`` are the request's, in lower case.
        """
        started = time.perf_counter()
        context, signs = await asyncio.gather(
            self.reader.snapshot(
                options, inquiry.customer.id, now=inquiry.received_at, headers=headers, trace=trace
            ),
            asyncio.to_thread(lambda: self._signs(asked_now(inquiry))),
        )
        known = replace(inquiry, context=context, signs=signs)
        ruled = await asyncio.to_thread(self._ruled, known, trace)
        spent_s = time.perf_counter() - started
        self.metrics.stage("ahead", spent_s)
        return replace(ruled, ahead_ms=spent_s * 1000)

    async def note_returned(self, inquiry: Inquiry, since: datetime) -> None:
        """Note what automation has answered since people had the matter: a failure of ours, which recovery counts."""
        try:
            noted = await asyncio.to_thread(
                self.ledger.customers.note_returned, inquiry.tenant, inquiry.customer.id or "", since
            )
        except Exception:
            log.exception("what automation answered could not be noted", response_id=inquiry.response_id)
            return
        if noted:
            log.warning("returned to automation", answers=noted, response_id=inquiry.response_id)

    async def note_promises(self, inquiry: Inquiry, happened: Sequence[Happened]) -> None:
        """Note which promises to this customer were kept or broken by what has happened."""
        try:
            await asyncio.to_thread(
                self.ledger.customers.note_promises, inquiry.tenant, inquiry.customer.id or "", happened
            )
        except Exception:
            log.exception("kept promises could not be noted", response_id=inquiry.response_id)

    def _ruled(self, known: Inquiry, trace: RequestTrace) -> Inquiry:
        """In a thread: the open case is read from the ledger, and there may be many rules."""
        known = with_outcomes(known, asked_now(known), self.ledger, self.embed)
        known = with_corrections(known, self.ledger)
        known = replace(known, about_open_case=self._is_about_open_case(known))
        context = context_values(known.context)
        fired = known.rules.ahead(request_facts(known), context, known.received_at)
        for one in fired:
            tell(one, known, trace, self.metrics)
        return replace(known, ahead=tuple(fired))

    def _signs(self, texts: Sequence[str]) -> MessageSigns:
        """The signs of all that is asked, together; of more than MOST_READ messages, the others could be anything."""
        found = [self._signs_of(text) for text in texts[-MOST_READ:]]
        if len(texts) > MOST_READ:
            found.append(COULD_BE_ANYTHING)
        return MessageSigns(
            wants_person=any(one.wants_person for one in found),
            is_complaint=any(one.is_complaint for one in found),
            about_account=any(one.about_account for one in found),
        )

    def _signs_of(self, text: str) -> MessageSigns:
        """In a language that the signs were not measured on, any message could be about the account."""
        try:
            signs = signs_of(text, self.embed)
        except Exception:
            log.exception("a message could not be read for its signs")
            return COULD_BE_ANYTHING
        return signs if is_measured(text) else replace(signs, about_account=True)

    def _is_about_open_case(self, inquiry: Inquiry) -> bool:
        """Whether the message is about a case that is open, or may be for all that is known.

        Where our ledger has no text of it, it is where the message says so.
        """
        if not _may_have_case(inquiry):
            return False
        asked = asked_now(inquiry)
        if len(asked) > MOST_READ:
            return True
        try:
            if any(map(asks_about_case, asked)):
                return True
            cases = self.ledger.open_cases(inquiry.tenant, inquiry.customer.id or "", limit=MOST_CASES + 1)
            if len(cases) > MOST_CASES:
                return True
            texts = [text for case in cases for text in (case.question, case.blocked_text) if text]
            return any(same_topic(one, texts, self.embed) for one in asked)
        except Exception:
            log.exception("an open case could not be read", response_id=inquiry.response_id)
            return True


def _may_have_case(inquiry: Inquiry) -> bool:
    """Whether this customer has an open case, or nobody could see that there is none."""
    fact = inquiry.context.facts.get("open_case")
    known_not_to = fact is not None and fact.is_fresh and fact.value is False
    return inquiry.customer.id is not None and not known_not_to


def held_by(inquiry: Inquiry) -> datetime | None:
    """By when, at the latest, people had the matter, as other sources than our ledger say; else None.

    Since when, where a source says that (``open_case_since``). Otherwise the time as of which it says that there is a
    case: people had it by then, and nobody said for how long. What our ledger knows it notes by itself.
    """
    told = [one.true_at for one in _fresh(inquiry, "open_case") if one.value is True]
    since = [one.value for one in _fresh(inquiry, "open_case_since")] if told else []
    return min((at for at in (*told, *since) if isinstance(at, datetime)), default=None)


def happened(inquiry: Inquiry, options: ContextOptions) -> list[Happened]:
    """What fresh facts say has happened of what is promised to customers."""
    told = ((fact, inquiry.context.facts.get(fact.name)) for fact in options.facts if fact.keeps_promise)
    return [
        Happened(fact.name, fact.keeps_promise or "", found.value)
        for fact, found in told
        if found is not None and found.is_fresh and isinstance(found.value, datetime)
    ]


def _fresh(inquiry: Inquiry, name: str) -> Iterator[Reading]:
    fact = inquiry.context.facts.get(name)
    for reading in fact.readings if fact else ():
        if reading.state is FactState.FRESH and reading.source != LEDGER:
            yield reading


def asked_now(inquiry: Inquiry) -> tuple[str, ...]:
    """What the customer has written and nobody answered yet: each question, where several are asked at once.

    What stands behind their last message is the beginning of this answer and not one before it.
    """
    if inquiry.questions:
        return inquiry.questions
    messages = inquiry.messages
    last = max((at for at, message in enumerate(messages) if message.get("role") == "user"), default=0)
    answers = [at for at, message in enumerate(messages[:last]) if _is_answer(message)]
    return tuple(text for text in said_in(messages[answers[-1] + 1 if answers else 0 :]) if text)


def _is_answer(message: Mapping[str, Any]) -> bool:
    """A call of a tool is no answer: what follows it is still about the same. Nor is a message that says nothing."""
    says = message.get("content") or message.get("refusal")
    calls = message.get("tool_calls") or message.get("function_call")
    return message.get("role") == "assistant" and bool(says) and not calls
