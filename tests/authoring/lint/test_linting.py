"""What the author of a corpus is told."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.documents import Write

from proxy.authoring.lint.linting import lint
from proxy.authoring.lint.registry import CHECKS
from proxy.corpus.problems import CorpusError, Severity

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def said(folder: Path, severity: Severity | None = None) -> list[str]:
    found = (finding.problem for finding in lint(folder, now=NOW))
    return [str(problem) for problem in found if severity in (None, problem.severity)]


def test_a_good_corpus_has_no_problems(folder: Path, write: Write) -> None:
    write(
        "fees-2025.md",
        "Text.",
        title="Fees (2025)",
        owner="A",
        effective_from="2025-01-01",
        effective_to="2025-12-31",
    )
    write("fees.md", "Text.", title="Fees", owner="A", effective_from="2026-01-01", supersedes="fees-2025")
    assert said(folder) == []


def test_missing_front_matter_and_owner_are_named(folder: Path, write: Write) -> None:
    write("a.md", "# A\n\nText.\n")
    write("b.md", "Text.", title="B", effective_from="2026-01-01")
    first, second = said(folder)
    assert first.startswith("a.md:1: no front matter")
    assert second == 'b.md:1: the front matter has no "owner"; add it'


def test_broken_files_are_errors_and_the_rest_is_still_looked_at(folder: Path, write: Write) -> None:
    write("a.md", "Text.", title="A", effective_from="2026-02-01", effective_to="2026-01-01")
    (folder / "b.md").write_bytes(b"\xff")
    write("c.md", "Text.", title="C", ownr="X", owner="A", effective_from="2026-01-01")
    errors = said(folder, Severity.ERROR)
    assert errors[0].startswith('a.md:4: "effective_to" is before "effective_from"')
    assert errors[1].startswith("b.md:1: the file is not UTF-8")
    assert said(folder, Severity.WARNING) == ['c.md:3: unknown key "ownr", not read; did you mean "owner"?']


def test_an_expired_document_without_a_successor_is_named(folder: Path, write: Write) -> None:
    write("a.md", "Text.", title="A", owner="A", effective_from="2025-01-01", effective_to="2026-05-30")
    (message,) = said(folder)
    assert message.startswith("a.md:5: the document is no longer in force and nothing supersedes it")


def test_superseding_what_does_not_exist_is_an_error(folder: Path, write: Write) -> None:
    write("fees-2025.md", "Text.", title="Old", owner="A", effective_from="2025-01-01")
    write("fees.md", "Text.", title="New", owner="A", effective_from="2026-01-01", supersedes="fees-2052")
    assert said(folder, Severity.ERROR) == [
        'fees.md:5: "supersedes" names "fees-2052", which does not exist; did you mean "fees-2025"?'
    ]


def test_superseding_in_a_circle_is_an_error(folder: Path, write: Write) -> None:
    for name, other in [("a", "b"), ("b", "a"), ("c", "c")]:
        write(f"{name}.md", "Text.", title=name, owner="A", effective_from="2026-01-01", supersedes=other)
    assert [message.split(": ")[0] for message in said(folder, Severity.ERROR)] == [
        "a.md:5",
        "b.md:5",
        "c.md:5",
    ]


def test_a_successor_from_before_its_predecessor_is_named(folder: Path, write: Write) -> None:
    write("a.md", "Text.", title="A", owner="A", effective_from="2026-01-01")
    write("b.md", "Text.", title="B", owner="A", effective_from="2025-01-01", supersedes="a")
    assert said(folder) == [
        'b.md:5: the document is in force before "a", which it supersedes; correct "effective_from"'
    ]


@pytest.mark.parametrize("title", ["Fees", "fees (2025)", "Fees, version 2", "Fees 2026"])
def test_two_versions_in_force_at_once_are_named(folder: Path, write: Write, title: str) -> None:
    write("a.md", "Text.", title="Fees", owner="A", effective_from="2025-01-01")
    write("b.md", "Text.", title=title, owner="A", effective_from="2026-01-01")
    (message,) = said(folder)
    assert message.startswith(
        'b.md:2: the title is that of "a", and both are in force from 2026-01-01; if one replaces'
    )


@pytest.mark.parametrize(
    "second",
    [
        {"title": "Other", "effective_from": "2025-01-01"},
        {"title": "Fees", "effective_from": "2026-01-01"},
        {"title": "Fees", "effective_from": "2025-01-01", "jurisdiction": "CA"},
        {"title": "Fees", "effective_from": "2025-01-01", "audience": "staff"},
    ],
)
def test_documents_that_never_meet_may_share_a_title(
    folder: Path, write: Write, second: dict[str, str]
) -> None:
    first = {"jurisdiction": "[GB, IE]", "audience": "customer", "effective_to": "2025-12-31"}
    write("a.md", "Text.", title="Fees", owner="A", effective_from="2025-01-01", **first)
    write("b.md", "Text.", owner="A", **second)
    assert not [message for message in said(folder) if "title" in message]


def test_empty_sections_are_named(folder: Path, write: Write) -> None:
    write("a.md", "# A\n\n## Refunds\n\n## Fees\n\nText.", title="A", owner="A", effective_from="2025-01-01")
    (message,) = said(folder)
    assert message.startswith('a.md:8: the section "Refunds" is empty')


@pytest.mark.parametrize(
    ("front", "expected"),
    [
        (
            {"source": "the intranet"},
            'a.md:5: "source" is "the intranet", which customers cannot open; write',
        ),
        (
            {"audience": "custmer"},
            'a.md:5: "audience" is "custmer" here and "customer" elsewhere; did you mean',
        ),
    ],
)
def test_odd_values_are_named(folder: Path, write: Write, front: dict[str, str], expected: str) -> None:
    known = {"owner": "A", "effective_from": "2026-01-01"}
    write("a.md", "Text.", title="A", **known, **front)
    write("b.md", "Text.", title="B", audience="customer", **known)
    write("c.md", "Text.", title="C", audience="[customer, staff]", **known)
    (message,) = said(folder)
    assert message.startswith(expected)


@pytest.mark.parametrize("name", list(CHECKS))
def test_every_check_finds_something_can_be_skipped_and_is_in_the_docs(
    folder: Path, write: Write, name: str
) -> None:
    sentence = (
        "Refunds within the Minimum Term usually cost up to 5,000, see [the list](list.md) of them all."
    )
    text = f"# Fees\n\n## Old\n\n## New\n\nA minimum term. {sentence}\nIn the Minimum Term it costs.\n"
    write("a.md", text, title="Fees", owner="A", effective_to="2026-01-01", supersedes="gone")
    write("b.md", sentence, title="Other", effective_to="2026-01-01")
    assert name in {finding.check for finding in lint(folder, now=NOW)}
    assert name not in {finding.check for finding in lint(folder, now=NOW, skip=[name])}
    assert f"| `{name}` |" in (Path(__file__).parents[3] / "docs" / "corpus.md").read_text(encoding="utf-8")


def test_an_empty_folder_is_an_error(folder: Path) -> None:
    assert "no document in it" in said(folder, Severity.ERROR)[0]


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="does not exist"):
        lint(tmp_path / "nowhere")
