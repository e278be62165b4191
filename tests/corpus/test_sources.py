"""Where documents come from: which files of a folder are read, and a git revision."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from proxy.corpus.problems import CorpusError, Problem, Severity
from proxy.corpus.sources import GitSource, SourceFile, open_source


def paths_of(spec: Path | str) -> list[str]:
    return [found.path for found in open_source(spec).read() if isinstance(found, SourceFile)]


def problems_of(spec: Path | str) -> list[Problem]:
    return [found for found in open_source(spec).read() if isinstance(found, Problem)]


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    return subprocess.run(
        ["git", "-C", str(folder), *who, *arguments], check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def repository(folder: Path) -> Path:
    git(folder, "init", "--quiet", "--initial-branch=main")
    (folder / "deep").mkdir()
    (folder / "deep" / "größe.md").write_text("old", encoding="utf-8")
    (folder / "README.md").write_text("no policy", encoding="utf-8")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "One")
    return folder


def test_documents_are_read_in_order_hidden_files_and_readmes_are_not(folder: Path) -> None:
    for name in ["b.md", "a/c.txt", "a/.hidden.md", ".git/x.md", "README.md", "picture.png", "~$open.docx"]:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("text", encoding="utf-8")
    assert paths_of(folder) == ["a/c.txt", "b.md"]
    assert problems_of(folder) == []


def test_kinds_that_cannot_be_read_are_named(folder: Path) -> None:
    (folder / "fees.xlsx").write_bytes(b"x")
    (problem,) = problems_of(folder)
    assert problem.severity is Severity.WARNING
    assert str(problem).startswith("fees.xlsx: this kind of file is not read; save it as")


def test_links_out_of_the_folder_are_not_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("secret", encoding="utf-8")
    (folder / "inside.md").write_text("text", encoding="utf-8")
    (folder / "out.md").symlink_to(tmp_path / "secret.md")
    (folder / "in.md").symlink_to(folder / "inside.md")
    (folder / "all").symlink_to(tmp_path)
    assert paths_of(folder) == ["in.md", "inside.md"]
    assert [str(problem) for problem in problems_of(folder)] == [
        "out.md: a link to a file outside the corpus folder is not followed; copy the file here"
    ]


def test_a_dangling_link_is_named(folder: Path) -> None:
    (folder / "gone.md").symlink_to(folder / "nowhere.md")
    assert [str(problem) for problem in problems_of(folder)] == [
        "gone.md: the file cannot be read: No such file or directory"
    ]


def test_a_missing_folder_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="the corpus folder does not exist; pass the folder"):
        paths_of(tmp_path / "nowhere")


def test_a_file_in_place_of_the_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CorpusError, match="the corpus folder is a file"):
        paths_of(tmp_path / "file")


def test_the_fingerprint_changes_with_the_files(folder: Path) -> None:
    (folder / "a.md").write_text("text", encoding="utf-8")
    before = open_source(folder).fingerprint()
    assert open_source(folder).fingerprint() == before
    (folder / "a.md").write_text("longer text", encoding="utf-8")
    assert open_source(folder).fingerprint() != before


def test_a_git_revision_is_read_as_it_was_committed(repository: Path) -> None:
    (repository / "deep" / "größe.md").write_text("changed, not committed", encoding="utf-8")
    source = open_source(f"{repository}@main")
    assert isinstance(source, GitSource)
    assert list(source.read()) == [SourceFile("deep/größe.md", b"old")]


def test_a_folder_within_a_repository_has_its_own_paths(repository: Path) -> None:
    assert paths_of(f"{repository / 'deep'}@main") == ["größe.md"]


def test_a_branch_that_moves_changes_the_fingerprint(repository: Path) -> None:
    source = open_source(f"{repository}@main")
    before = source.fingerprint()
    git(repository, "commit", "--quiet", "--allow-empty", "-m", "Two")
    assert source.fingerprint() != before


def test_an_unknown_revision_is_an_error(repository: Path) -> None:
    with pytest.raises(CorpusError, match="git cannot read this revision"):
        paths_of(f"{repository}@nowhere")


def test_a_folder_whose_name_has_an_at_is_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "policies@2026"
    folder.mkdir()
    (folder / "a.md").write_text("text", encoding="utf-8")
    assert paths_of(folder) == ["a.md"]
