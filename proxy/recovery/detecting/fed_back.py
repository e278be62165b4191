"""What customers say of answers at ``POST /v1/feedback``: that one was wrong, or whether a matter is settled.

The contact's ``data`` has ``rating`` (``up`` or ``down``), ``told_otherwise``, ``settled`` (``asked``, ``yes`` or
``no``), and what it is about: ``response_id``, ``conversation_id``, ``failure``. How many of those who were asked
answered is counted in ledger/answers/lived.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from proxy.grounding.messages.reading import readable
from proxy.ledger.customers.contacts import ContactKind
from proxy.ledger.failures.records import CONFIRMED, FailureEvent, Source, Status, Step
from proxy.ledger.failures.signs import InHand
from proxy.ledger.records import Contact, DecisionRecord
from proxy.recovery.detecting.look import Found, Look, found
from proxy.recovery.detecting.meant import suspected

DOWN, YES, NO = "down", "yes", "no"
# "The agent told me otherwise", "your shop says something different".
_TOLD_OTHERWISE = re.compile(
    r"\b(?:told|tells?|said|says?|informed|wrote|explained|confirmed)\b.{0,40}?"
    r"\b(?:otherwise|(?:something|somewhat|completely|totally) (?:else|different)|differently|the opposite|"
    r"the contrary|not true|different(?: story| thing)?)\b",
    re.IGNORECASE | re.DOTALL,
)


def says_told_otherwise(text: str) -> bool:
    """Whether a customer says that a person told them something else."""
    return bool(_TOLD_OTHERWISE.search(readable(text)))


def not_content(look: Look) -> Iterator[Found]:
    """Thumbs down, or another word from a person: the answer may have been wrong, and a person looks."""
    for one in look.signs.contacts(look.tenant, [ContactKind.FEEDBACK], look.since):
        why = _why(one)
        answer = _answer(look, one) if why else None
        if answer is not None:
            yield found(
                suspected(answer),
                FailureEvent(
                    key=f"contact:{one.key}",
                    step=Step.PROPOSED,
                    at=one.at,
                    actor=one.actor,
                    source=Source.CUSTOMER,
                    data={"why": why, "contact": one.key},
                    note=one.text,
                ),
            )


def settled(look: Look) -> Iterator[Found]:
    """What a customer says when asked whether it is settled ends a corrected failure, or takes it up again.

    What they said before the correction says nothing of it.
    """
    for one in look.signs.contacts(look.tenant, [ContactKind.FEEDBACK], look.since):
        said = one.data.get("settled")
        for failure in _failures(look, one) if said in (YES, NO) else ():
            if failure.corrected_at is None or one.at <= failure.corrected_at:
                continue
            key = f"contact:{one.key}"
            if said == YES and failure.status == Status.CORRECTED:
                how = {"how": CONFIRMED, "contact": one.key}
                yield Found(
                    failure.failure_id, (FailureEvent(key, Step.RESTORED, one.at, one.actor, data=how),)
                )
            elif said == NO and failure.status in (Status.CORRECTED, Status.RESTORED):
                how = {"contact": one.key}
                yield Found(
                    failure.failure_id,
                    (FailureEvent(key, Step.REOPENED, one.at, one.actor, data=how, note=one.text),),
                )


def is_not_content(one: Contact) -> bool:
    """Whether feedback says that all is not well."""
    return _why(one) is not None or one.data.get("settled") == NO


def _why(one: Contact) -> str | None:
    if one.data.get("told_otherwise") or (one.text and says_told_otherwise(one.text)):
        return "told_otherwise"
    return "thumbs_down" if one.data.get("rating") == DOWN else None


def _answer(look: Look, one: Contact) -> DecisionRecord | None:
    return look.signs.answers(look.tenant, [one.data.get("response_id") or ""]).get(
        one.data.get("response_id") or ""
    )


def _failures(look: Look, one: Contact) -> list[InHand]:
    """The failures that feedback is about; of an answer all that reached its customer with it."""
    named, response_id = one.data.get("failure"), one.data.get("response_id")
    if named:
        return look.signs.named(look.tenant, named)
    return look.signs.of_answer(look.tenant, response_id) if response_id else []
