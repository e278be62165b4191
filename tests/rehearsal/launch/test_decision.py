"""Nothing is launched that was not shown, and what is undecided says how many cases it needs."""

from __future__ import annotations

import pytest
from scipy.stats import binom, binomtest

from proxy.intervals import Rate
from proxy.rehearsal.launch.decision import Decision, Launch, Shown, cases_needed, decide
from proxy.rules.launch_options import AtLeast, AtMost, Criteria, LaunchOptions

OPTIONS = LaunchOptions(min_n=100)
GOOD = {
    "unsupported_delivered": Rate(1, 1000),
    "wrongful_block": Rate(20, 1000),
    "recovery": Rate(180, 200),
}


def decided(gaps: int = 0, **seen: Rate) -> Decision:
    return decide("refunds", {**GOOD, **seen}, gaps, OPTIONS)


def test_a_segment_in_which_all_is_shown_is_launched() -> None:
    found = decided()
    assert found.launch is Launch.LAUNCH and not found.reasons
    assert [each.alone for each in found.judged] == [Shown.MET] * 3


def test_what_only_looks_good_is_held_with_the_number_of_cases_that_would_show_it() -> None:
    found = decided(unsupported_delivered=Rate(0, 40), wrongful_block=Rate(1, 40), recovery=Rate(38, 40))
    assert found.launch is Launch.HOLD
    assert found.judged[0].needed == 299  # the rule of three, exactly: 0.99 ** 299 < 0.05
    assert found.reasons[0] == (
        "unsupported_delivered: undecided, 0 of 40 (0.0%), at most 1.0% asked; 299 cases would decide it at this share"
    )


def test_what_people_can_stand_in_front_of_is_launched_with_them() -> None:
    assert decided(unsupported_delivered=Rate(25, 1000)).launch is Launch.WITH_PEOPLE
    assert decided(unsupported_delivered=Rate(80, 1000)).launch is Launch.HOLD


def test_a_gap_is_not_launched_into() -> None:
    found = decided(gaps=2)
    assert found.launch is Launch.WITH_PEOPLE
    assert found.reasons == (
        "2 gaps between suite and production, 0 allowed: what was not rehearsed is not known",
    )


def test_what_was_not_looked_at_is_not_taken_for_good() -> None:
    found = decide("refunds", {}, 0, OPTIONS)
    assert found.launch is Launch.HOLD and "nothing seen" in found.reasons[0]
    assert [each.needed for each in found.judged] == [299, 100, 100]


def test_at_the_limit_itself_counting_does_not_decide() -> None:
    assert cases_needed(0.05, 0.05, True, 0.95) is None
    assert "that 100,000 cases would not decide it" in decided(wrongful_block=Rate(50, 1000)).reasons[0]


@pytest.mark.parametrize(
    ("share", "limit", "highest"), [(0.0, 0.01, True), (0.1, 0.02, True), (0.9, 0.8, False)]
)
def test_the_number_of_cases_decides_and_half_of_it_does_not(
    share: float, limit: float, highest: bool
) -> None:
    needed = cases_needed(share, limit, highest, 0.95)
    assert needed is not None
    side = "less" if (share < limit) else "greater"
    for n, decides in ((needed * 10, True), (max(1, needed // 2), False)):
        assert (binomtest(round(share * n), n, limit, side).pvalue <= 0.05) == decides


@pytest.mark.parametrize(
    ("hits", "limit", "shown"),
    [
        (0, AtMost(most=0.0), Shown.UNDECIDED),  # "never" cannot be shown by counting
        (1, AtMost(most=0.0), Shown.BROKEN),
        (500, AtMost(most=1.0), Shown.MET),
        (500, AtLeast(least=1.0), Shown.UNDECIDED),
        (499, AtLeast(least=1.0), Shown.BROKEN),
        (0, AtLeast(least=0.0), Shown.MET),
    ],
)
def test_limits_of_nothing_and_of_all_are_kept_to(hits: int, limit: AtMost | AtLeast, shown: Shown) -> None:
    given = {"unsupported_delivered" if isinstance(limit, AtMost) else "recovery": limit}
    options = LaunchOptions(**{name: None for name in GOOD} | given)
    [judged] = decide("all", {name: Rate(hits, 500) for name in given}, 0, options).judged
    assert judged.alone is shown


def test_a_version_at_its_limit_is_launched_in_at_most_one_of_twenty_pilots() -> None:
    limit, n = 0.05, 400
    options = LaunchOptions(
        unsupported_delivered=AtMost(most=limit), wrongful_block=None, recovery=None, min_n=50
    )
    launched = [
        hits
        for hits in range(40)
        if decide("all", {"unsupported_delivered": Rate(hits, n)}, 0, options).launch is Launch.LAUNCH
    ]
    assert launched == list(range(len(launched)))
    assert 0.01 < binom.cdf(launched[-1], n, limit) <= 0.05


def test_a_segments_own_criteria_decide_it() -> None:
    options = LaunchOptions(segments={"refunds": Criteria(min_n=5000)})
    assert decide("refunds", GOOD, 0, options).launch is Launch.HOLD
    assert decide("baggage", GOOD, 0, options).launch is Launch.LAUNCH
