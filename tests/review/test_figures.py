"""The figures tell who sees and who does not, and say how sure they are."""

from __future__ import annotations

from datetime import timedelta

import krippendorff
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.reviewing import NOON, review, reviewed, reviewing, series

from proxy.ledger.ledger import Ledger
from proxy.ledger.reviews.outcomes import VERDICTS
from proxy.ledger.reviews.records import (
    SEEDED_BAD,
    SEEDED_GOOD,
    Review,
)
from proxy.review.agreement import agreement
from proxy.review.alarms import Sign, persons_alarms, team_alarms
from proxy.review.figures import figures, hours, shifts
from proxy.review.integrity import Viewer, integrity
from proxy.review.labels import labels
from proxy.review.simulated import HURRIES, NAMES, fill


def test_an_error_is_caught_where_the_blind_verdict_on_the_false_claim_stops_it() -> None:
    found = figures(
        [
            review(1, ("supported", "unsupported"), kind=SEEDED_BAD),
            review(2, ("contradicted", "supported"), kind=SEEDED_BAD, burst="b"),  # the wrong claim
            review(3, ("supported", "unsure"), kind=SEEDED_BAD),
            review(4, kind=SEEDED_GOOD),
            review(5, ("contradicted",), kind=SEEDED_GOOD),
            review(6, ("contradicted",)),
        ]
    )
    assert found is not None
    assert (found.caught.hits, found.caught.n, found.rare.n) == (2, 3, 2)
    assert (found.passed.hits, found.passed.n) == (1, 2)
    assert found.reviews == 6 and found.claims == 9


def test_unfinished_reviews_count_for_nothing() -> None:
    unfinished = Review(review(1).giving, review(1).item, review(1).judgements)
    assert figures([unfinished]) is None


def test_a_shift_ends_with_a_pause_and_drift_is_within_shifts() -> None:
    early, late = series("xxxx....", who="ann"), series("xxxx....", who="ann", start=NOON + timedelta(days=1))
    assert [len(one) for one in shifts([*late, *early])] == [8, 8]
    found = figures([*early, *late])
    assert found is not None and (found.drift.before.hits, found.drift.after.hits) == (8, 0)
    assert found.drift.fell and [one.hour for one in hours(early)] == [0]


def test_streaks_pace_and_hurry_are_counted() -> None:
    told = [review(n, at=NOON + timedelta(minutes=n), took_s=30 if n > 5 else 60) for n in range(10)]
    told[3] = review(3, ("contradicted",), at=NOON + timedelta(minutes=3), focused_ms=100)
    found = figures(told)
    assert found is not None and found.streak == 6 and found.hurried.hits == 1
    assert found.speedup == 2.0 and found.median_s == 60 and found.per_hour == pytest.approx(3600 / 48)


def test_the_alarm_says_in_words_that_pace_rose_while_catches_fell() -> None:
    before = series("x" * 46 + "." * 4)
    after = series("x" * 14 + "." * 9, start=NOON + timedelta(days=1), took_s=60 / 2.1)
    team = figures([*before, *after])
    assert team is not None
    pace = [one for one in persons_alarms([*before, *after], "ann", team) if one.sign is Sign.PACE]
    assert [one.words for one in pace] == [
        "pace rose 2.1x while seeded catches fell from 0.92 to 0.61 in the last shift (46 of 50, then 14 of 23)"
    ]


@pytest.mark.parametrize(
    "caught, took_s",
    [("x" * 14 + "." * 9, 60), ("x" * 21 + "." * 2, 20), ("xx.", 20)],
    ids=["fewer catches at the same pace", "faster and as good", "too few to say"],
)
def test_neither_speed_alone_nor_bad_luck_raises_that_alarm(caught: str, took_s: float) -> None:
    told = [*series("x" * 46 + "." * 4), *series(caught, start=NOON + timedelta(days=1), took_s=took_s)]
    team = figures(told)
    assert team is not None
    assert Sign.PACE not in {one.sign for one in persons_alarms(told, "ann", team)}


