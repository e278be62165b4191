"""Customers come and ask again as they did when they were recorded; where nobody recorded it, as is stated."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.rehearsing import TRUE, shop, some, suite_of, told_order, turn

from proxy.rehearsal.replay.pace import THINK_S, NoTimes, starts_s, waits_s
from proxy.rehearsal.suite.reading import open_suite

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def at(*seconds: int) -> list[datetime]:
    return [NOON + timedelta(seconds=one) for one in seconds]


def test_conversations_begin_as_they_were_recorded_bursts_and_all(tmp_path: Path) -> None:
    begun = [shop(f"c{number}", turn(TRUE, at=when)) for number, when in enumerate(at(5, 6, 6, 900))]
    suite = open_suite(suite_of(tmp_path / "suite.jsonl", *begun))
    assert starts_s(suite, range(4), None, 1) == {0: 0.0, 1: 1.0, 2: 1.0, 3: 895.0}
    assert starts_s(suite, [2, 3], None, 1) == {2: 0.0, 3: 894.0}


def test_where_no_times_are_they_are_drawn_by_the_seed_or_asked_for(tmp_path: Path) -> None:
    suite = open_suite(suite_of(tmp_path / "suite.jsonl", *some(400)))
    drawn = starts_s(suite, range(400), 30, seed=1)
    assert drawn == starts_s(suite, range(400), 30, seed=1) != starts_s(suite, range(400), 30, seed=2)
    assert list(drawn.values()) == sorted(drawn.values()) and drawn[0] == 0.0
    assert pytest.approx(drawn[399], rel=0.15) == 399 * 2.0  # three standard deviations of 399 gaps of 2 s
    with pytest.raises(NoTimes, match="400 of 400 conversations do not say when they began"):
        starts_s(suite, range(400), None, 1)


def test_a_customer_asks_again_so_long_after_the_turn_before() -> None:
    times = at(0, 40, 41, 30)  # the last one by a clock that was put back
    assert waits_s(shop("c", *(turn(TRUE, at=when) for when in times)), 1) == [0.0, 40.0, 1.0, 0.0]


def test_who_has_no_times_takes_some_twenty_seconds_and_a_tool_none() -> None:
    turns = [turn(TRUE) for _ in range(400)]
    waits = waits_s(shop("c", *turns, turn(TRUE, messages=told_order())), 1)
    assert waits[0] == waits[-1] == 0.0
    assert sum(waits) / 399 == pytest.approx(THINK_S, rel=0.15)
