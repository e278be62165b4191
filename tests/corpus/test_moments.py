"""Effective dates hold to the second, in the document's own time zone: the clock is moved across a change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from proxy.corpus.documents import Document, Scope
from proxy.corpus.front_matter import read_front_matter
from proxy.corpus.problems import CorpusError
from proxy.corpus.reading import read_content
from proxy.corpus.validity import Calendar

SECOND = timedelta(seconds=1)
# Clocks that are turned in the night, at midnight itself, by half an hour, southern, far east, far west, and never.
ZONES = [
    *(
        "Europe/London",
        "Europe/Berlin",
        "America/Toronto",
        "America/Sao_Paulo",
        "America/Havana",
        "Asia/Beirut",
    ),
    *(
        "Australia/Lord_Howe",
        "Pacific/Auckland",
        "Pacific/Kiritimati",
        "Pacific/Honolulu",
        "Asia/Kolkata",
        "UTC",
    ),
]
DAYS = st.dates(date(2010, 1, 1), date(2035, 12, 31))
# Spring and autumn of several zones, so that the days on which clocks are turned are always among those tried.
TURNS = [
    ("Europe/London", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("America/Toronto", date(2026, 3, 8)),
    ("America/Toronto", date(2026, 11, 1)),
    ("America/Sao_Paulo", date(2018, 11, 4)),  # there was no midnight: clocks went from 23:59:59 to 1:00
    ("America/Havana", date(2026, 11, 1)),  # midnight came twice
    ("Asia/Beirut", date(2026, 3, 29)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
]


def document(name: str, **front: str) -> Document:
    head = "".join(f"{key}: {value}\n" for key, value in front.items())
    return read_content(f"{name}.md", f"---\n{head}---\nText.\n".encode()).document


def in_force(calendar: Calendar, moment: datetime) -> set[str]:
    return {document.id for document in calendar.in_force(Scope(moment))}


def first_second(day: date, zone: ZoneInfo) -> datetime:
    """The first second in which a clock of the zone shows this day; found by looking at every one, near midnight."""
    near = datetime.combine(day, time(), UTC) - timedelta(hours=16)
    low, high = near, near + timedelta(hours=32)
    while high - low > SECOND:
        middle = low + (high - low) // 2 // SECOND * SECOND
        if middle.astimezone(zone).date() < day:
            low = middle
        else:
            high = middle
    return high


def with_the_turns(test: Callable[[str, date], None]) -> Callable[[str, date], None]:
    for zone, day in TURNS:
        test = example(name=zone, day=day)(test)
    return test


@with_the_turns
@settings(deadline=None)
@given(name=st.sampled_from(ZONES), day=DAYS)
def test_a_version_ends_and_the_next_begins_in_the_same_second(name: str, day: date) -> None:
    old = document("old", timezone=name, effective_to=str(day - timedelta(days=1)))
    new = document("new", timezone=name, effective_from=str(day))
    calendar, change = Calendar([old, new]), first_second(day, ZoneInfo(name))
    for seconds in range(-5, 6):
        moment = change + seconds * SECOND
        assert in_force(calendar, moment) == ({"new"} if seconds >= 0 else {"old"}), moment


@with_the_turns
@settings(deadline=None)
@given(name=st.sampled_from(ZONES), day=DAYS)
def test_a_day_lasts_as_long_as_it_does_on_the_clocks_of_the_zone(name: str, day: date) -> None:
    today = document("today", timezone=name, effective_from=str(day), effective_to=str(day))
    assert today.effective_from == first_second(day, ZoneInfo(name))
    assert today.effective_to == first_second(day + timedelta(days=1), ZoneInfo(name))


@settings(deadline=None)
@given(
    moment=st.datetimes(datetime(2010, 1, 1), datetime(2035, 12, 31)).map(
        lambda at: at.replace(microsecond=0)
    ),
    name=st.sampled_from(ZONES),
)
def test_a_moment_counts_from_its_own_second_to_the_one_before(moment: datetime, name: str) -> None:
    zone = ZoneInfo(name)
    at = moment.replace(tzinfo=UTC).astimezone(zone)
    written = at.isoformat()  # with its offset: it is never ambiguous
    calendar = Calendar([document("until", effective_to=written), document("since", effective_from=written)])
    assert in_force(calendar, at.astimezone(UTC) - SECOND) == {"until"}
    assert in_force(calendar, at.astimezone(UTC)) == {"since"}


@settings(deadline=None)
@given(seconds=st.integers(-7200, 7200))
def test_the_second_decides_in_the_hour_that_comes_twice(seconds: int) -> None:
    """On 25 October 2026 clocks in London show 1:30 twice; a moment with its offset means one of them."""
    second_half_past_one = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    new = document("new", timezone="Europe/London", effective_from="2026-10-25T01:30:00+00:00")
    moment = second_half_past_one + seconds * SECOND
    assert (in_force(Calendar([new]), moment) == {"new"}) is (seconds >= 0)


def test_a_moment_without_an_offset_is_by_the_clocks_of_the_documents_zone() -> None:
    winter = document("winter", effective_from="2026-01-15T09:00:00", timezone="America/Toronto")
    summer = document("summer", effective_from="2026-07-15T09:00:00", timezone="America/Toronto")
    assert winter.effective_from == datetime(2026, 1, 15, 14, tzinfo=UTC)
    assert summer.effective_from == datetime(2026, 7, 15, 13, tzinfo=UTC)


def test_an_offset_in_the_value_wins_over_the_documents_zone() -> None:
    at = document("a", timezone="America/Toronto", effective_from="2026-01-15T09:00:00+01:00").effective_from
    assert at == datetime(2026, 1, 15, 8, tzinfo=UTC)


def test_the_zone_counts_wherever_it_stands_and_is_utc_where_there_is_none() -> None:
    after = document("a", effective_from="2026-01-01", timezone="Europe/Berlin")
    assert after.effective_from == datetime(2025, 12, 31, 23, tzinfo=UTC)
    assert document("b", effective_from="2026-01-01").effective_from == datetime(2026, 1, 1, tzinfo=UTC)
    assert document("c", effective_from="2026-01-01", timezone="UTC").effective_from == datetime(
        2026, 1, 1, tzinfo=UTC
    )


def test_a_date_without_hyphens_is_a_whole_day_too() -> None:
    assert document("a", effective_to="20251231").effective_to == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            ["title: A", "timezone: Europe/Lundon"],
            'a.md:3: "timezone" is "Europe/Lundon", which is no name of a time zone; did you mean "Europe/London"?',
        ),
        (
            ["timezone: EST"],
            'a.md:2: "timezone" is "EST", which is no name of a time zone; write a name such as Europe/London, or UTC',
        ),
        (
            ["timezone: +01:00"],
            'a.md:2: "timezone" is "+01:00", which is no name of a time zone; write a name',
        ),
        (["timezone: ../../etc/passwd"], 'a.md:2: "timezone" is "../../etc/passwd", which is no name'),
        (
            ["timezone: Europe/London", "effective_from: 2026-03-29T01:30:00"],
            'a.md:3: "effective_from" is "2026-03-29T01:30:00", which does not exist in Europe/London that night, when '
            "clocks are changed; write the offset too, such as 2026-03-29T01:30:00+00:00",
        ),
        (
            ["effective_to: 2026-10-25T01:30:00", "timezone: Europe/London"],
            'a.md:2: "effective_to" is "2026-10-25T01:30:00", which comes twice in Europe/London that night, when '
            "clocks are changed; write the offset too, such as 2026-10-25T01:30:00+01:00",
        ),
        (
            ["timezone: Europe/London", "effective_to: soon"],
            'a.md:3: "effective_to" is "soon"; write a date such as 2026-01-31, or a moment such as',
        ),
        (["timezone: [UTC]"], 'a.md:2: "timezone" must be one text'),
    ],
)
def test_what_is_no_moment_or_zone_is_named_with_its_line_and_a_remedy(
    lines: list[str], expected: str
) -> None:
    text = "---\n" + "\n".join(lines) + "\n---\nText.\n"
    with pytest.raises(CorpusError) as error:
        read_front_matter(text, "a.md")
    assert str(error.value).startswith(expected)
