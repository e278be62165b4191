"""What "by Friday" means at the instant when it is said."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from proxy.grounding.values.deadlines import deadlines_in

MONDAY = datetime(2026, 3, 2, 10, tzinfo=UTC)  # 10:00
END = "T23:59:59"


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("today", f"2026-03-02{END}"),
        ("tonight", f"2026-03-02{END}"),
        ("tomorrow", f"2026-03-03{END}"),
        ("by Friday", f"2026-03-06{END}"),
        ("on Monday", f"2026-03-09{END}"),
        ("this Wednesday", f"2026-03-04{END}"),
        ("next Wednesday", f"2026-03-11{END}"),
        ("between Tuesday and Thursday", f"2026-03-05{END}"),
        ("by the end of the day", f"2026-03-02{END}"),
        ("this week", f"2026-03-08{END}"),
        ("by the end of next week", f"2026-03-15{END}"),
        ("by the end of the month", f"2026-03-31{END}"),
        ("next month", f"2026-04-30{END}"),
        ("next year", f"2027-12-31{END}"),
        ("within 5 business days", f"2026-03-09{END}"),
        ("in 5 to 7 business days", f"2026-03-11{END}"),
        ("within 10 working days", f"2026-03-16{END}"),
        ("within 24 hours", "2026-03-03T10:00:00"),
        ("in the next 15 minutes", "2026-03-02T10:15:00"),
        ("within the hour", "2026-03-02T11:00:00"),
        ("in about 3 days", "2026-03-05T10:00:00"),
        ("within two weeks", "2026-03-16T10:00:00"),
        ("within a month", "2026-04-02T10:00:00"),
        ("by noon", "2026-03-02T12:00:00"),
        ("at 9 AM", "2026-03-03T09:00:00"),
        ("by midnight", f"2026-03-02{END}"),
        ("tomorrow at 3 PM", "2026-03-03T15:00:00"),
        ("by noon tomorrow", "2026-03-03T12:00:00"),
        ("on 5 March between 8:00 and 12:00", "2026-03-05T12:00:00"),
        ("on March 10", f"2026-03-10{END}"),
        ("on 10 March 2027", f"2027-03-10{END}"),
        ("by 2026-04-01", f"2026-04-01{END}"),
        ("in June", f"2026-06-30{END}"),
        ("by February 2028", f"2028-02-29{END}"),
    ],
)
def test_a_time_to_come_is_found(text: str, at: str) -> None:
    (found,) = deadlines_in(f"It comes {text}.", MONDAY)
    assert found.at == datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert f"It comes {text}."[found.start : found.end] in text


@pytest.mark.parametrize(
    "text",
    [
        "yesterday", "on 1 March 2025", "on February 20", "last Friday", "within 14 days of the return",
        "24 hours before departure", "after 3 days", "for 12 months", "on February 30", "two of them",
        "within 99999999 days",
    ],
)  # fmt: skip
def test_what_has_passed_or_depends_on_something_is_none(text: str) -> None:
    assert deadlines_in(f"It came {text}.", MONDAY) == []


def test_a_date_without_a_year_is_next_years_once_it_is_long_past() -> None:
    november = datetime(2026, 11, 28, tzinfo=UTC)
    assert [one.at.year for one in deadlines_in("by January 5", november)] == [2027]
    assert deadlines_in("on October 1", november) == []


def test_working_days_are_counted_from_a_weekend_too() -> None:
    saturday = datetime(2026, 3, 7, 10, tzinfo=UTC)
    assert [
        one.at.day for one in deadlines_in("within 1 business day, within 5 business days", saturday)
    ] == [9, 13]


def test_several_are_told_from_left_to_right() -> None:
    found = deadlines_in("We call tomorrow at 3 PM, and write by Friday.", MONDAY)
    assert [(one.at.day, one.at.hour) for one in found] == [(3, 15), (6, 23)]
