"""A seeded review item of a failure: its answer is given to reviewers who do not know it, with what is known of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from proxy.console.case.forms import text_of
from proxy.console.lessons.asked import Asked
from proxy.console.problem import Problem
from proxy.console.reviewing import reviewing_of
from proxy.ledger.failures.lessons import SEEDED, holds
from proxy.ledger.failures.records import FailureEvent, Kind
from proxy.ledger.records import DecisionRecord
from proxy.ledger.reviews.records import SEEDED_BAD, SEEDED_GOOD, ReviewItem
from proxy.review.answers import answer_of_record

TRUTHS = ("contradicted", "unsupported", "supported")


@dataclass(frozen=True, slots=True)
class Choice:
    """A sentence of the answer that the item can be about; ``value`` is what the form sends."""

    value: str
    text: str


def choices(record: DecisionRecord | None) -> list[Choice]:
    """The sentences of an answer that people can judge; none where its text is not kept."""
    if record is None:
        return []
    return [Choice(str(one.number), one.text) for one in answer_of_record(record).claims]


def usual_truth(kind: str) -> str:
    return "supported" if kind == Kind.WRONG_BLOCK else "contradicted"


async def make(asked: Asked) -> FailureEvent:
    """Give the item to whoever does not know the answer. Raises Problem."""
    form, record = asked.form, asked.opened.around.record
    item = _item(
        asked.failure_id, record, text_of(form, "sentence", 20), text_of(form, "truth", 40), asked.now
    )

    def added() -> None:
        asked.services.ledger.reviews.add([item])
        reviewing = reviewing_of(asked.request, asked.person)  # who made it knows it
        reviewing.read_by_choice(item.response_id or "", asked.person.id, asked.now)

    await asyncio.to_thread(added)
    return holds(SEEDED, asked.now, asked.person.name, item=item.id)


def _item(
    failure_id: str, record: DecisionRecord | None, sentence: str, truth: str, now: datetime
) -> ReviewItem:
    """Raises Problem where the answer is not kept, or no sentence of it is chosen."""
    if record is None or not (offered := choices(record)):
        raise Problem("No item can be made of this", "The answer, or its text, is not kept (any more).", 409)
    _expect(sentence, [one.value for one in offered], "sentence of the answer")
    _expect(truth, TRUTHS, "verdict")
    return ReviewItem(
        id=f"ri-failure-{failure_id}",
        tenant=record.tenant,
        key=f"failure {failure_id}",
        kind=SEEDED_GOOD if truth == "supported" else SEEDED_BAD,
        created_at=now,
        answered_at=record.created_at,
        response_id=record.response_id,
        truth={sentence: truth},
        source="a failure that reached a customer",
    )


def _expect(value: str, offered: Sequence[str], what: str) -> None:
    if value not in offered:
        raise Problem("Nothing was changed", f"Choose a {what}.", 422)
