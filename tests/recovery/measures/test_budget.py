"""The error budget: what is due and missed in a window, how fast that goes, and what is still open."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from support.failures import BEGAN, after, event, failure
from support.recovery_histories import NOW, random_states

from proxy.ledger.failures.columns import columns_of, seconds_of
from proxy.ledger.failures.folding import fold
from proxy.ledger.failures.records import OPEN, FailureState
from proxy.recovery.measures.budget import WINDOWS, burn, looks_back, still_open
from proxy.rules.recovery_options import RecoveryOptions

OPTIONS = RecoveryOptions.model_validate(
    {"within": {"high": "1h", "medium": "2h", "low": "1d"}, "share": 0.9}
)
HOUR = 60


def state(number: int, *events: object) -> FailureState:
    told = [event("detected", 1), *events]
    return fold(f"FL-{number}", failure(str(number)), BEGAN, told)  # type: ignore[arg-type]


def test_missed_is_what_was_not_put_right_when_its_target_ended() -> None:
    states = [
        state(1),
        state(2, event("corrected", HOUR)),
        state(3, event("corrected", 3 * HOUR)),  # too late
        state(4, event("cancelled", HOUR)),  # the customer gave it up: that is no success
        state(5, event("corrected", HOUR), event("reopened", 90)),
    ]
    now = seconds_of(after(3 * HOUR))
    found = burn(columns_of(states), now, timedelta(hours=2), OPTIONS)
    assert (found.due, found.missed) == (5, 4)
    assert found.rate == pytest.approx(4 / 5 / 0.1) and found.left == pytest.approx(0.5 - 4)


def test_what_is_not_due_yet_or_was_long_ago_is_not_in_the_window() -> None:
    states = columns_of([state(1)])
    for minutes, due in ((2 * HOUR - 1, 0), (2 * HOUR, 1), (3 * HOUR - 1, 1), (3 * HOUR, 0)):
        assert burn(states, seconds_of(after(minutes)), timedelta(hours=1), OPTIONS).due == due


def test_a_window_in_which_nothing_was_due_burns_nothing() -> None:
    found = burn(columns_of([]), seconds_of(NOW), timedelta(hours=1), OPTIONS)
    assert (found.due, found.rate) == (0, 0.0)


@pytest.mark.parametrize("seed", range(20))
def test_it_agrees_with_counting_one_by_one(seed: int) -> None:
    states = random_states(seed)
    window = Random(seed).choice(list(WINDOWS.values()))
    due = [
        one
        for one in states
        if one.counted and NOW - window < one.occurred_at + OPTIONS.within.of(one.severity) <= NOW
    ]
    missed = [
        one
        for one in due
        if one.corrected_at is None or one.corrected_at > one.occurred_at + OPTIONS.within.of(one.severity)
    ]
    found = burn(columns_of(states), seconds_of(NOW), window, OPTIONS)
    assert (found.due, found.missed) == (len(due), len(missed))


@pytest.mark.parametrize("seed", range(20))
def test_what_is_open_agrees_with_the_states(seed: int) -> None:
    states = [one for one in random_states(seed) if one.counted]
    found = still_open(columns_of(states), seconds_of(NOW), OPTIONS)
    for severity, one in found.items():
        of_it = [state for state in states if state.severity == severity and state.status in OPEN]
        late = [
            state
            for state in of_it
            if state.corrected_at is None and NOW - state.occurred_at > OPTIONS.within.of(severity)
        ]
        oldest = max((NOW - state.occurred_at for state in of_it), default=timedelta(0))
        assert (one.open, one.overdue) == (len(of_it), len(late))
        assert one.oldest_s == pytest.approx(oldest.total_seconds())


def test_the_longest_window_looks_back_past_the_longest_target() -> None:
    assert looks_back(OPTIONS) == timedelta(days=29)
