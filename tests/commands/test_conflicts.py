"""``cxai corpus conflicts`` in its three forms, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from proxy.authoring.conflicts.intended import INTENDED_FILE
from proxy.cli import app

pytestmark = pytest.mark.usefixtures("logging_as_it_was")
KEYS = "owner: Fares\neffective_from: 2026-01-01\naudience: customer\n"
HELP = f"""---
title: Changing a ticket
authority: help
{KEYS}---
## Fees

Changing a Standard ticket costs $50 per passenger.
"""
FAQ = HELP.replace("Changing a ticket", "Questions about changes").replace("$50", "$75")
MARK = """\
- documents: [changes, questions]
  says: [costs $50, costs $75]
  reason: Two tariffs are being tried.
"""


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    (tmp_path / "changes.md").write_text(HELP)
    (tmp_path / "questions.md").write_text(FAQ)
    return tmp_path


def conflicts(corpus: Path, *options: str) -> Result:
    return CliRunner().invoke(
        app, ["corpus", "conflicts", str(corpus), "--as-of", "2026-06-01", *options], catch_exceptions=False
    )


def test_both_quotes_stand_with_their_place_and_an_error_ends_with_1(corpus: Path) -> None:
    result = conflicts(corpus)
    assert result.exit_code == 1
    assert "error: value ($50 / $75); neither prevails; correct one of them" in result.stdout
    assert f"{corpus}/changes.md:10: Changing a ticket › Fees" in result.stdout
    assert "“Changing a Standard ticket costs $75 per passenger.”" in result.stdout
    assert "both in force on 2026-06-01 (customer)" in result.stdout
    assert f"say why in {corpus / INTENDED_FILE}" in result.stdout


def test_where_one_prevails_it_is_a_warning_which_only_strict_fails(corpus: Path) -> None:
    (corpus / "questions.md").write_text(FAQ.replace("authority: help", "authority: tariff"))
    assert conflicts(corpus).exit_code == 0
    result = conflicts(corpus, "--strict")
    assert result.exit_code == 1
    assert "questions prevails by its authority, the other misleads" in result.stdout


def test_a_marked_conflict_is_counted_and_shown_only_when_asked_for(corpus: Path) -> None:
    (corpus / INTENDED_FILE).write_text(MARK)
    result = conflicts(corpus)
    assert result.exit_code == 0
    assert result.stdout.endswith("0 conflicts, 1 marked as intended\n")
    assert "Two tariffs are being tried." not in result.stdout
    assert "intended: value: Two tariffs are being tried." in conflicts(corpus, "--intended").stdout


def test_a_stale_mark_is_reported_with_its_line(corpus: Path) -> None:
    (corpus / INTENDED_FILE).write_text(MARK.replace("$75", "$99"))
    place = f"{corpus / INTENDED_FILE}:1"
    assert f'warning: {place}: "questions" no longer says "costs $99"' in conflicts(corpus).stdout


def test_a_broken_marks_file_is_one_clear_message(corpus: Path) -> None:
    (corpus / INTENDED_FILE).write_text(MARK.replace("reason", "why"))
    with pytest.raises(Exception, match=rf'{INTENDED_FILE}:3: unknown key "why"'):
        conflicts(corpus)


def test_json_has_one_object_a_conflict(corpus: Path) -> None:
    (row,) = map(json.loads, conflicts(corpus, "--json").stdout.splitlines())
    assert (row["type"], row["kind"], row["severity"], row["prevails"]) == (
        "conflict",
        "value",
        "error",
        None,
    )
    assert [(side["document"], side["line"]) for side in row["sides"]] == [("changes", 10), ("questions", 10)]
    assert row["intended"] is None


def test_github_shows_the_conflict_beside_the_line(corpus: Path) -> None:
    (line,) = conflicts(corpus, "--format", "github").stdout.splitlines()
    assert (
        line.startswith("::error file=")
        and "changes.md,line=10,title=cxai conflict::value ($50 / $75)" in line
    )
    assert "questions.md:10" in line


def test_only_the_documents_asked_for_are_compared(corpus: Path) -> None:
    result = conflicts(corpus, "--document", "changes")
    assert result.exit_code == 0 and "0 conflicts" in result.stdout


def test_before_a_document_comes_into_force_the_conflict_to_come_is_shown(corpus: Path) -> None:
    (corpus / "questions.md").write_text(FAQ.replace("2026-01-01", "2026-09-01"))
    assert "both in force on 2026-09-01" in conflicts(corpus).stdout


def test_a_folder_that_is_not_there_is_one_clear_message(tmp_path: Path) -> None:
    with pytest.raises(Exception, match=r"there is no folder .*nowhere"):
        conflicts(tmp_path / "nowhere")