def test_a_run_of_approvals_that_chance_does_not_explain_raises_an_alarm() -> None:
    team = [review(n, ("contradicted" if n % 5 == 0 else "supported",), who="bob") for n in range(100)]
    ann = [review(n, at=NOON + timedelta(minutes=n)) for n in range(90)]
    whole = figures([*team, *ann])
    assert whole is not None
    assert Sign.STREAK in {one.sign for one in persons_alarms([*team, *ann], "ann", whole)}
    assert Sign.STREAK not in {one.sign for one in persons_alarms([*team, *ann], "bob", whole)}


def test_hurry_and_missed_errors_raise_alarms_of_the_team() -> None:
    told = [*series("x" + "." * 30), *(review(n, focused_ms=10) for n in range(100, 200))]
    team = figures(told)
    assert team is not None
    assert {one.sign for one in team_alarms(team, agreement(told))} == {Sign.CAUGHT, Sign.HURRIED}


@given(st.lists(st.lists(st.sampled_from(VERDICTS), min_size=2, max_size=2), min_size=2, max_size=12))
def test_alpha_is_krippendorffs(pairs: list[list[str]]) -> None:
    told = [
        review(number, (verdict,), who=who, item=f"i{number}")
        for number, pair in enumerate(pairs)
        for who, verdict in zip(("ann", "bob"), pair, strict=True)
    ]
    found = agreement(told)
    coded = np.array([[VERDICTS.index(one) for one in pair] for pair in pairs]).T
    if len(np.unique(coded)) < 2:
        assert found.alpha is None
        return
    theirs = krippendorff.alpha(reliability_data=coded, level_of_measurement="nominal")
    assert found.alpha == pytest.approx(theirs)
    assert found.low is not None and found.high is not None and found.low <= found.high <= 1


def test_the_interval_of_alpha_is_that_of_the_library_over_resampled_items() -> None:
    random = np.random.default_rng(3)
    pairs = [(a, a if random.random() < 0.8 else int(random.integers(2))) for a in random.integers(0, 2, 80)]
    told = [
        review(n, (VERDICTS[verdict],), who=who, item=f"i{n}")
        for n, pair in enumerate(pairs)
        for who, verdict in zip(("ann", "bob"), pair, strict=True)
    ]
    coded = np.array(pairs)
    drawn = [coded[random.integers(0, 80, 80)].T for _ in range(400)]
    alphas = [krippendorff.alpha(reliability_data=one, level_of_measurement="nominal") for one in drawn]
    found = agreement(told)
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(alphas, (0.025, 0.975))), abs=0.06)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> object:
    with Ledger.open(f"sqlite:///{tmp_path_factory.mktemp('filled')}/ledger.db") as ledger:
        fill(ledger, now=NOON)
        yield ledger


def test_a_ledger_is_filled_with_reviews_that_are_marked_as_simulated(filled: Ledger) -> None:
    found = integrity(filled, Viewer("lead", lead=True))
    assert found.simulated and found.team is not None and found.team.reviews == 960
    assert [one.reviewer for one in found.people] == list(NAMES)
    assert found.error_rate is not None and found.error_rate.estimate is not None
    assert found.error_rate.estimate.low < 0.04 < found.error_rate.estimate.high  # what was made wrong
    assert found.agreement.alpha is not None
    assert (Sign.PACE, HURRIES) in {(one.sign, one.reviewer) for one in found.alarms}


def test_nothing_simulated_becomes_a_label_even_where_a_person_reviews_it(filled: Ledger) -> None:
    assert labels(filled).rows == []
    assert reviewed(reviewing(filled), "ann", NOON) is not None
    assert labels(filled).rows == []


def test_who_is_no_lead_sees_the_team_and_themselves_alone(filled: Ledger) -> None:
    found = integrity(filled, Viewer(NAMES[0]))
    assert found.team is not None and [one.reviewer for one in found.people] == [NAMES[0]]
    assert {one.reviewer for one in found.last_shifts} == {NAMES[0]}
    assert {one.reviewer for one in found.alarms} <= {None, NAMES[0]}
    stranger = integrity(filled, Viewer("nobody"))
    assert stranger.people == stranger.last_shifts == ()
