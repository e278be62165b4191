"""Nothing is launched that was not shown, and what is undecided says how many cases it needs."""

from __future__ import annotations

import pytest
from scipy.stats import binom, binomtest

from proxy.rehearsal.counted import Counted
from proxy.rehearsal.launch.decision import Decision, Launch, Shown, cases_needed, decide
from proxy.rules.launch_options import AtLeast, AtMost, Criteria, LaunchOptions

OPTIONS = LaunchOptions(min_n=100)


def told(hits: int, n: int) -> Counted:
    """Cases that have nothing to do with one another."""
    return Counted(hits, n, n)


GOOD = {
    "unsupported_delivered": told(1, 1000),
    "wrongful_block": told(20, 1000),
    "recovery": told(180, 200),
}


def decided(gaps: int = 0, **seen: Counted) -> Decision:
    return decide("refunds", {**GOOD, **seen}, gaps, OPTIONS)


def test_a_segment_in_which_all_is_shown_is_launched() -> None:
    found = decided()
    assert found.launch is Launch.LAUNCH and not found.reasons
    assert [each.alone.shown for each in found.judged] == [Shown.MET] * 3


def test_what_only_looks_good_is_held_with_the_number_of_cases_that_would_show_it() -> None:
    found = decided(unsupported_delivered=told(0, 40), wrongful_block=told(1, 40), recovery=told(38, 40))
    assert found.launch is Launch.HOLD
    assert found.judged[0].alone.needed == 299  # the rule of three, exactly: 0.99 ** 299 < 0.05
    assert found.reasons[0] == (
        "answers delivered with something false: undecided, 0 of 40 (0.0%), at most 1.0% asked; "
        "259 more like these would show at most 1.0%; with people in front 60 more like these would show at most 5.0%"
    )


def test_a_few_cases_break_what_they_cannot_meet() -> None:
    found = decided(wrongful_block=told(3, 4))
    assert found.judged[1].alone.shown is Shown.BROKEN and found.judged[1].alone.needed is None
    assert decided(wrongful_block=told(0, 4)).judged[1].alone.shown is Shown.UNDECIDED


def test_what_looks_bad_needs_no_more_cases_than_show_it() -> None:
    found = decided(wrongful_block=told(1, 10)).judged[1]
    assert found.alone.needed == cases_needed(0.1, 0.05, True, 0.95)


def test_more_answers_are_not_said_to_mend_what_is_over_its_limit() -> None:
    _, blocked, recovery = decided(wrongful_block=told(2, 20), recovery=told(14, 20)).judged
    alone, with_people = (cases_needed(0.1, limit, True, 0.95) for limit in (0.05, 0.15))
    assert (
        alone
        and with_people
        and blocked.to_come
        == (
            f"over 5.0% so far; {alone - 20} more like these would show that it is not by chance",
            f"{with_people - 20} more like these would show at most 15.0%",
        )
    )
    assert recovery.to_come[0].startswith("under 80.0% so far; ")


def test_what_is_decided_asks_for_no_more_answers() -> None:
    broken, met = (decided(wrongful_block=told(hits, 1000)).judged[1].to_come for hits in (100, 20))
    assert broken == ("decided: over 5.0%", "decided: at most 15.0%")
    assert met == ("decided: at most 5.0%", None)  # and so at most 15.0%
    assert decided(recovery=told(1, 40)).judged[2].to_come == ("decided: under 80.0%", "decided: under 50.0%")


def test_what_people_can_stand_in_front_of_is_launched_with_them() -> None:
    assert decided(unsupported_delivered=told(25, 1000)).launch is Launch.WITH_PEOPLE
    assert decided(unsupported_delivered=told(80, 1000)).launch is Launch.HOLD


def test_a_gap_is_not_launched_into() -> None:
    found = decided(gaps=2)
    assert found.launch is Launch.WITH_PEOPLE
    assert found.reasons == (
        "2 gaps between suite and production, 0 allowed: what was not rehearsed is not known",
    )


def test_what_was_not_looked_at_is_not_taken_for_good() -> None:
    found = decide("refunds", {}, 0, OPTIONS)
    assert found.launch is Launch.HOLD and "nothing seen" in found.reasons[0]
    assert [each.alone.needed for each in found.judged] == [299, 100, 100]
    assert found.judged[2].to_come[0] == (
        "100 failures that are all put right in time would show at least 80.0%"
    )


def test_answers_of_few_conversations_tell_as_much_as_fewer_answers() -> None:
    found = decided(unsupported_delivered=Counted(0, 1000, 100.0))
    assert found.judged[0].alone.shown is Shown.UNDECIDED and found.judged[0].alone.needed == 2990
    assert "0 of 1,000 (0.0%), which tell as much as 100 alone" in found.reasons[0]


def test_at_the_limit_itself_counting_does_not_decide() -> None:
    assert cases_needed(0.05, 0.05, True, 0.95) is None
    assert (
        "so near 5.0% that 100,000 cases would not decide it"
        in decided(wrongful_block=told(50, 1000)).reasons[0]
    )


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
    [judged] = decide("all", {name: told(hits, 500) for name in given}, 0, options).judged
    assert judged.alone.shown is shown


def test_a_version_at_its_limit_is_launched_in_at_most_one_of_twenty_pilots() -> None:
    limit, n = 0.05, 400
    options = LaunchOptions(
        unsupported_delivered=AtMost(most=limit), wrongful_block=None, recovery=None, min_n=50
    )
    launched = [
        hits
        for hits in range(40)
        if decide("all", {"unsupported_delivered": told(hits, n)}, 0, options).launch is Launch.LAUNCH
    ]
    assert launched == list(range(len(launched)))
    assert 0.01 < binom.cdf(launched[-1], n, limit) <= 0.05


def test_a_segments_own_criteria_decide_it() -> None:
    options = LaunchOptions(segments={"refunds": Criteria(min_n=5000)})
    assert decide("refunds", GOOD, 0, options).launch is Launch.HOLD
    assert decide("baggage", GOOD, 0, options).launch is Launch.LAUNCH
