"""``cxai corpus lint`` as an editor and a CI system meet it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from support.command_line import Cxai, cxai
from support.documents import writer

__all__ = ["cxai"]

FRONT = {"title": "Fees", "owner": "A", "effective_from": "2026-01-01"}


@pytest.fixture(autouse=True)
def documents(tmp_path: Path) -> None:
    """A document that has one warning and one note."""
    write = writer(tmp_path / "policy_corpus")
    write("fees.md", "# Fees\n\nFees are usually paid at once.\nSee [the list](list.md).", **FRONT)


def test_each_finding_has_its_place_severity_and_check_and_all_are_counted(cxai: Cxai) -> None:
    ran = cxai("corpus", "lint")
    first, second, last = ran.out.splitlines()
    assert first.startswith("note: policy_corpus/fees.md:8: no answer can be held to") and first.endswith(
        "[wording]"
    )
    assert second.startswith("warning: policy_corpus/fees.md:9: the link") and second.endswith("[links]")
    assert last == "policy_corpus: 0 errors, 1 warning, 1 note"


def test_only_errors_end_with_1_unless_it_is_strict(cxai: Cxai) -> None:
    assert cxai("corpus", "lint").status == 0
    assert cxai("corpus", "lint", "--strict").status == 1
    assert cxai("corpus", "lint", "--strict", "--skip", "links").status == 0
    writer(Path("policy_corpus"))("new.md", "Text.", **{**FRONT, "title": "New"}, supersedes="gone")
    assert cxai("corpus", "lint").status == 1


def test_json_has_one_finding_a_line(cxai: Cxai) -> None:
    first, second = cxai("corpus", "lint", "--json").json_lines()
    assert {key: first[key] for key in ("path", "line", "severity", "check")} == {
        "path": "fees.md",
        "line": 8,
        "severity": "note",
        "check": "wording",
    }
    assert second["message"].startswith('the link "list.md" leads to a file that does not exist')


def test_github_is_told_file_line_and_severity(cxai: Cxai) -> None:
    Path("policy_corpus/a, b.md").write_text("---\ntitle: [\n---\nText: 100%\n")
    first, second, third = cxai("corpus", "lint", "--format", "github").out.splitlines()
    assert first.startswith("::error file=policy_corpus/a%2C b.md,line=")
    assert second.startswith("::notice file=policy_corpus/fees.md,line=8,title=cxai wording::no answer can")
    assert third.startswith("::warning file=policy_corpus/fees.md,line=9,title=cxai links::the link")


def test_github_is_told_paths_from_where_it_runs(cxai: Cxai, tmp_path: Path) -> None:
    absolute = str(tmp_path / "policy_corpus")
    assert "file=policy_corpus/fees.md," in cxai("corpus", "lint", absolute, "--format", "github").out


def test_a_check_that_is_not_there_is_named(cxai: Cxai) -> None:
    ran = cxai("corpus", "lint", "--skip", "link")
    assert (ran.status, ran.err) == (2, 'cxai: --skip: there is no check "link"; did you mean "links"?\n')


def test_a_hundred_documents_are_linted_within_five_seconds(cxai: Cxai) -> None:
    """The shipped documents, four times over with other titles and words in them."""
    shipped = sorted((Path(__file__).parents[2] / "policy_corpus").rglob("*.md"))
    write = writer(Path("many"))
    for number in range(100):
        text = shipped[number % len(shipped)].read_text(encoding="utf-8").partition("\n---\n")[2]
        write(f"d{number}.md", text, **{**FRONT, "title": f"Policy of company number-{number}"})
    started = time.perf_counter()
    ran = cxai("corpus", "lint", "many")
    assert ran.out.splitlines()[-1].startswith("many: ")
    assert time.perf_counter() - started < 5
