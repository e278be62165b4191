"""A conflict that is meant is marked once; a mark that holds no longer is reported with its line and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.planted_conflicts import conflicts_in, documents

from proxy.authoring.conflicts.finding import DocumentConflict
from proxy.authoring.conflicts.intended import INTENDED_FILE, Marked, mark_for, read_intended
from proxy.corpus.problems import CorpusError, Severity
from proxy.corpus.reading import ReadDocument

READ = documents(
    {
        "changes": "# Changing a ticket\n\n## Fees\n\nChanging a Standard ticket costs $50 per passenger.\n",
        "prices": "# Prices for changes\n\n## Fees\n\nChanging a Standard ticket costs $75 per passenger.\n",
    }
)
MARK = """\
# Looked at in May.
- documents: [prices, changes]
  says: [costs $75, costs $50]
  reason: The new price comes with the summer timetable.
"""


def sorted_out(folder: Path, text: str, read: list[ReadDocument] = READ) -> Marked:
    (folder / INTENDED_FILE).write_text(text, encoding="utf-8")
    return read_intended(folder).sort_out(conflicts_in(read), [item.document for item in read])


def the_conflict() -> DocumentConflict:
    return conflicts_in(READ)[0]


def test_without_marks_every_conflict_is_open(tmp_path: Path) -> None:
    marked = read_intended(tmp_path).sort_out(conflicts_in(READ), [item.document for item in READ])
    assert len(marked.open) == 1 and not marked.intended and not marked.stale


def test_a_mark_takes_a_conflict_out_whichever_side_it_names_first(tmp_path: Path) -> None:
    marked = sorted_out(tmp_path, MARK)
    assert not marked.open and not marked.stale
    assert [reason for _, reason in marked.intended] == ["The new price comes with the summer timetable."]


def test_the_mark_that_is_offered_can_be_pasted_as_it_is(tmp_path: Path) -> None:
    offered = mark_for(the_conflict())
    assert not sorted_out(tmp_path, offered).open
    assert "reason: ... why both are right" in offered


def test_a_mark_holds_when_lines_move_and_spaces_change(tmp_path: Path) -> None:
    assert not sorted_out(tmp_path, MARK.replace("costs $75", "COSTS   $75")).open


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[prices,", "[pricess,", 'the mark names "pricess", which does not exist; did you mean "prices"?'),
        (
            "costs $75,",
            "costs $80,",
            '"prices" no longer says "costs $80"; look at the change, then correct or remove the mark',
        ),
        (
            "says: [costs $75, costs $50]",
            "says: [Prices for changes, Changing a ticket]",
            "no conflict is found between these words now; the mark holds as long as both documents say them, "
            "remove it where they mean the same by now",
        ),
    ],
)
def test_a_mark_that_fits_nothing_is_reported(tmp_path: Path, old: str, new: str, message: str) -> None:
    marked = sorted_out(tmp_path, MARK.replace(old, new))
    assert [str(problem) for problem in marked.stale] == [f"{INTENDED_FILE}:2: {message}"]
    assert len(marked.open) == 1


def test_what_another_document_says_makes_no_mark_invalid(tmp_path: Path) -> None:
    """Both texts are as they were: that no conflict is found between them now is worth a look, and no failure."""
    (tmp_path / INTENDED_FILE).write_text(MARK, encoding="utf-8")
    conflict = the_conflict()
    documents = [side.document for side in conflict.sides]
    (told,) = read_intended(tmp_path).sort_out([], documents).stale
    assert told.severity is Severity.NOTE
    assert read_intended(tmp_path).sort_out([conflict], documents).stale == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (MARK.replace("reason", "reson"), ':4: unknown key "reson"; did you mean "reason"?'),
        (MARK.replace("  reason: The", "  # The"), ':2: key "reason" is missing'),
        ("documents: [a, b]\n", ':1: must be a list: each mark starts with "- documents: [..., ...]"'),
        ("# marks\n- prices\n", ':2: a mark is "documents", "says" and "reason"'),
        (MARK.replace("[prices, changes]", "[prices]"), ':2: "documents" has 1: give at least 2'),
        ("- documents: [a, b\n", ":2: not valid YAML"),
    ],
)
def test_a_broken_file_says_where_and_what_to_write(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / INTENDED_FILE).write_text(text, encoding="utf-8")
    with pytest.raises(CorpusError) as error:
        read_intended(tmp_path)
    assert str(error.value).startswith(f"{INTENDED_FILE}{message}")


def test_a_file_that_is_no_text_is_reported(tmp_path: Path) -> None:
    (tmp_path / INTENDED_FILE).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CorpusError, match=r"cannot be read.*save it as UTF-8"):
        read_intended(tmp_path)
