"""What reviewers settle is a failure: a delivered claim that is wrong, a true one that was kept back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from support.detecting import files, looked, the_file
from support.reviewing import NOON, escalated, judged, reviewed, reviewing, sampled

from proxy.ledger.ledger import Ledger


def test_a_delivered_claim_that_is_wrong(ledger: Ledger) -> None:
    sampled(ledger, "one", risk="high")
    reviewed(reviewing(ledger), "ana", NOON, {3: "contradicted"})
    assert looked(ledger) == {"reviews": 1}
    found = the_file(ledger, "wrong_claim")
    assert found.failure.text == "Bags are checked at the desk."
    assert (found.failure.author, found.state.detected_by, found.state.severity) == ("ai", "reviewer", "high")
    assert found.state.detected_at == NOON + timedelta(seconds=60) and found.events[0].actor == "ana"
    assert looked(ledger) == {}


def test_what_was_put_in_a_sentences_place_is_judged_as_it_was_read(ledger: Ledger) -> None:
    sampled(ledger, "one")
    reviewed(reviewing(ledger), "ana", NOON, {2: "unsupported"})
    looked(ledger)
    assert the_file(ledger, "wrong_claim").failure.text == "Our policy says so."


def test_an_answer_that_is_right_is_no_failure(ledger: Ledger) -> None:
    sampled(ledger, "one")
    reviewed(reviewing(ledger), "ana", NOON)
    assert looked(ledger) == {} and files(ledger) == []


def test_as_long_as_a_second_review_is_wanted_nothing_is_settled(ledger: Ledger) -> None:
    sampled(ledger, "one", second=True)
    by = reviewing(ledger)
    reviewed(by, "ana", NOON, {3: "contradicted"})
    assert looked(ledger) == {}
    reviewed(by, "ben", NOON + timedelta(minutes=5), {3: "unsupported"})
    assert looked(ledger) == {"reviews": 1}
    found = the_file(ledger, "wrong_claim")
    assert found.events[0].data["reviewers"] == 2 and found.events[0].actor == "ben"


def test_where_people_do_not_agree_it_is_no_failure(ledger: Ledger) -> None:
    sampled(ledger, "one", second=True)
    by = reviewing(ledger)
    reviewed(by, "ana", NOON, {3: "contradicted"})
    reviewed(by, "ben", NOON + timedelta(minutes=5))
    reviewed(by, "eve", NOON + timedelta(minutes=9), {3: "unsure"})
    assert looked(ledger) == {}


def test_a_persons_answer_is_held_to_the_same_standard(ledger: Ledger) -> None:
    sampled(ledger, "one", author="dora")
    reviewed(reviewing(ledger), "ana", NOON, {3: "contradicted"})
    looked(ledger)
    assert the_file(ledger, "wrong_human_answer").failure.author == "human"


def case_reviewed(ledger: Ledger, verdicts: dict[int, str], **more: Any) -> None:
    ref = escalated(ledger, **more)
    by = reviewing(ledger)
    given = judged(by, by.take_case(ref, "ana", NOON), verdicts)
    by.finish(given.id, "ana", NOON + timedelta(minutes=2))


def test_a_true_claim_that_was_kept_back(ledger: Ledger) -> None:
    case_reviewed(ledger, {2: "supported"})
    assert looked(ledger) == {"reviews": 1}
    found = the_file(ledger, "wrong_block")
    assert found.failure.text == "A second bag is free."
    assert found.failure.case_ref == "CX-2222-2222"


def test_a_case_in_which_the_machine_was_right_is_no_failure(ledger: Ledger) -> None:
    case_reviewed(ledger, {2: "contradicted"})
    assert looked(ledger) == {}


def test_a_case_with_a_delivered_claim_that_is_wrong(ledger: Ledger) -> None:
    case_reviewed(ledger, {0: "contradicted", 2: "contradicted"})
    looked(ledger)
    assert the_file(ledger, "wrong_claim").failure.text == "Your bag may weigh 23 kg."
