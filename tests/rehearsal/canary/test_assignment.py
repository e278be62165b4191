"""A candidate serves the same customers each time, in the share that was asked for."""

from __future__ import annotations

import pytest

from proxy.intervals import wilson
from proxy.rehearsal.canary.assignment import CanaryShares, place_of, serves

CUSTOMERS = [f"customer-{number}" for number in range(4000)]


def served(canary: CanaryShares, segment: str = "") -> set[str]:
    return {each for each in CUSTOMERS if serves(canary, each, segment)}


@pytest.mark.parametrize("share", [0.0, 0.01, 0.1, 0.5, 1.0])
def test_the_share_is_the_one_that_was_asked_for(share: float) -> None:
    low, high = wilson(len(served(CanaryShares("new-prompt", share))), len(CUSTOMERS), z=4)
    assert low <= share <= high


def test_a_larger_share_sends_nobody_back() -> None:
    small, large = (served(CanaryShares("new-prompt", share)) for share in (0.05, 0.2))
    assert small < large


def test_another_canary_takes_other_customers() -> None:
    one, other = served(CanaryShares("a", 0.2)), served(CanaryShares("b", 0.2))
    low, high = wilson(len(one & other), len(one), z=4)
    assert low <= 0.2 <= high


def test_a_segment_has_its_own_share() -> None:
    canary = CanaryShares("new-prompt", 0.1, {"refunds": 0.0, "baggage": 1.0})
    assert served(canary, "refunds") == set() and served(canary, "baggage") == set(CUSTOMERS)
    assert served(canary, "other") == served(CanaryShares("new-prompt", 0.1))


def test_who_is_not_known_is_served_as_before() -> None:
    assert not serves(CanaryShares("new-prompt", 1.0), None)


def test_name_and_customer_are_not_run_together() -> None:
    assert place_of("ab", "c") != place_of("a", "bc")
    assert place_of("new-prompt", "customer-1") == pytest.approx(0.0, abs=1.0)
