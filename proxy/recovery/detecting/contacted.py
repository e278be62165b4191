"""Customers who come back: with a complaint, a refund, a call, a letter or another question on the same topic.

That an answer has failed is only suggested by it: a person has to say so before it counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta

from proxy.grounding.messages.thanks import gives_thanks
from proxy.ledger.customers.contacts import ContactKind
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
    repeated = dict(_repeated(look))
    answers = look.signs.answers(look.tenant, repeated)
    for response_id, one in repeated.items():
        if response_id in answers:
            yield found(
                suspected(answers[response_id]),
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


def _repeated(look: Look) -> Iterator[tuple[str, Asked]]:
    """Answers with the first later question that repeats theirs."""
    new = [one for one in look.signs.asked(look.tenant, look.questions_since) if one.question]
    earliest = min((one.created_at for one in new), default=look.now) - look.plan.repeat_within
    by_customer: dict[str, list[Asked]] = defaultdict(list)
    for one in look.signs.asked_by(look.tenant, {one.customer_id for one in new}, earliest):
        by_customer[one.customer_id].append(one)
    for one in reversed(new):  # of several that repeat the same answer the first one stays
        before = (other for other in by_customer[one.customer_id] if _may_be_repeated(other, one, look))
        asked_before = next(
            (other for other in before if is_about(one.question or "", [other.question or ""], look)), None
        )
        if asked_before is not None and not gives_thanks(one.question or ""):
            yield asked_before.response_id, one


def _may_be_repeated(before: Asked, one: Asked, look: Look) -> bool:
    """Whether an answer was given a few days before, in another conversation."""
    later = one.created_at - before.created_at
    if not timedelta(0) < later <= look.plan.repeat_within or not before.question or not was_given(before):
        return False
    if one.conversation_id is None or before.conversation_id is None:
        return later >= ANOTHER_VISIT
    return one.conversation_id != before.conversation_id


def _money(one: Contact) -> JsonObject:
    amount, currency = one.data.get("amount"), one.data.get("currency")
    try:
        known = {"amount": abs(float(str(amount)))}
    except ValueError:
        return {}
    return {**known, **({"currency": currency} if isinstance(currency, str) else {})}
