"""What people answered to cases is drawn for blind review, too: never for who wrote it or worked on the case."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.detecting import looked, the_file
from support.people import add_person
from support.peoples_answers import CASE_REF, TEXT, WROTE, a_persons_answer
from support.reviewing import NOON, answered, reviewed, reviewing

from proxy.access.people.roles import Role
from proxy.ledger.desk.lifecycle import Step
from proxy.ledger.desk.records import Taken
from proxy.ledger.ledger import Ledger
from proxy.ledger.reviews.records import SAMPLED, ReviewItem
from proxy.review.error_rate import error_rate
from proxy.review.labels import labels
from proxy.review.plan import ReviewPlan
from proxy.review.sampling import draw_due
from proxy.review.seeding import settled_items

PEOPLE_ALONE = ReviewPlan(
    sample_share=0, sample_high_risk_share=0, sample_people_share=1, second_share=0, seeded_share=0
)
AFTER = NOON + timedelta(hours=1, minutes=15)


def risk(document: str) -> str:
    return "medium"


def drawn(ledger: Ledger, plan: ReviewPlan = PEOPLE_ALONE) -> list[ReviewItem]:
    draw_due(ledger, "default", AFTER, plan, risk)
    return ledger.reviews.items("default", kinds=[SAMPLED])


def test_they_are_drawn_by_a_share_of_their_own(ledger: Ledger) -> None:
    names = {a_persons_answer(ledger, f"CX-{number:04}-AAAA") for number in range(200)}
    answered(ledger, "the chatbot's")
    (made,) = draw_due(
        ledger, "default", AFTER, PEOPLE_ALONE.model_copy(update={"sample_people_share": 0.3}), risk
    )
    assert (made.population, made.drawn) == (1, 0)
    assert made.by_people("population") == 200 and 35 < made.by_people("drawn") < 85
    assert made.shares["people"]["share"] == 0.3
    items = ledger.reviews.items("default", kinds=[SAMPLED], limit=300)
    assert len(items) == made.by_people("drawn") and {one.response_id for one in items} < names
    assert {(one.author, one.inclusion) for one in items} == {("ana", 0.3)}


def test_an_hour_in_which_people_alone_answered_is_drawn_from_once(ledger: Ledger) -> None:
    name = a_persons_answer(ledger)
    assert [one.response_id for one in drawn(ledger)] == [name]
    assert draw_due(ledger, "default", AFTER, PEOPLE_ALONE, risk) == []


def test_who_wrote_it_or_worked_on_its_case_is_not_asked(ledger: Ledger) -> None:
    a_persons_answer(ledger)
    later = NOON + timedelta(minutes=5)
    ledger.desk.take(Taken(CASE_REF, Step.REOPEN, "ben"), later)
    drawn(ledger)
    by = reviewing(ledger)
    assert by.next_review("ana", AFTER) is None and by.next_review("ben", AFTER) is None
    given = by.next_review("cleo", AFTER)
    assert given is not None and given.case_ref is None
    assert (given.question, given.answer) == ("And my bag?", TEXT)
    assert [(one.text, one.machine) for one in given.claims] == [(one["text"], None) for one in WROTE]
    assert "ana" not in repr(given)


def test_who_acts_by_an_api_key_is_known_by_the_address(ledger: Ledger) -> None:
    person = add_person(ledger, Role.REVIEWER, email="maria@example.com")
    a_persons_answer(ledger, by="Maria@example.com")
    drawn(ledger)
    assert reviewing(ledger).next_review(person.id, AFTER) is None
    assert reviewing(ledger).next_review("cleo", AFTER) is not None


def test_what_is_wrong_in_it_is_a_persons_failure(ledger: Ledger) -> None:
    name = a_persons_answer(ledger)
    drawn(ledger)
    reviewed(reviewing(ledger), "cleo", AFTER, {0: "contradicted"})
    assert looked(ledger) == {"reviews": 1}
    found = the_file(ledger, "wrong_human_answer").failure
    assert (found.text, found.author, found.customer_id) == (WROTE[0]["text"], "human", "c-1")
    assert (found.case_ref, found.response_id) == (CASE_REF, name)


def test_its_failure_is_that_of_the_chat_answer_that_told_it(ledger: Ledger) -> None:
    a_persons_answer(ledger)
    told_at = NOON + timedelta(minutes=40)
    ledger.desk.take(Taken(CASE_REF, Step.DELIVER, "cxai", response_id="r-told"), told_at)
    drawn(ledger)
    reviewed(reviewing(ledger), "cleo", AFTER, {0: "contradicted"})
    looked(ledger)
    found = the_file(ledger, "wrong_human_answer").failure
    assert (found.response_id, found.occurred_at) == ("r-told", told_at)


def test_it_counts_for_nothing_that_is_said_of_the_chatbot(ledger: Ledger) -> None:
    a_persons_answer(ledger)
    a_persons_answer(ledger, "CX-3333-3333")
    answered(ledger, "the chatbot's")
    everything = PEOPLE_ALONE.model_copy(update={"sample_share": 1, "second_share": 1})
    drawn(ledger, everything)
    for who in ("cleo", "dora"):
        for minute in range(3):
            reviewed(reviewing(ledger), who, AFTER + timedelta(minutes=minute), {0: "contradicted"})
    found = error_rate(ledger.reviews.draws("default"), ledger.reviews.reviews("default"))
    assert found is not None and (found.population, found.reviewed, found.wrong) == (1, 1, 1)
    assert {row["group"] for row in labels(ledger).rows} == {"the chatbot's"}
    assert [one.response_id for one in settled_items(ledger, AFTER)] == ["the chatbot's"]


@pytest.mark.parametrize("level", ["masked", "none"])
def test_it_is_read_as_its_text_is_kept(ledger_url: str, level: str) -> None:
    with Ledger.open(ledger_url, store_text=level) as ledger:
        a_persons_answer(ledger)
        items = drawn(ledger)
        if level == "none":
            assert items == []  # there would be nothing to judge
            return
        for _ in range(2):  # while it waits for its customer, and once it was told
            given = reviewing(ledger).next_review("cleo", AFTER)
            assert given is not None
            assert "bo@example.com" not in repr(given) and given.claims[0].text == WROTE[0]["text"]
            assert given.claims[1].text in given.answer
            if ledger.desk.answers(CASE_REF)[0].delivered_at is None:
                ledger.desk.take(Taken(CASE_REF, Step.DELIVER, "cxai", response_id="r-told"), AFTER)


def test_of_an_erased_customer_none_is_left_to_review(ledger: Ledger) -> None:
    name = a_persons_answer(ledger)
    drawn(ledger)
    reviewing(ledger).read_by_choice(name, "dora", AFTER)
    assert ledger.customers.kept("default", "c-1")["reviews"] == 2
    ledger.customers.erase("default", "c-1")
    assert ledger.answer(name) is None
    assert ledger.reviews.items("default", kinds=[SAMPLED, "read"]) == []


def test_a_persons_answer_is_no_other_tenants(ledger: Ledger) -> None:
    a_persons_answer(ledger)
    assert draw_due(ledger, "other", AFTER, PEOPLE_ALONE, risk) == []
