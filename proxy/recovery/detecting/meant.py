"""Which answer a customer's later word is about: the newest on its topic, of those that were given shortly before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from proxy.grounding.messages.topics import asks_about_case, same_topic
from proxy.ledger.answers.observed import LETTING_PASS
from proxy.ledger.failures.records import AI, HUMAN, Failure, Kind
from proxy.ledger.failures.signs import Asked
from proxy.ledger.records import DecisionRecord
from proxy.recovery.detecting.look import Look, failure_of

_GIVEN = ("deliver", "rewrite")


def answer_meant(look: Look, customer_id: str, text: str | None, at: datetime) -> DecisionRecord | None:
    """Without a text, the newest of all that the customer was answered."""
    given = look.signs.answers_to(look.tenant, customer_id, at - look.plan.repeat_within, at)
    answers = [one for one in given if was_given(one)]
    if not text:
        return next(iter(answers), None)
    return next((one for one in answers if is_about(text, texts_of(one), look)), None)


def is_about(text: str, texts: Sequence[str], look: Look) -> bool:
    """Whether a customer's word is about these texts; one that only asks how things stand may be about anything."""
    return not asks_about_case(text) and same_topic(text, texts, look.embed)


def was_given(record: DecisionRecord | Asked) -> bool:
    """Whether the customer got an answer, and not only a word that people take over."""
    return record.decision in _GIVEN or record.mode in LETTING_PASS


def texts_of(record: DecisionRecord) -> list[str]:
    told = (choice.get("delivered_text") for choice in record.choices)
    return [text for text in (record.question, *told) if text]


def suspected(record: DecisionRecord) -> Failure:
    """The failure that there is if the answer was wrong: of the person's whose answer it brought, or the model's."""
    is_persons = record.answered_by is not None and not record.claims
    kind = Kind.WRONG_HUMAN_ANSWER if is_persons else Kind.WRONG_CLAIM
    return failure_of(record, kind, author=HUMAN if is_persons else AI)
