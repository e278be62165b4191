"""A review: judged blind first, with the evidence on screen, and all that was said stays."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from support.reviewing import CLAIMS, NOON, SEEN, answered, escalated, judged, reviewed, reviewing, sampled

from proxy.ledger.ledger import Ledger
from proxy.ledger.reviews.queries import HELD_FOR, OFFERED_FOR
from proxy.ledger.reviews.records import SAMPLED, ReviewItem
from proxy.review.dwell import Watched
from proxy.review.errors import ReviewError, Why

LATER = NOON + timedelta(minutes=1)


def test_the_machines_verdict_is_hidden_until_all_that_is_required_is_judged(ledger: Ledger) -> None:
    sampled(ledger, "a")
    desk = reviewing(ledger)
    given = desk.next_review("ann", NOON)
    assert given is not None and given.left == (0, 2, 3) and given.answer.startswith("Your bag")
    assert [one.text for one in given.claims] == [CLAIMS[0]["text"], CLAIMS[2]["text"], CLAIMS[3]["text"]]
    for number in (0, 2):
        given = desk.judge(given.id, "ann", number, "supported", SEEN, LATER)
        assert not given.revealed and {one.machine for one in given.claims} == {None}
    given = desk.judge(given.id, "ann", 3, "unsupported", SEEN, LATER)
    assert given.revealed and [one.machine.verdict for one in given.claims if one.machine] == [
        "supported",
        "contradicted",
        "supported",
    ]
    assert [one.agrees for one in given.claims] == [True, False, False]


def test_of_a_case_the_flagged_claims_and_one_other_are_required(ledger: Ledger) -> None:
    ref = escalated(ledger)
    given = reviewing(ledger).take_case(ref, "ann", NOON)
    required = [one.number for one in given.claims if one.required]
    assert len(required) == 2 and 2 in required and given.case_ref == ref
    # What the model wrote is judged, not what stands in its place.
    assert given.claims[1].text == "A second bag is free."
    assert reviewing(ledger, seed=2).take_case(ref, "ann", LATER).id == given.id


def test_a_verdict_stays_and_a_reconsidered_one_stands_beside_it(ledger: Ledger) -> None:
    sampled(ledger, "a")
    desk = reviewing(ledger)
    given = desk.next_review("ann", NOON)
    assert given is not None
    with pytest.raises(ReviewError) as early:
        desk.reconsider(given.id, "ann", 0, "contradicted", SEEN, LATER)
    assert early.value.why is Why.TOO_EARLY
    given = judged(desk, given)
    with pytest.raises(ReviewError) as twice:
        desk.judge(given.id, "ann", 0, "contradicted", SEEN, LATER)
    assert twice.value.why is Why.JUDGED
    assert desk.judge(given.id, "ann", 0, "supported", SEEN, LATER) == given  # a request sent twice is one
    given = desk.reconsider(given.id, "ann", 0, "contradicted", SEEN, LATER, note="23 kg, not 32")
    assert (given.claims[0].first, given.claims[0].last) == ("supported", "contradicted")
    kept = ledger.reviews.review(given.id)
    assert kept is not None and [one.stage for one in kept.judgements if one.claim == 0] == [
        "first",
        "reconsidered",
    ]


def test_evidence_that_was_never_on_screen_stops_a_verdict(sqlite_ledger: Ledger) -> None:
    sampled(sqlite_ledger, "a")
    desk = reviewing(sqlite_ledger)
    given = desk.next_review("ann", NOON)
    assert given is not None
    with pytest.raises(ReviewError) as unseen:
        desk.judge(given.id, "ann", 0, "supported", Watched(9_000, 9_000, 0), LATER)
    assert unseen.value.why is Why.NOT_SEEN
    ref = escalated(sqlite_ledger, claims=[CLAIMS[0] | {"evidence": []}])  # nothing to look at
    case = desk.take_case(ref, "ann", NOON)
    assert desk.judge(case.id, "ann", 0, "unsupported", Watched(9_000, 9_000, 0), LATER).revealed


def test_nobody_has_looked_longer_than_time_went_by(sqlite_ledger: Ledger) -> None:
    sampled(sqlite_ledger, "a")
    desk = reviewing(sqlite_ledger)
    given = desk.next_review("ann", NOON)
    assert given is not None
    for number in (0, 2, 3):  # three claims in two seconds, whatever the page reports
        given = desk.judge(given.id, "ann", number, "supported", SEEN, NOON + timedelta(seconds=2))
    kept = sqlite_ledger.reviews.review(given.id)
    assert kept is not None and sum(one.focused_ms for one in kept.judgements) == 2_000
    assert [one.hurried for one in given.claims] == [True, True, True]


def test_a_review_ends_once_all_is_judged_and_then_no_more(sqlite_ledger: Ledger) -> None:
    sampled(sqlite_ledger, "a")
    desk = reviewing(sqlite_ledger)
    given = desk.next_review("ann", NOON)
    assert given is not None
    with pytest.raises(ReviewError) as unfinished:
        desk.finish(given.id, "ann", LATER)
    assert unfinished.value.why is Why.TOO_EARLY
    judged(desk, given)
    assert desk.finish(given.id, "ann", LATER).given.ended
    assert desk.finish(given.id, "ann", LATER).given.ended  # sent twice
    with pytest.raises(ReviewError) as ended:
        desk.reconsider(given.id, "ann", 0, "contradicted", SEEN, LATER)
    assert ended.value.why is Why.ENDED
    assert desk.next_review("ann", LATER) is None


@pytest.mark.parametrize(
    "who, claim, verdict, why",
    [
        ("bob", 0, "supported", Why.NOT_YOURS),
        ("ann", 1, "supported", Why.NO_CLAIM),
        ("ann", 0, "fine", Why.BAD_VERDICT),
    ],
)
def test_what_cannot_be_judged_is_said(
    sqlite_ledger: Ledger, who: str, claim: int, verdict: str, why: Why
) -> None:
    sampled(sqlite_ledger, "a")
    desk = reviewing(sqlite_ledger)
    given = desk.next_review("ann", NOON)
    assert given is not None
    with pytest.raises(ReviewError) as told:
        desk.judge(given.id, who, claim, verdict, SEEN, LATER)
    assert told.value.why is why


def test_who_comes_back_goes_on_with_what_they_began(ledger: Ledger) -> None:
    for name in "ab":
        sampled(ledger, name)
    desk = reviewing(ledger)
    begun = desk.next_review("ann", NOON)
    assert begun is not None and desk.next_review("ann", LATER) == begun
    desk.release(begun.id, "ann", LATER)
    other = desk.next_review("ann", LATER)
    assert other is not None and other.id != begun.id


def test_what_one_has_in_hand_nobody_else_gets_until_it_is_left_lying(ledger: Ledger) -> None:
    sampled(ledger, "a")
    desk = reviewing(ledger)
    assert desk.next_review("ann", NOON) is not None
    assert desk.next_review("bob", LATER) is None
    assert desk.next_review("bob", NOON + HELD_FOR) is not None


def test_people_who_ask_at_once_get_different_items(ledger: Ledger) -> None:
    for name in "abcdefgh":
        sampled(ledger, name)
    with ThreadPoolExecutor(8) as threads:
        given = list(threads.map(lambda who: reviewing(ledger).next_review(f"p{who}", NOON), range(10)))
    items = [ledger.reviews.review(one.id).item.id for one in given if one]  # type: ignore[union-attr]
    assert len(items) == len(set(items)) == 8


def test_what_a_person_wrote_others_review(ledger: Ledger) -> None:
    sampled(ledger, "a", author="ann")
    desk = reviewing(ledger)
    assert desk.next_review("ann", NOON) is None
    assert desk.next_review("bob", NOON) is not None


def test_a_review_whose_customer_was_erased_is_given_to_nobody(ledger: Ledger) -> None:
    for customer in ("c-1", "c-2"):
        answered(ledger, f"r-{customer}", customer_id=customer)
        key = f"sampled r-{customer}"
        ledger.reviews.add([ReviewItem(key, key, SAMPLED, NOON, NOON, response_id=f"r-{customer}")])
    begun = reviewing(ledger).next_review("ann", NOON)
    assert begun is not None
    ledger.customers.erase("default", "c-1")
    after = reviewing(ledger).next_review("ann", LATER)
    assert after is not None and after.id != begun.id
    ledger.customers.erase("default", "c-2")
    assert reviewing(ledger).next_review("ann", LATER) is None


def test_another_tenants_reviews_are_not_there(ledger: Ledger) -> None:
    item = sampled(ledger, "a")
    assert item.tenant == "default"
    other = reviewing(ledger)
    acme = type(other)(ledger, other.plan, "acme")
    assert acme.next_review("ann", NOON) is None
    given = other.next_review("ann", NOON)
    assert given is not None
    with pytest.raises(ReviewError) as unknown:
        acme.given(given.id, "ann")
    assert unknown.value.why is Why.UNKNOWN


def test_a_person_reviews_nothing_twice(ledger: Ledger) -> None:
    sampled(ledger, "a", second=True)
    desk = reviewing(ledger)
    assert reviewed(desk, "ann", NOON) is not None
    assert reviewed(desk, "ann", LATER) is None
    assert reviewed(desk, "bob", LATER) is not None
    assert ledger.reviews.waiting("default", LATER) == 0


def test_what_nobody_got_to_within_a_week_stays_unreviewed(ledger: Ledger) -> None:
    sampled(ledger, "a")
    assert reviewing(ledger).next_review("ann", NOON + OFFERED_FOR) is None
    assert ledger.reviews.waiting("default", NOON + OFFERED_FOR) == 0
    assert reviewing(ledger).next_review("ann", NOON + OFFERED_FOR - timedelta(seconds=1)) is not None
