"""Made-up answers in the frames of recorded ones: a customer's own question, and nothing of it kept a second time."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from support.reviewing import NOON, PLAIN, POLICY, answered, claim

from proxy.ledger.ledger import Ledger
from proxy.ledger.records import DecisionRecord
from proxy.ledger.reviews.records import SEEDED_BAD, ReviewItem
from proxy.review.answers import answer_of
from proxy.review.choosing import share_of
from proxy.review.frames import frames_for
from proxy.review.sampling import LENDING_SHARE, draw_due
from proxy.review.seeding import SeedSentence, made_up_items

AFTER = NOON + timedelta(hours=1, minutes=15)


def lent(ledger: Ledger, *claims: str, **more: Any) -> DecisionRecord:
    """A delivered answer that is never drawn, and lends its question."""
    names = (f"r-{number}" for number in count())
    low, high = PLAIN.most_sampled, PLAIN.most_sampled + LENDING_SHARE
    name = next(one for one in names if low <= share_of(f"sample {one}") < high)
    told = [claim("Hello!", kind="not_checkable"), *map(claim, claims), claim("Bye!", kind="not_checkable")]
    return answered(ledger, name, NOON, claims=told, **more)


def framed(ledger: Ledger) -> list[ReviewItem]:
    one = SeedSentence(
        "Bags may weigh 32 kg.", "contradicted", "probe", "airline/bags", "Checked bags", POLICY
    )
    frames = frames_for(ledger, ["airline/bags"], NOON, PLAIN, tenant="default", most_places=3)
    return made_up_items([one], NOON, frames=frames)


def test_a_made_up_answer_stands_in_a_recorded_ones_place(ledger: Ledger) -> None:
    record = lent(ledger, "A bag may weigh 23 kg.")
    (item,) = framed(ledger)
    assert (item.kind, item.response_id, item.truth) == (
        SEEDED_BAD,
        record.response_id,
        {"1": "contradicted"},
    )
    assert "question" not in (item.content or {}) and item.risk == "medium"
    told = answer_of(ledger, item)
    assert told.question == record.question and told.text == "Hello! Bags may weigh 32 kg. Bye!"
    assert [one.number for one in told.claims] == [1] and told.corpus_version == "c-1"


@pytest.mark.parametrize(
    "claims, more",
    [
        (["One.", "Two."], {}),  # more than there are sentences to put in
        (["One."], {"question": None}),
        (["One."], {"decision": "rewrite"}),
        (["One."], {"answered_by": "ann"}),
    ],
)
def test_what_does_not_fit_lends_no_frame(
    sqlite_ledger: Ledger, claims: list[str], more: dict[str, Any]
) -> None:
    lent(sqlite_ledger, *claims, **more)
    (item,) = framed(sqlite_ledger)
    assert (
        item.response_id is None and item.content is not None and item.content["question"] == "Checked bags?"
    )


def test_a_lent_question_goes_when_its_customer_is_erased(ledger: Ledger) -> None:
    lent(ledger, "A bag may weigh 23 kg.", customer_id="c-1")
    items = framed(ledger)
    ledger.reviews.add(items)
    assert ledger.customers.kept("default", "c-1")["reviews"] == 1
    ledger.customers.erase("default", "c-1")
    assert ledger.reviews.item(items[0].id) is None


def test_what_lends_its_question_is_never_drawn(sqlite_ledger: Ledger) -> None:
    lent(sqlite_ledger, "A bag may weigh 23 kg.")
    drawn = draw_due(sqlite_ledger, "default", AFTER, PLAIN, lambda document: "high")
    assert [(one.population, one.drawn) for one in drawn] == [(1, 0)]
