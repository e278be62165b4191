"""Customers who come back: with a complaint, a refund, a call, a letter or another question on the same topic.

That an answer has failed is only suggested by it: a person has to say so before it counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from proxy.grounding.messages.thanks import gives_thanks
from proxy.ledger.contacts import ContactKind
from proxy.ledger.failures.records import FailureEvent, Source, Step
from proxy.ledger.failures.signs import Asked
from proxy.ledger.records import Contact, JsonObject
from proxy.ledger.references import PROMISE
from proxy.recovery.detecting.look import Found, Look, found
from proxy.recovery.detecting.meant import answer_meant, is_about, suspected, was_given

WITHOUT_WORDS = (ContactKind.COMPLAINT, ContactKind.REFUNDED)  # they tell something even so
WITH_WORDS = (ContactKind.CALLED, ContactKind.WRITTEN, ContactKind.VISITED, ContactKind.REOPENED)
ANOTHER_VISIT = timedelta(hours=1)  # where no conversation is named: what is asked sooner belongs together


def came_back(look: Look) -> Iterator[Found]:
    for one in look.signs.contacts(look.tenant, [*WITHOUT_WORDS, *WITH_WORDS], look.since):
        about_promise = (one.ref or "").startswith(PROMISE)
        if about_promise or (one.kind in WITH_WORDS and not one.text):
            continue
        answer = answer_meant(look, one.customer_id, one.text, one.at)
        if answer is not None:
            yield found(
                suspected(answer),
                FailureEvent(
                    key=f"contact:{one.key}",
                    step=Step.PROPOSED,
                    at=one.at,
                    actor=one.actor,
                    source=Source.CUSTOMER,
                    data={"why": one.kind, "contact": one.key, **_money(one)},
                    note=one.text,
                ),
            )


def asked_again(look: Look) -> Iterator[Found]:
    """A question of another conversation on what was answered a few days before."""
    for one in look.signs.asked(look.tenant, look.since):
        if not one.question or gives_thanks(one.question):
            continue
        since = one.created_at - look.plan.repeat_within
        for before in look.signs.answers_to(look.tenant, one.customer_id, since, one.created_at):
            apart = _is_another_visit(one, before.conversation_id, one.created_at - before.created_at)
            asked = [before.question] if before.question else []
            if apart and was_given(before) and is_about(one.question, asked, look):
                yield found(
                    suspected(before),
                    FailureEvent(
                        key=f"asked again:{one.response_id}",
                        step=Step.PROPOSED,
                        at=one.created_at,
                        actor=Source.CUSTOMER,
                        source=Source.CUSTOMER,
                        data={"why": "asked_again", "response_id": one.response_id},
                        note=one.question,
                    ),
                )
                break


def _is_another_visit(one: Asked, conversation_id: str | None, later: timedelta) -> bool:
    if one.conversation_id is None or conversation_id is None:
        return later >= ANOTHER_VISIT
    return one.conversation_id != conversation_id


def _money(one: Contact) -> JsonObject:
    amount, currency = one.data.get("amount"), one.data.get("currency")
    try:
        known = {"amount": abs(float(str(amount)))}
    except ValueError:
        return {}
    return {**known, **({"currency": currency} if isinstance(currency, str) else {})}
