"""What is reviewed next: two people blind, a third where they differ, and seeded items that nobody can tell."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields, replace
from datetime import timedelta
from itertools import pairwise
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from support.reviewing import NOON, PLAIN, judged, reviewed, reviewing, sampled, seeded

from proxy.ledger.ledger import Ledger
from proxy.ledger.reviews.outcomes import VERDICTS, settled
from proxy.ledger.reviews.records import (
    FINISHED,
    SAMPLED,
    SEEDED,
    SEEDED_BAD,
    Review,
    ReviewEnd,
    ReviewGiving,
    ReviewItem,
    ReviewJudgement,
)
from proxy.review.choosing import PAUSE, burst_of, choose, reviews_wanted, shift_of, wants_second
from proxy.review.plan import ReviewPlan
from proxy.review.views import Given

SEEDING = ReviewPlan(second_share=0, seeded_share=0.1, burst_every=20, burst_length=8, burst_share=0.6)


def review(
    number: int, verdicts: dict[int, str] | None = None, *, at_min: float = 0, kind: str = SAMPLED
) -> Review:
    at = NOON + timedelta(minutes=at_min)
    item = ReviewItem(f"i{number}", f"k{number}", kind, NOON, NOON)
    told = tuple(
        ReviewJudgement(f"g{number}", claim, "first", verdict, at, 1, 1, 1)
        for claim, verdict in (verdicts or {}).items()
    )
    giving = ReviewGiving(f"g{number}", item.id, "ann", 1, at)
    return Review(giving, item, told, ReviewEnd(giving.id, at, FINISHED, 1))


def test_where_two_differ_a_third_person_is_asked(ledger: Ledger) -> None:
    sampled(ledger, "a", second=True)
    desk = reviewing(ledger)
    reviewed(desk, "ann", NOON)
    reviewed(desk, "bob", NOON, {0: "contradicted"})
    assert ledger.reviews.waiting("default", NOON) == 1
    assert desk.next_review("ann", NOON) is None
    reviewed(desk, "cleo", NOON, {0: "unsupported"})
    assert ledger.reviews.waiting("default", NOON) == 0 and desk.next_review("dan", NOON) is None
    told = ledger.reviews.reviews("default")
    assert [one.giving.round for one in told] == [1, 2, 3]
    # Of what is stopped both ways, the third one's "unsupported" and the second one's "contradicted" agree.
    assert settled(told) == {0: "contradicted", 2: "supported", 3: "supported"}


def test_where_two_agree_nobody_else_is_asked(ledger: Ledger) -> None:
    sampled(ledger, "a", second=True)
    desk = reviewing(ledger)
    reviewed(desk, "ann", NOON, {0: "contradicted"})
    reviewed(desk, "bob", NOON, {0: "contradicted"})
    assert desk.next_review("cleo", NOON) is None


def test_who_is_unsure_gets_help(ledger: Ledger) -> None:
    sampled(ledger, "a")
    desk = reviewing(ledger)
    reviewed(desk, "ann", NOON, {0: "unsure"})
    assert desk.next_review("bob", NOON) is not None


def test_a_dispute_comes_before_high_risk_and_that_before_what_is_old(sqlite_ledger: Ledger) -> None:
    sampled(sqlite_ledger, "old", NOON - timedelta(days=1))
    sampled(sqlite_ledger, "risky", risk="high")
    sampled(sqlite_ledger, "disputed", second=True)
    disputed = sqlite_ledger.reviews.item("i-disputed")
    assert disputed is not None
    offered = [(sqlite_ledger.reviews.item(f"i-{name}"), 1) for name in ("old", "risky")] + [(disputed, 3)]
    order = []
    while offered:
        chosen = choose([(item, number) for item, number in offered if item], [], PLAIN, NOON, Random(1))
        assert chosen is not None
        order.append(chosen.item.id)
        offered = [offer for offer in offered if offer[0] and offer[0].id != chosen.item.id]
    assert order == ["i-disputed", "i-risky", "i-old"]


def test_all_of_high_risk_and_the_stated_share_of_others_are_reviewed_twice() -> None:
    plan = ReviewPlan(second_share=0.2)
    keys = [f"k{number}" for number in range(5_000)]
    assert all(wants_second(key, "high", plan) for key in keys)
    share = sum(wants_second(key, "low", plan) for key in keys) / len(keys)
    assert 0.18 < share < 0.22


@given(st.lists(st.dictionaries(st.integers(0, 3), st.sampled_from(VERDICTS)), max_size=3))
def test_never_more_than_three_are_asked_and_never_fewer_than_planned(said: list[dict[int, str]]) -> None:
    finished = [review(number, verdicts) for number, verdicts in enumerate(said)]
    for second in (False, True):
        item = replace(review(0).item, second=second)
        assert 1 + second <= reviews_wanted(item, finished) <= 3


@given(st.lists(st.floats(0, 600), max_size=30))
def test_a_shift_has_no_long_pause_in_it(gaps: list[float]) -> None:
    at, reviews = 0.0, []
    for number, gap in enumerate(gaps):
        at += gap
        reviews.append(review(number, at_min=at))
    shift = shift_of(reviews, NOON + timedelta(minutes=at))
    times = [one.giving.at for one in shift]
    assert shift == reviews[len(reviews) - len(shift) :]
    assert all(later - earlier < PAUSE for earlier, later in pairwise(times))


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000), st.integers(1, 40), st.integers(0, 40))
def test_bursts_have_their_length_and_come_as_often_as_planned(seed: int, every: int, length: int) -> None:
    plan = ReviewPlan(burst_every=every, burst_length=min(length, every))
    first = review(seed)
    named = [burst_of([first] * count, plan) for count in range(1, 4 * every + 1)]
    bursts = Counter(name for name in named if name)
    whole = [count for name, count in bursts.items() if name != named[-1]]
    assert set(whole) <= {plan.burst_length}
    assert (len(bursts) >= 3) is (plan.burst_length > 0)


def test_seeded_items_are_rare_outside_bursts_and_frequent_in_them(sqlite_ledger: Ledger) -> None:
    made = [
        ReviewItem(f"s{n}", f"s{n}", SEEDED_BAD, NOON, NOON, truth={"0": "contradicted"}) for n in range(900)
    ]
    real = [ReviewItem(f"r{n}", f"r{n}", SAMPLED, NOON, NOON) for n in range(900)]
    random, done, counted = Random(7), [], Counter[tuple[bool, bool]]()
    for number in range(800):
        chosen = choose([(one, 1) for one in (*made, *real)], done, SEEDING, NOON, random)
        assert chosen is not None
        counted[chosen.burst is not None, chosen.item.kind in SEEDED] += 1
        done.append(replace(review(number), item=chosen.item))
    inside = counted[True, True] / (counted[True, True] + counted[True, False])
    outside = counted[False, True] / (counted[False, True] + counted[False, False])
    assert 0.5 < inside < 0.7 and 0.06 < outside < 0.15


def test_nobody_is_kept_busy_with_seeded_items_alone(ledger: Ledger) -> None:
    seeded(ledger, "x")
    assert reviewing(ledger, SEEDING).next_review("ann", NOON) is None


def test_a_seeded_item_looks_like_any_other(ledger: Ledger) -> None:
    """No field tells what kind it is, whose case, what is true of it, or that a burst is on."""
    seeded(ledger, "x")
    sampled(ledger, "a")
    always = ReviewPlan(seeded_share=1, burst_length=0, bad_share=1, second_share=0)
    given = reviewing(ledger, always).next_review("ann", NOON)
    assert given is not None and given.question == "And my bag?" and given.case_ref is None
    told = {one.name for one in fields(Given)}
    assert told.isdisjoint({"kind", "burst", "truth", "source", "item_id", "round", "key"})
    other = reviewing(ledger).next_review("bob", NOON)
    assert other is not None and len(other.id) == len(given.id) and other.id[:3] == given.id[:3]


def test_at_the_end_of_a_burst_a_person_is_told_what_they_caught(sqlite_ledger: Ledger) -> None:
    for number in range(30):
        sampled(sqlite_ledger, f"{number:02}", NOON + timedelta(seconds=number))
        seeded(sqlite_ledger, f"bad-{number}")
        seeded(sqlite_ledger, f"good-{number}", bad=False)
    desk = reviewing(sqlite_ledger, SEEDING)
    at, told = NOON, []
    for _ in range(30):
        ended = reviewed(desk, "ann", at)  # approves all
        assert ended is not None
        told += [ended.feedback] if ended.feedback else []
        at += timedelta(minutes=2)
    assert told and all(one.caught == 0 and one.passed == one.good for one in told)
    assert sum(one.bad for one in told) > 0
    missed = [claim for claim in told[0].claims if not claim.right]
    assert {(one.truth, one.said, one.claim) for one in missed} == {
        ("contradicted", "supported", "Bags of up to 32 kg are free.")
    }
    given = sum(one.item.kind in SEEDED for one in sqlite_ledger.reviews.reviews("default"))
    assert sum(one.bad + one.good for one in told) <= given


def test_seeded_items_come_between_cases_as_often_as_planned_and_never_alone(sqlite_ledger: Ledger) -> None:
    """Who works on cases gets seeded ones, too, and as many real ones: that a review comes first tells nothing."""
    plan = ReviewPlan(second_share=0, seeded_share=0.2, burst_length=0)
    desk = reviewing(sqlite_ledger, plan)
    assert all(desk.before_next_case("ann", NOON) is None for _ in range(20))
    for number in range(60):
        seeded(sqlite_ledger, f"{number}")
        sampled(sqlite_ledger, f"{number}", NOON + timedelta(seconds=number))
    kinds: list[str | None] = []
    for minute in range(150):
        at = NOON + timedelta(minutes=minute)
        begun = desk.before_next_case("ann", at)
        review = begun and sqlite_ledger.reviews.review(begun.id)
        kinds.append(review.item.kind if review else None)
        if begun:
            judged(desk, begun)
            desk.finish(begun.id, "ann", at)
    real, made_up = kinds.count(SAMPLED), kinds.count(SEEDED_BAD)
    # Of 150 draws with a chance of 0.2 each, the share is this near in 996 of 1,000 runs; the seed is one of them.
    assert 0.1 < made_up / len(kinds) < 0.3 and 0.1 < real / len(kinds) < 0.3


def test_a_seeded_item_opens_no_case_and_wants_no_second_review(ledger: Ledger) -> None:
    """Whatever is said of it, no customer hears of it."""
    item = seeded(ledger, "x")
    sampled(ledger, "a")
    always = ReviewPlan(seeded_share=1, burst_length=0, bad_share=1)
    reviewed(reviewing(ledger, always), "ann", NOON, {1: "contradicted"})
    assert [one.item.id for one in ledger.reviews.reviews("default")] == [item.id]
    assert ledger.escalations() == [] and ledger.reviews.waiting("default", NOON) == 1  # the sampled one
    assert item.response_id is None and item.case_ref is None
