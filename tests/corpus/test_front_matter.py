"""Front matter: what an author may write, and what an author is told."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest

from proxy.corpus.documents import Risk
from proxy.corpus.front_matter import FrontMatter, read_front_matter
from proxy.corpus.problems import CorpusError

FULL = """---
title: Refunds
owner: Customer Care
effective_from: 2025-01-01
effective_to: 2025-12-31
jurisdiction: [CA, NO]
audience: customer
authority: tariff
risk: high
source: https://example.com/refunds
supersedes: refunds-2024
---
# Refunds
"""


def read(*lines: str) -> FrontMatter:
    return read_front_matter("---\n" + "\n".join(lines) + "\n---\nText.\n", "refunds.md")


def error_of(*lines: str) -> str:
    with pytest.raises(CorpusError) as caught:
        read(*lines)
    return str(caught.value)


def test_all_keys_are_read() -> None:
    front = read_front_matter(FULL, "refunds.md")
    assert front.values == {
        "title": "Refunds",
        "owner": "Customer Care",
        "effective_from": datetime(2025, 1, 1, tzinfo=UTC),
        "effective_to": datetime(2026, 1, 1, tzinfo=UTC),
        "jurisdictions": ("CA", "NO"),
        "audiences": ("customer",),
        "authority": 90,
        "risk": Risk.HIGH,
        "source": "https://example.com/refunds",
        "supersedes": "refunds-2024",
    }
    assert FULL[front.body_start :] == "# Refunds\n"
    assert front.lines["supersedes"] == 11
    assert front.warnings == ()


@pytest.mark.parametrize(
    ("written", "title"), [(r'"\ud83d\ude00 Refunds"', "😀 Refunds"), (r'"\ud83d Refunds"', "\ufffd Refunds")]
)
def test_a_character_escaped_as_two_halves_is_one_character(written: str, title: str) -> None:
    assert read(f"title: {written}").values["title"] == title


def test_a_plain_date_as_the_end_is_the_last_day_in_force() -> None:
    assert read("effective_to: 2025-12-31").values["effective_to"] == datetime(2026, 1, 1, tzinfo=UTC)


def test_a_moment_as_the_end_is_exactly_that_moment() -> None:
    moment = read("effective_to: 2025-12-31T18:00:00+01:00").values["effective_to"]
    assert moment == datetime(2025, 12, 31, 18, tzinfo=timezone(timedelta(hours=1)))


@pytest.mark.parametrize(
    "written", ["2025-03-01T09:00:00Z", "2025-03-01T09:00:00", "2025-03-01 09:00:00+00:00"]
)
def test_moments_without_an_offset_are_utc(written: str) -> None:
    assert read(f"effective_from: {written}").values["effective_from"] == datetime(2025, 3, 1, 9, tzinfo=UTC)


def test_a_document_of_one_day_is_in_force_on_that_day() -> None:
    values = read("effective_from: 2025-05-01", "effective_to: 2025-05-01").values
    assert values["effective_to"] - values["effective_from"] == timedelta(days=1)


def test_norway_is_no_boolean_and_numbers_are_no_octals() -> None:
    values = read("jurisdiction: NO", "title: 0123", "owner: yes").values
    assert values == {"jurisdictions": ("NO",), "title": "0123", "owner": "yes"}


def test_empty_values_say_nothing() -> None:
    assert read("title:", "effective_to: null", "owner: ''", "jurisdiction: []").values == {
        "jurisdictions": ()
    }


def test_a_text_without_front_matter_has_none() -> None:
    assert read_front_matter("# Refunds\n\nText.\n", "refunds.md") == FrontMatter()


def test_a_text_that_begins_with_a_rule_has_none() -> None:
    assert not read_front_matter("---\n\n# Refunds\n", "refunds.md").present


def test_windows_line_ends_are_read() -> None:
    front = read_front_matter("---\r\ntitle: A\r\n---\r\nText.\r\n", "a.md")
    assert front.values == {"title": "A"}
    assert front.body_start == len("---\r\ntitle: A\r\n---\r\n")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            ["title: A", "effective_from: soon"],
            'refunds.md:3: "effective_from" is "soon"; write a date such as',
        ),
        (["effective_from: 2025-02-30"], 'refunds.md:2: "effective_from" is "2025-02-30"'),
        (["effective_to: 9999-12-31", "risk: deadly"], 'refunds.md:2: "effective_to" is "9999-12-31"'),
        (["risk: deadly"], 'refunds.md:2: "risk" is "deadly"; write one of low, medium, high'),
        (["authority: important"], 'refunds.md:2: "authority" is "important"; write a whole number'),
        (["supersedes: [a, b]"], 'refunds.md:2: "supersedes" must be one text'),
        (["title: A", "title: B"], 'refunds.md:3: "title" is there twice (first in line 2); keep one'),
        (
            ["effective_from: 2025-02-01", "effective_to: 2025-01-01"],
            'refunds.md:3: "effective_to" is before',
        ),
        (["title: [A"], "refunds.md:"),
        (["just words"], 'refunds.md:2: the front matter must be lines of "key: value"'),
        (["title: " + "[" * 5000], "refunds.md:2: the front matter is not YAML"),
        (["title: a: b"], "refunds.md:2: the front matter is not YAML"),
    ],
)
def test_a_broken_value_is_named_with_its_line_and_a_remedy(lines: list[str], expected: str) -> None:
    message = error_of(*lines)
    assert message.startswith(expected)
    assert re.search(r"; (?:write|keep|correct|put) |must be (?:one text|lines of)", message)


def test_front_matter_that_is_not_closed_is_an_error() -> None:
    with pytest.raises(CorpusError, match=r"a\.md:1: the front matter is not closed"):
        read_front_matter("---\ntitle: A\n\n# A\n", "a.md")


def test_a_misspelt_key_is_named_with_what_was_meant() -> None:
    (warning,) = read("title: A", "efective-from: 2025-01-01").warnings
    assert (
        str(warning) == 'refunds.md:3: unknown key "efective-from", not read; did you mean "effective_from"?'
    )


def test_a_key_that_is_like_none_is_named_with_those_that_are_read() -> None:
    (warning,) = read("title: A", "colour: red").warnings
    assert str(warning).startswith('refunds.md:3: unknown key "colour", not read; known are title, ')
