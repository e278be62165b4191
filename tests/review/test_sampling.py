"""The sample of delivered answers: drawn once, by chance, and the error rate it gives is unbiased."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from support.reviewing import (
    NOON,
    PLAIN,
    answered,
    claim,
    escalated,
    judged,
    reviewed,
    reviewing,
    sampled,
    seeded,
)

from proxy.calibration.labels import read_labels
from proxy.ledger.ledger import Ledger
from proxy.ledger.reviews.records import SAMPLED, SEEDED_BAD, SEEDED_GOOD, ReviewItem
from proxy.review.error_rate import error_rate, estimate
from proxy.review.labels import Labels, labels
from proxy.review.plan import ReviewPlan
from proxy.review.sampling import PERIOD, draw, draw_due
from proxy.review.seeding import SeedSentence, made_up_items, settled_items

ALL = ReviewPlan(sample_share=1, sample_high_risk_share=1, second_share=0)
AFTER = NOON + timedelta(hours=1, minutes=15)


def medium(document: str) -> str:
    return "high" if "bags" in document else "medium"


def test_answers_that_were_delivered_are_drawn_each_hour_once(ledger: Ledger) -> None:
    for number in range(3):
        answered(ledger, f"r{number}", NOON + timedelta(minutes=number))
    answered(ledger, "held back", NOON, decision="escalate")
    answered(ledger, "small talk", NOON, claims=[claim("Hello!", kind="not_checkable")])
    answered(ledger, "watched", NOON, decision="escalate", mode="observe")
    answered(ledger, "later", NOON + PERIOD)
    made = draw_due(ledger, "default", AFTER, ALL, medium)
    assert [(one.since, one.population, one.drawn) for one in made] == [(NOON, 4, 4)]
    assert draw_due(ledger, "default", AFTER, ALL, medium) == []
    items = ledger.reviews.items("default", kinds=[SAMPLED])
    assert {one.response_id for one in items} == {"r0", "r1", "r2", "watched"}
    assert {(one.risk, one.second, one.inclusion) for one in items} == {("high", True, 1.0)}


def test_two_replicas_draw_the_same(ledger: Ledger) -> None:
    for number in range(200):
        answered(ledger, f"r{number}", NOON)
    plan = ReviewPlan(sample_share=0.3, sample_high_risk_share=0.3)
    first = draw(ledger, "default", NOON, AFTER, plan, medium)
    assert first is not None and 35 < first.drawn < 85
    assert draw(ledger, "default", NOON, AFTER, plan, medium) is None
    assert len(ledger.reviews.items("default", kinds=[SAMPLED], limit=1000)) == first.drawn
    assert first.shares == {"high": {"share": 0.3, "population": 200, "drawn": first.drawn}}


def test_what_people_find_in_the_sample_is_the_error_rate(sqlite_ledger: Ledger) -> None:
    for number in range(4):
        answered(sqlite_ledger, f"r{number}", NOON + timedelta(minutes=number))
    desk = reviewing(sqlite_ledger)
    draws = draw_due(
        sqlite_ledger, "default", AFTER, ALL.model_copy(update={"sample_high_risk_share": 1}), str
    )
    reviewed(desk, "ann", AFTER, {0: "contradicted"})
    for minute in (1, 2):
        reviewed(desk, "ann", AFTER + timedelta(minutes=minute))
    found = error_rate(draws, sqlite_ledger.reviews.reviews("default"))
    assert found is not None and found.estimate is not None
    assert (found.population, found.drawn, found.reviewed, found.wrong) == (4, 4, 3, 1)
    assert found.estimate.share == pytest.approx(1 / 3)


def test_the_estimate_is_unbiased_and_its_interval_covers_the_truth() -> None:
    """600 samples from the same 4,000 answers, of which 2% are wrong, more of those that are drawn more often."""
    random = Random(11)
    shares = [0.25 if number % 10 == 0 else 0.05 for number in range(4_000)]
    wrong = [random.random() < (0.05 if share > 0.1 else 0.0167) for share in shares]
    truth = sum(wrong) / len(wrong)
    found = [
        estimate(
            [(is_wrong, 1 / p) for is_wrong, p in zip(wrong, shares, strict=True) if random.random() < p],
            4_000,
        )
        for _ in range(600)
    ]
    told = [one for one in found if one is not None]
    assert len(told) == 600
    assert sum(one.share for one in told) / 600 == pytest.approx(truth, rel=0.06)
    assert sum(one.horvitz_thompson for one in told) / 600 == pytest.approx(truth, rel=0.06)
    covered = sum(one.low <= truth <= one.high for one in told) / 600
    assert covered >= 0.95


def test_where_nothing_wrong_was_found_the_interval_still_allows_for_some() -> None:
    found = estimate([(False, 20.0)] * 100, 2_000)
    assert found is not None and found.share == 0 and 0.03 < found.high < 0.04  # the rule of three


def test_what_is_drawn_and_not_reviewed_yet_does_not_bend_the_estimate(sqlite_ledger: Ledger) -> None:
    """High risk is reviewed first: it must not stand for the rest."""
    for number in range(6):
        document = "bags" if number < 2 else "seats"
        told = claim("Yes.")
        told["evidence"][0]["document"] = f"airline/{document}"
        answered(sqlite_ledger, f"r{number}", NOON, claims=[told])
    draws = draw_due(sqlite_ledger, "default", AFTER, ALL, medium)
    for who in ("ann", "bob"):
        desk = reviewing(sqlite_ledger)
        for minute in range(2):
            reviewed(desk, who, AFTER + timedelta(minutes=minute), {0: "contradicted"})
    reviewed(reviewing(sqlite_ledger), "ann", AFTER + timedelta(minutes=9))
    found = error_rate(draws, sqlite_ledger.reviews.reviews("default"))
    assert found is not None and found.estimate is not None and found.reviewed == 3
    assert found.estimate.share == pytest.approx(2 / 6)


def test_reviews_are_labels_that_calibrate_reads(ledger: Ledger) -> None:
    sampled(ledger, "a")
    desk = reviewing(ledger)
    reviewed(desk, "ann", NOON, {0: "unsupported", 3: "unsure"})
    seeded(ledger, "x")
    answered(ledger, "r-b", NOON)
    given = reviewing(ledger, ReviewPlan(seeded_share=1, burst_length=0, bad_share=1)).next_review(
        "cleo", NOON
    )
    assert given is not None
    judged(desk, given, {0: "contradicted"})
    desk.finish(given.id, "cleo", NOON + timedelta(minutes=2))
    rows = labels(ledger).rows
    # Neither what nobody is sure of, nor what stands in the place of the model's sentence, nor made-up answers.
    assert [(row["claim"], row["label"], row["score"]) for row in rows] == [
        ("Your bag may weigh 23 kg.", "unsupported", 0.9)
    ]
    read = read_labels("\n".join(map(json.dumps, rows)), "labels")
    assert (read[0].label, read[0].verdict, read[0].group) == ("unsupported", "supported", "r-a")


def labels_of(ledger: Ledger, *claims: dict[str, Any], **answer: Any) -> Labels:
    """What becomes of one answer all of whose claims a person found supported."""
    answered(ledger, "r-1", claims=list(claims), **answer)
    ledger.reviews.add([ReviewItem("i-1", "k-1", SAMPLED, NOON, NOON, response_id="r-1")])
    assert reviewed(reviewing(ledger), "ann", NOON) is not None
    return labels(ledger)


def behind_a_calibration() -> dict[str, str]:
    return {"corpus": "c-1", "verifier": "3-abc+calibration-0123456789ab"}


def test_a_label_has_the_score_and_the_verdict_from_before_the_calibration(sqlite_ledger: Ledger) -> None:
    """A curve fitted on scores that a curve has mapped would undo that one, and its threshold mean another score."""
    found = labels_of(
        sqlite_ledger,
        claim("A bag may weigh 23 kg.", confidence=0.709, raw={"verdict": "supported", "confidence": 0.97}),
        claim("A bag is free.", verdict="unsupported", raw={"verdict": "supported", "confidence": 0.6}),
        versions=behind_a_calibration(),
    )
    told = [(row["score"], row["verdict"], row["verifier"]) for row in found.rows]
    assert told == [(0.97, "supported", "3-abc"), (0.6, "supported", "3-abc")]


def test_without_a_calibration_the_confidence_is_the_verifiers_own(sqlite_ledger: Ledger) -> None:
    found = labels_of(sqlite_ledger, claim("A bag is free."), versions={"verifier": "3-abc"})
    assert [(row["score"], row["verifier"]) for row in found.rows] == [(0.9, "3-abc")]


def test_a_mapped_confidence_that_was_kept_without_the_raw_one_is_no_label(sqlite_ledger: Ledger) -> None:
    """As records have it that were written before the raw score was kept."""
    found = labels_of(sqlite_ledger, claim("A bag is free."), versions=behind_a_calibration())
    assert found.rows == []
    assert found.left_out == {"recorded without the score from before the calibration": 1}


def test_what_the_verifier_did_not_decide_says_nothing_of_it(sqlite_ledger: Ledger) -> None:
    order = {"document": "tool:get_order", "section": "", "quote": '{"total": 40}', "url": None}
    found = labels_of(
        sqlite_ledger,
        claim("A bag is free."),
        claim("Your order was paid on 3 May.", kind="account"),
        claim("I have refunded the fee, as policy says.", kind="mixed"),
        claim("Yes, you can."),
        claim("Business: 40 euros.", evidence=[order]),
    )
    assert [row["claim"] for row in found.rows] == ["A bag is free."]
    assert found.left_out == {
        "about the customer's account": 2,
        "a bare yes or no": 1,
        "decided by a record of the customer's": 1,
    }


def test_what_people_found_in_cases_is_no_label_because_no_chance_drew_it(sqlite_ledger: Ledger) -> None:
    ref = escalated(sqlite_ledger, claims=[claim("A bag is free."), claim("Bags are checked.")])
    desk = reviewing(sqlite_ledger)
    given = judged(desk, desk.take_case(ref, "ann", NOON))
    desk.finish(given.id, "ann", NOON + timedelta(minutes=1))
    found = labels(sqlite_ledger)
    assert found.rows == [] and found.left_out == {"from cases": 2}


@pytest.mark.parametrize(("mode", "count"), [("enforce", 0), ("observe", 1)])
def test_what_was_stopped_is_a_label_where_the_customer_read_it_all_the_same(
    sqlite_ledger: Ledger, mode: str, count: int
) -> None:
    """Else a proxy that watches would be calibrated on what it would have let pass alone."""
    stopped = claim("A bag is free.", verdict="contradicted", action="rewrite")
    found = labels_of(sqlite_ledger, stopped, mode=mode)
    assert len(found.rows) == count
    assert found.left_out == ({} if count else {"in whose place another text was delivered": 1})


def test_what_people_differ_about_is_no_label(sqlite_ledger: Ledger) -> None:
    sampled(sqlite_ledger, "a", second=True)
    for who, verdict in (("ann", "supported"), ("bob", "contradicted")):
        reviewed(reviewing(sqlite_ledger), who, NOON, {0: verdict})
    assert "Your bag may weigh 23 kg." not in {row["claim"] for row in labels(sqlite_ledger).rows}


def test_a_failure_that_two_people_confirm_becomes_a_known_error_for_the_others(ledger: Ledger) -> None:
    for name in ("wrong", "right", "open"):
        sampled(ledger, name, second=True)
    for who in ("ann", "bob"):
        for number in range(3):
            given = reviewing(ledger).next_review(who, NOON + timedelta(minutes=number))
            assert given is not None
            review = ledger.reviews.review(given.id)
            assert review is not None
            wrong = review.item.id == "i-wrong" or (review.item.id == "i-open" and who == "ann")
            judged(reviewing(ledger), given, {0: "contradicted"} if wrong else {})
            reviewing(ledger).finish(given.id, who, NOON + timedelta(minutes=number))
    items = settled_items(ledger, NOON)
    assert {(one.kind, one.response_id) for one in items} == {
        (SEEDED_BAD, "r-wrong"),
        (SEEDED_GOOD, "r-right"),
    }
    assert ledger.reviews.add(items) == 2 and ledger.reviews.add(items) == 0
    sampled(ledger, "more")
    always = ReviewPlan(seeded_share=1, burst_length=0)
    ann = reviewing(ledger, always).next_review("ann", NOON + timedelta(minutes=9))
    assert ann is not None and (kept := ledger.reviews.review(ann.id)) and kept.item.id == "i-more"
    cleo = reviewing(ledger, always).next_review("cleo", NOON + timedelta(minutes=9))
    assert (
        cleo is not None and (kept := ledger.reviews.review(cleo.id)) and kept.item.kind.startswith("seeded")
    )


def sentences() -> Iterator[SeedSentence]:
    for number in range(4):
        for truth in ("supported", "contradicted"):
            yield SeedSentence(
                f"{truth} {number}",
                truth,
                "probe: wrong number",
                f"airline/{number % 2}",
                "Bags › Weight",
                f"q{number}",
            )


def test_made_up_answers_have_one_error_or_none_and_are_always_the_same() -> None:
    made = made_up_items(list(sentences()), NOON)
    assert made == made_up_items(list(sentences()), NOON)
    assert sum(one.kind == SEEDED_BAD for one in made) == 4
    for one in made:
        false = [truth for truth in (one.truth or {}).values() if truth != "supported"]
        assert len(false) == (one.kind == SEEDED_BAD) and one.content is not None
        assert one.content["question"] == "Weight?" and len(one.content["claims"]) == len(one.truth or {})
        assert one.response_id is None and one.case_ref is None and one.inclusion is None
    assert PLAIN.seeded_share == 0
