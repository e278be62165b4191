"""How failures end: a person's answer reaches the customer, the customer is content, or does not come back.

That the customer confirmed it and that they made no repeat contact are two things, and never mixed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from proxy.grounding.messages.topics import same_topic
from proxy.ledger.customers.contacts import ContactKind
from proxy.ledger.desk.lifecycle import Status
from proxy.ledger.desk.records import CaseEvent
from proxy.ledger.desk.told import told_id
from proxy.ledger.failures.records import CONFIRMED, NO_REPEAT_CONTACT, Failure, FailureEvent, Kind, Step
from proxy.ledger.failures.signs import InHand
from proxy.ledger.records import Contact
from proxy.recovery.detecting.contacted import WITH_WORDS
from proxy.recovery.detecting.fed_back import is_not_content
from proxy.recovery.detecting.look import CXAI, Found, Look
from proxy.recovery.detecting.meant import texts_of

_CAME_BACK = (*WITH_WORDS, ContactKind.COMPLAINT, ContactKind.ESCALATED)
_TAKEN_CARE_OF = (
    Kind.LATE_HANDOVER,
    Kind.RETURNED_TO_AUTOMATION,
)  # what people's closing the matter puts right


def case_answered(look: Look) -> Iterator[Found]:
    """A person's answer that was told corrects the failure of its case; that it was confirmed restores it.

    Where the customer was not content and the case was taken up again, so is the failure.
    """
    for one in look.signs.with_answered_case(look.tenant):
        told = look.ledger.desk.events(one.failure.case_ref or "")
        its_own = _its_delivery(look, one.failure)
        since = [event for event in told if _is_since(event, one) and not _is_delivery(event, its_own)]
        if events := tuple(_steps(since, one)):
            yield Found(one.failure_id, events)


def _steps(told: Sequence[CaseEvent], one: InHand) -> Iterator[FailureEvent]:
    """In the order in which they happened."""
    corrected_at = one.corrected_at
    for event in told:
        is_corrected = corrected_at is not None and corrected_at < event.at
        if _corrects(event.status, one.failure.kind):
            yield _event(Step.CORRECTED, event)
            corrected_at = event.at
        elif event.status == Status.CONFIRMED and is_corrected:
            yield _event(Step.RESTORED, event, how=CONFIRMED)
        elif event.status == Status.REOPENED and is_corrected:
            yield _event(Step.REOPENED, event, how="not_content")
            corrected_at = None


def _is_since(event: CaseEvent, one: InHand) -> bool:
    return event.at > one.failure.occurred_at


def _its_delivery(look: Look, failure: Failure) -> set[datetime]:
    """When the customer was told what a person had got wrong: by that nothing was put right."""
    if failure.kind != Kind.WRONG_HUMAN_ANSWER or failure.response_id is None:
        return set()
    return {
        one.delivered_at
        for one in look.ledger.desk.answers(failure.case_ref or "")
        if one.delivered_at and failure.response_id in (told_id(one.ref, one.id), one.response_id)
    }


def _is_delivery(event: CaseEvent, at: Collection[datetime]) -> bool:
    return event.status == Status.DELIVERED and event.at in at


def _corrects(status: str, kind: str) -> bool:
    return status == Status.DELIVERED or (status == Status.CLOSED and kind in _TAKEN_CARE_OF)


def _event(step: Step, told: CaseEvent, how: str = "answered_by_person") -> FailureEvent:
    return FailureEvent(
        key=f"case:{told.ref}:{told.status}:{told.at.isoformat()}",
        step=step,
        at=told.at,
        actor=told.actor,
        data={"how": how, "case_ref": told.ref},
    )


def stayed_away(look: Look) -> Iterator[Found]:
    """A corrected failure whose customer has made no contact on its topic for the stated days is restored by proxy.

    Where they have, the days begin anew with their last one. Of customers who are not known nothing can be said.
    """
    for one in look.signs.corrected(look.tenant, look.now - look.plan.quiet):
        since = _last_word(look, one)
        if since is not None and since + look.plan.quiet <= look.now:
            event = FailureEvent(
                key=f"{NO_REPEAT_CONTACT}:{since.isoformat()}",
                step=Step.RESTORED,
                at=since + look.plan.quiet,
                actor=CXAI,
                data={"how": NO_REPEAT_CONTACT, "days": look.plan.quiet_days, "since": since.isoformat()},
            )
            yield Found(one.failure_id, (event,))


def had_come_back(look: Look) -> Iterator[Found]:
    """A contact that is told late shows that a customer had come back after all: then that was no restoration."""
    told = look.signs.contacts(look.tenant, [*_CAME_BACK, ContactKind.FEEDBACK], look.since)
    for contact in filter(_breaks_silence, told):
        for one in look.signs.restored_by_proxy(look.tenant, contact.customer_id):
            file = look.ledger.failures.file(one.failure_id, tenant=look.tenant)
            by_proxy = (
                [event for event in file.events if event.data.get("how") == NO_REPEAT_CONTACT] if file else []
            )
            corrected_at = one.corrected_at
            if not by_proxy or corrected_at is None or not corrected_at < contact.at <= by_proxy[-1].at:
                continue
            if _may_mean(contact, one, _texts(look, one), look):
                event = FailureEvent(
                    key=f"came back:{contact.key}",  # what the contact says itself may be a step of its own
                    step=Step.RETRACTED,
                    at=look.now,
                    actor=CXAI,
                    data={"event": by_proxy[-1].key, "contact": contact.key},
                    note="the customer had come back, as was told later",
                )
                yield Found(one.failure_id, (event,))


def _last_word(look: Look, one: InHand) -> datetime | None:
    """When the customer was last in touch about it: since the correction, or with the correction itself."""
    customer_id, corrected_at = one.failure.customer_id, one.corrected_at
    if customer_id is None or corrected_at is None:
        return None
    texts = _texts(look, one)
    came_back = [
        contact.at
        for contact in look.signs.contacts_of(look.tenant, customer_id, corrected_at)
        if _breaks_silence(contact) and _may_mean(contact, one, texts, look)
    ]
    asked = [
        record.created_at
        for record in look.signs.answers_to(look.tenant, customer_id, corrected_at, look.now)
        if record.question and _may_be_about(record.question, texts, look)
    ]
    return max([corrected_at, *came_back, *asked])


def _breaks_silence(contact: Contact) -> bool:
    """Whether a customer came back with it, or says by it that not all is well."""
    return contact.kind in _CAME_BACK or (contact.kind == ContactKind.FEEDBACK and is_not_content(contact))


def _may_mean(contact: Contact, one: InHand, texts: Sequence[str], look: Look) -> bool:
    """Feedback means the failure or answer that it names; else its words count, and what that answer was about."""
    if contact.kind != ContactKind.FEEDBACK:
        return _may_be_about(contact.text, texts, look)
    response_id = contact.data.get("response_id")
    if contact.data.get("failure") == one.failure_id or response_id == one.failure.response_id:
        return True
    named = look.signs.answers(look.tenant, [response_id] if response_id else [])
    words = [text for record in named.values() for text in texts_of(record)]
    words += [contact.text] if contact.text else []
    return not words or any(_may_be_about(text, texts, look) for text in words)


def _texts(look: Look, one: InHand) -> list[str]:
    """What was asked and told when it went wrong."""
    answers = look.signs.answers(look.tenant, [one.failure.response_id] if one.failure.response_id else [])
    texts = [text for record in answers.values() for text in texts_of(record)]
    return [*texts, one.failure.text] if one.failure.text else texts


def _may_be_about(text: str | None, texts: Sequence[str], look: Look) -> bool:
    """Where nobody knows what a contact was about, it may well be this."""
    return not text or not texts or same_topic(text, texts, look.embed)
