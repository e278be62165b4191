"""What a failure's events come to does not depend on the order in which they are told, but on when they happened."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.failures import BEGAN, after, event, failure

from proxy.ledger.failures.folding import fold, in_order, refusal
from proxy.ledger.failures.records import FailureEvent, FailureState, Status, Step

WHOLE_COURSE = [
    event(
        "detected", 10, source="customer", severity="high", cause="policy_text", amount=120.0, currency="EUR"
    ),
    event("contained", 30),
    event("corrected", 60, how="told"),
    event("restored", 90, how="confirmed"),
    event("learned", 200, lesson="case"),
]


def folded(*events: FailureEvent, known_at: timedelta = timedelta(days=300)) -> FailureState:
    return fold("FL-1", failure(), BEGAN, [replace(one, known_at=BEGAN + known_at) for one in events])


def test_each_step_has_its_time() -> None:
    state = folded(*WHOLE_COURSE)
    assert (state.detected_at, state.contained_at, state.corrected_at) == (after(10), after(30), after(60))
    assert (state.restored_at, state.restored_how, state.learned_at) == (after(90), "confirmed", after(200))
    assert (state.severity, state.cause, state.amount, state.currency) == ("high", "policy_text", 120, "EUR")
    assert (state.status, state.counted, state.detected_by) == (Status.RESTORED, True, "customer")


@pytest.mark.parametrize("number", range(len(WHOLE_COURSE)))
def test_it_stands_where_it_has_come_to(number: int) -> None:
    status = folded(*WHOLE_COURSE[: number + 1]).status
    assert status == ["detected", "contained", "corrected", "restored", "restored"][number]


def test_what_is_only_suspected_does_not_count() -> None:
    state = folded(event("proposed", 5))
    assert (state.status, state.counted, state.detected_at) == (Status.PROPOSED, False, None)


def test_what_was_dismissed_does_not_count_until_it_is_detected_again() -> None:
    dismissed = [event("detected", 5), event("dismissed", 6)]
    assert not folded(*dismissed).counted
    assert folded(*dismissed, event("detected", 9, source="customer")).counted


@pytest.mark.parametrize("first", ["proposed", "detected"])
@pytest.mark.parametrize(
    ("source", "status"),
    [
        ("customer", "proposed"),
        ("agent", "proposed"),
        ("reviewer", "proposed"),
        ("guard", "dismissed"),
        ("recall", "dismissed"),
    ],
)
def test_what_a_person_suggests_after_a_dismissal_is_looked_at_again(
    first: str, source: str, status: str
) -> None:
    """What a machine suggests once more would come again for ever. Neither counts by itself."""
    before = [event(first, 5), event("dismissed", 6)]
    complaint = event("proposed", 9, source=source)
    assert refusal(folded(*before), complaint) is None
    state = folded(*before, complaint)
    assert (state.status, state.counted) == (status, False)
    assert folded(*before, complaint, event("dismissed", 12)).status == "dismissed"
    assert folded(*before, complaint, event("detected", 12)).counted


def test_who_saw_it_first_detected_it_whoever_told_it_first() -> None:
    """A complaint of the first hour, reported by the call centre only after a reviewer had found the failure."""
    state = folded(event("detected", 600, source="reviewer"), event("detected", 45, source="customer"))
    assert (state.detected_at, state.detected_by) == (after(45), "customer")


def test_a_reopened_failure_is_restored_only_when_it_is_again() -> None:
    reopened = [*WHOLE_COURSE[:4], event("reopened", 100)]
    state = folded(*reopened)
    assert (state.status, state.corrected_at, state.restored_at) == (Status.CONTAINED, None, None)
    assert state.reopened == 1
    again = folded(*reopened, event("corrected", 150), event("restored", 160, how="no_repeat_contact"))
    assert (again.corrected_at, again.restored_at) == (after(150), after(160))
    assert again.restored_how == "no_repeat_contact"


@pytest.mark.parametrize("end", ["cancelled", "expired"])
def test_how_it_ended_without_being_put_right_is_told(end: str) -> None:
    state = folded(WHOLE_COURSE[0], event(end, 50))
    assert (state.status, state.ended_how, state.ended_at, state.counted) == (end, end, after(50), True)


def test_what_was_not_so_is_taken_back_and_stays_on_record() -> None:
    events = [*WHOLE_COURSE, event("retracted", 300, event="restored:90")]
    assert folded(*events).restored_at is None
    assert event("restored", 90, how="confirmed") in events


def test_what_is_known_better_later_counts() -> None:
    state = folded(*WHOLE_COURSE, event("classified", 500, severity="low", cause="person", topic="refunds"))
    assert (state.severity, state.cause, state.topic, state.amount) == ("low", "person", "refunds", 120.0)


@pytest.mark.parametrize(
    ("told", "known_at"),
    [
        ([event("detected", -60)], timedelta(days=1)),
        ([event("detected", 60)], timedelta(minutes=10)),
    ],
    ids=["before it occurred", "after it was told"],
)
def test_where_clocks_disagree_it_is_said_so(told: list[FailureEvent], known_at: timedelta) -> None:
    assert folded(*told, known_at=known_at).doubtful
    assert not folded(event("detected", 10), known_at=timedelta(minutes=12)).doubtful


STEPS = st.sampled_from([str(step) for step in Step if step is not Step.RETRACTED])
HISTORIES = st.lists(st.tuples(STEPS, st.integers(0, 10_000)), max_size=12, unique_by=lambda one: one[1])


@given(HISTORIES, st.randoms(use_true_random=False))
def test_the_order_of_telling_changes_nothing(history: list[tuple[str, int]], random: object) -> None:
    events = [event(step, minutes) for step, minutes in history]
    told = list(events)
    random.shuffle(told)  # type: ignore[attr-defined]
    assert folded(*told) == folded(*events)


@given(HISTORIES)
def test_no_time_comes_before_the_one_that_it_follows_from(history: list[tuple[str, int]]) -> None:
    """As long as each step is told when it can follow, as the ledger demands."""
    told: list[FailureEvent] = []
    for one in in_order(event(step, minutes) for step, minutes in history):
        if refusal(folded(*told), one) is None:
            told.append(one)
    state = folded(*told)
    times = [state.occurred_at, state.corrected_at, state.restored_at]
    known = [at for at in times if at is not None]
    assert known == sorted(known)
    assert state.restored_at is None or state.corrected_at is not None
    assert (state.status in ("cancelled", "expired")) == (state.counted and state.ended_how is not None)
