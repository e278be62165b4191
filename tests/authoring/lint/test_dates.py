"""Gaps and overlaps between the versions of a document."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.documents import Write

from proxy.authoring.lint.linting import lint

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def said(folder: Path, now: datetime = NOW) -> list[str]:
    found = [finding for finding in lint(folder, now=now) if finding.check == "dates"]
    return [f"{finding.problem.severity.value}: {finding.problem}" for finding in found]


def versions(write: Write, *spans: tuple[str, str], **front: str) -> None:
    """One document a span, each superseding the one before; an empty date is left out."""
    for number, (start, end) in enumerate(spans):
        dates = {"effective_from": start, "effective_to": end}
        chain = {"supersedes": f"fees-{number - 1}"} if number else {}
        written = {key: value for key, value in dates.items() if value}
        write(
            f"fees-{number}.md",
            "Text.",
            title=f"Fees, version {number}",
            owner="A",
            **written,
            **chain,
            **front,
        )


def test_a_day_between_two_versions_is_a_gap(folder: Path, write: Write) -> None:
    versions(write, ("2025-01-01", "2025-12-30"), ("2026-01-01", ""))
    assert said(folder) == [
        'warning: fees-1.md:4: nothing on this topic is in force from 2025-12-31, when "fees-0" ends, until '
        "2026-01-01; correct one of the two dates"
    ]


def test_a_gap_of_a_second_is_a_gap(folder: Path, write: Write) -> None:
    versions(write, ("2025-01-01", "2025-12-31T23:59:59"), ("2026-01-01", ""))
    (message,) = said(folder)
    assert "in force from 2025-12-31T23:59:59+00:00, when" in message


def test_a_gap_is_found_by_the_titles_alone(folder: Path, write: Write) -> None:
    write(
        "old.md",
        "Text.",
        title="Fees (2025)",
        owner="A",
        effective_from="2025-01-01",
        effective_to="2025-06-30",
    )
    write("new.md", "Text.", title="Fees (2026)", owner="A", effective_from="2026-01-01")
    (message,) = said(folder)
    assert message.startswith("warning: new.md:4: nothing on this topic is in force from 2025-07-01")


def test_a_gap_between_two_time_zones_is_a_gap(folder: Path, write: Write) -> None:
    """The old version ends at midnight in London, the new one begins at midnight in Toronto."""
    known = {"title": "Fees", "owner": "A"}
    write(
        "old.md",
        "Text.",
        **known,
        timezone="Europe/London",
        effective_to="2025-12-31",
        effective_from="2025-01-01",
    )
    write("new.md", "Text.", **known, timezone="America/Toronto", effective_from="2026-01-01")
    (message,) = said(folder)
    assert 'from 2026-01-01, when "old" ends, until 2026-01-01T00:00-05:00' in message


@pytest.mark.parametrize(
    "spans",
    [
        [("2025-01-01", "2025-12-31"), ("2026-01-01", "")],
        [("2025-01-01", ""), ("2026-01-01", "")],
        [("", "2025-12-31"), ("2026-01-01", "2026-12-31"), ("2027-01-01", "")],
    ],
)
def test_versions_that_meet_have_no_gap(folder: Path, write: Write, spans: list[tuple[str, str]]) -> None:
    versions(write, *spans)
    assert said(folder) == []


def test_other_markets_leave_no_gap(folder: Path, write: Write) -> None:
    known = {"title": "Fees", "owner": "A", "effective_from": "2025-01-01"}
    write("gb.md", "Text.", **known, effective_to="2026-12-31", jurisdiction="GB")
    write("ie.md", "Text.", **{**known, "effective_from": "2027-06-01"}, jurisdiction="IE")
    assert said(folder) == []


def test_a_version_that_outlives_its_successors_beginning_is_named(folder: Path, write: Write) -> None:
    versions(write, ("2025-01-01", "2026-12-31"), ("2026-01-01", ""))
    assert said(folder) == [
        'warning: fees-0.md:5: the document is to end on 2027-01-01, but "fees-1" supersedes it from 2026-01-01, and '
        "from then on it does not count; correct one of the two dates"
    ]


def test_a_successor_for_one_market_may_overlap(folder: Path, write: Write) -> None:
    known = {"title": "Fees", "owner": "A"}
    write("all.md", "Text.", **known, effective_from="2025-01-01", effective_to="2026-12-31")
    write("gb.md", "Text.", **known, effective_from="2026-01-01", supersedes="all", jurisdiction="GB")
    assert said(folder) == []


def test_an_end_within_a_month_without_a_successor_is_worth_a_note(folder: Path, write: Write) -> None:
    versions(write, ("2025-01-01", "2026-06-30"))
    assert said(folder) == [
        "note: fees-0.md:5: the document ends on 2026-07-01 and nothing follows it; add its successor"
    ]
    assert said(folder, datetime(2026, 5, 1, tzinfo=UTC)) == []


def test_of_many_documents_with_one_title_each_is_named_once(folder: Path, write: Write) -> None:
    for name in "abcd":
        write(f"{name}.md", "Text.", title="Fees", owner="A", effective_from="2025-01-01")
    assert [message.split(":")[1].strip() for message in said(folder)] == ["b.md", "c.md", "d.md"]


def test_a_chain_of_three_versions_is_no_overlap(folder: Path, write: Write) -> None:
    for number in range(3):
        chain = {"supersedes": f"fees-{number - 1}"} if number else {}
        write(
            f"fees-{number}.md",
            "Text.",
            title="Fees",
            owner="A",
            effective_from=f"202{number}-01-01",
            **chain,
        )
    assert said(folder) == []
