"""The story is the same for the same seed, and its clock goes forward only."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from proxy.recovery.simulation.clock import SimulatedClock
from proxy.recovery.simulation.story import DAY, HOUR, Story, chats, matters, waking

MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)


@given(seed=st.integers(0, 1000), complaints=st.floats(0.1, 5))
def test_complaints_are_in_order_of_different_customers_and_seen_by_the_crm_after_they_were_made(
    seed: int, complaints: float
) -> None:
    story = Story(MIDNIGHT, days=20, complaints_a_day=complaints, seed=seed)
    found = matters(story)
    assert found == matters(story)
    assert [one.at for one in found] == sorted(one.at for one in found)
    assert len({one.customer for one in found}) == len(found)
    for one in found:
        assert story.begins < one.at < one.flagged_at < one.ends_at
        assert list(one.chats) == sorted(one.chats) and all(one.at <= at for at in one.chats)


def test_about_as_many_complaints_come_as_were_asked_for() -> None:
    story = Story(MIDNIGHT, days=400, complaints_a_day=2.0, customers=2000)
    assert 2.0 * 400 * 0.9 < len(matters(story)) < 2.0 * 400 * 1.1  # three standard deviations


def test_another_number_of_days_changes_nothing_of_the_days_before() -> None:
    short, long = (Story(MIDNIGHT, days=days) for days in (10, 60))
    ends = MIDNIGHT + 10 * DAY
    assert matters(short) == [one for one in matters(long) if one.at < ends]
    assert [chats(short, day) for day in range(10)] == [chats(long, day) for day in range(10)]


@given(st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)))
def test_nobody_writes_or_is_called_at_night(at: datetime) -> None:
    later = waking(at, Story(MIDNIGHT).random("night"))
    assert timedelta(0) <= later - at <= 12 * HOUR
    assert 7 <= later.hour < 22


async def test_what_is_planned_happens_in_order_and_what_lies_in_the_past_now() -> None:
    clock, happened = SimulatedClock(MIDNIGHT), []

    async def happens(name: str) -> None:
        happened.append((name, clock()))
        if name == "second":
            clock.plan(MIDNIGHT, partial(happens, "late"))

    clock.plan(MIDNIGHT + 2 * HOUR, partial(happens, "second"))
    clock.plan(MIDNIGHT + 1 * HOUR, partial(happens, "first"))
    clock.plan(MIDNIGHT + 9 * HOUR, partial(happens, "after the end"))
    await asyncio.wait_for(clock.run(MIDNIGHT + 9 * HOUR), 5)
    assert happened == [
        ("first", MIDNIGHT + 1 * HOUR),
        ("second", MIDNIGHT + 2 * HOUR),
        ("late", MIDNIGHT + 2 * HOUR),
    ]
    assert clock() == MIDNIGHT + 9 * HOUR
