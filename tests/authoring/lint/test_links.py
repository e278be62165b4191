"""Links that lead nowhere within the corpus."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from support.documents import Write

from proxy.authoring.lint.linting import lint


def said(folder: Path | str) -> list[str]:
    return [str(finding.problem) for finding in lint(folder) if finding.check == "links"]


@pytest.fixture
def refunds(folder: Path, write: Write) -> Path:
    write(
        "airline/refunds.md",
        "# Refunds\n\n## Time & form\n\nText.\n\n## Time & form\n\n<a id='late'></a>Text.",
    )
    (folder / "airline" / "form.pdf").write_bytes(b"not a document that is read")
    (folder / "airline" / "map.png").write_bytes(b"a picture")
    return folder


@pytest.mark.parametrize(
    "link",
    [
        "[r](refunds.md)",
        "[r](refunds)",
        "[r](./refunds.md#refunds)",
        "[r](refunds.md#time--form)",
        "[r](refunds.md#time--form-1)",
        "[r](refunds.md#late)",
        "[r](../airline/refunds.md)",
        "[r](#fees)",
        "![map](map.png)",
        "[the folder](../airline)",
        "[outside](../../docs/other.md)",
        "[the web](https://example.com/missing.md)",
        "[a website's path](/help/refunds)",
        "[mail](mailto:a@example.com)",
        "[reference][r]\n\n[r]: refunds.md",
        "`[code](missing.md)`",
    ],
)
def test_a_link_that_leads_somewhere_is_left_alone(refunds: Path, write: Write, link: str) -> None:
    write("airline/fees.md", f"# Fees\n\n{link}\n")
    assert said(refunds) == []


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        (
            "[r](refund.md)",
            'the link "refund.md" leads to a file that does not exist; did you mean "refunds.md"?',
        ),
        (
            "[r](help/refunds.md)",
            'the link "help/refunds.md" leads to a file that does not exist; did you mean "refunds.md"?',
        ),
        (
            "![map](plan.png)",
            'the link "plan.png" leads to a file that does not exist; correct it, or remove the link',
        ),
        (
            "[r](www.example.com/a)",
            'the link "www.example.com/a" leads to a file that does not exist; did you mean "https://www.example.com/a"?',
        ),
        (
            "[r](refunds.md#time-and-form)",
            'the link "refunds.md#time-and-form" leads to no heading of "airline/refunds"; did you mean "#time--form"?',
        ),
        (
            "[r](#prices)",
            'the link "#prices" leads to no heading of "airline/fees"; correct what follows the #, or leave it out',
        ),
    ],
)
def test_a_broken_link_is_named_with_its_line(refunds: Path, write: Write, link: str, expected: str) -> None:
    write(
        "airline/fees.md", f"# Fees\n\nA paragraph with\na line and\n{link} in it.\n", title="Fees", owner="A"
    )
    assert said(refunds) == [f"airline/fees.md:9: {expected}"]


def test_a_link_in_a_table_has_its_rows_line(refunds: Path, write: Write) -> None:
    write("airline/fees.md", "| a | b |\n|---|---|\n| one | [x](refunds.md) |\n| two | [x](nowhere.md) |\n")
    (message,) = said(refunds)
    assert message.startswith("airline/fees.md:4:")


def test_links_of_a_git_revision_are_looked_up_there(refunds: Path, write: Write) -> None:
    write("airline/fees.md", "[form](form.pdf) and [gone](gone.pdf)\n")
    for command in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=A", "-c", "user.email=a@b", "commit", "-qm", "A"],
    ):
        subprocess.run(["git", "-C", str(refunds), *command], check=True)
    (refunds / "airline" / "form.pdf").unlink()
    assert [message.split("; ")[0] for message in said(f"{refunds}@HEAD")] == [
        'airline/fees.md:1: the link "gone.pdf" leads to a file that does not exist'
    ]
