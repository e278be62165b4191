"""Text that stands in several documents."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.documents import Write

from proxy.authoring.lint.linting import lint

SENTENCE = "Refunds are paid within 14 days to the card that was used for the purchase."
SECOND = "Gift cards cannot be refunded once a part of their balance has been used up."


def said(folder: Path) -> list[str]:
    return [str(finding.problem) for finding in lint(folder) if finding.check == "duplicates"]


def test_a_sentence_in_two_documents_is_named_with_both_places(folder: Path, write: Write) -> None:
    write("a.md", f"# A\n\n{SENTENCE}\n")
    write("b.md", f"# B\n\nOther text.\n\n- {SENTENCE}\n")
    assert said(folder) == [
        "b.md:5: the same sentence as in a.md:3; say it in one document and link to it from the other, else a "
        f'change of one leaves the other behind: "{SENTENCE}"'
    ]


def test_small_changes_of_wording_do_not_hide_it(folder: Path, write: Write) -> None:
    write("a.md", f"# A\n\n{SENTENCE}\n")
    write("b.md", "# B\n\nRefunds are **paid** within 14 days to the card which was used for the purchase!\n")
    assert said(folder)[0].startswith("b.md:3: the same sentence as in a.md:3")


def test_a_copied_section_is_one_finding(folder: Path, write: Write) -> None:
    write("a.md", f"# A\n\n{SENTENCE} {SECOND}\n")
    write("b.md", f"# B\n\n{SENTENCE} {SECOND}\n")
    (message,) = said(folder)
    assert message.startswith("b.md:3: 2 of the same sentences as in a.md:3;")


def test_the_same_but_for_a_number_is_worth_a_second_look(folder: Path, write: Write) -> None:
    write("a.md", f"# A\n\n{SENTENCE}\n")
    write("b.md", f"# B\n\n{SENTENCE.replace('14', '30')}\n")
    (message,) = said(folder)
    assert message.startswith(
        "b.md:3: a sentence differs from a.md:3 hardly but in numbers; if both mean the same"
    )
    assert (
        "within 30 days" in message.split(", there ")[0] and "within 14 days" in message.split(", there ")[1]
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"title": "Fees"}, {"title": "Fees", "supersedes": "a", "effective_from": "2026-01-01"}),
        ({"title": "Fees (2025)"}, {"title": "Fees (2026)"}),
        ({"title": "A", "jurisdiction": "GB"}, {"title": "B", "jurisdiction": "IE"}),
        ({"title": "A", "audience": "staff"}, {"title": "B", "audience": "customer"}),
        ({"title": "A", "effective_to": "2025-12-31"}, {"title": "B", "effective_from": "2026-01-01"}),
    ],
)
def test_versions_and_documents_that_never_meet_may_repeat_each_other(
    folder: Path, write: Write, first: dict[str, str], second: dict[str, str]
) -> None:
    write("a.md", SENTENCE, **first)
    write("b.md", SENTENCE, **second)
    assert said(folder) == []


def test_short_sentences_and_rows_of_tables_may_be_alike(folder: Path, write: Write) -> None:
    table = "| Fare | What you get back when you cancel before leaving |\n|---|---|\n| Flex | all but the fee of $50 |"
    for name in "ab":
        write(f"{name}.md", f"# {name}\n\nAsk us in the app.\n\n{table}\n")
    assert said(folder) == []
