"""The pages for policy owners say what is so: their examples are run."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml
from support.command_line import Cxai, command_line
from support.documents import writer

from proxy.authoring.cases.options import Case
from proxy.corpus.markdown import block_tokens

ROOT = Path(__file__).parents[2]
CORPUS_PAGE = (ROOT / "docs" / "corpus.md").read_text(encoding="utf-8")
CI_PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    return [token.content for token in block_tokens(page) if token.type == "fence" and token.info == language]


def block_with(page: str, language: str, words: str) -> str:
    (found,) = [block for block in blocks(page, language) if words in block]
    return found


@pytest.fixture
def cxai(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    logging_as_it_was: None,
) -> Cxai:
    """In a folder with the shipped documents and routes."""
    for name in ("policy_corpus", "policies/routes.yaml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).symlink_to(ROOT / name)
    return command_line(tmp_path, monkeypatch, capsys)


def test_the_example_document_is_a_good_one(cxai: Cxai) -> None:
    write = writer(Path("docs"))
    write("airline/changes-2025.md", "Text.", title="Changes", owner="A", effective_from="2025-01-01")
    Path("docs/airline/changes.md").write_text(
        block_with(CORPUS_PAGE, "markdown", "title: Changing your booking")
    )
    lines = cxai("corpus", "lint", "docs").out.splitlines()
    assert [line for line in lines if line.startswith(("error", "warning"))] == []


def test_lint_prints_what_the_page_shows(cxai: Cxai) -> None:
    Path("policy_corpus").unlink()
    write = writer(Path("policy_corpus"))
    known = {"title": "Fees", "owner": "A"}
    dates = {"effective_from": "2025-01-01", "effective_to": "2025-12-30"}
    write("airline/fees-2025.md", "Text.", **known, **dates)
    write(
        "airline/fees.md",
        "\n\n\n\n\nRefunds are usually paid within 7 days.",
        **known,
        effective_from="2026-01-01",
        jurisdiction="CA",
        audience="customer",
        authority="tariff",
        risk="high",
        supersedes="airline/fees-2052",
    )
    shown = block_with(CORPUS_PAGE, "", "error: policy_corpus/airline/fees.md")
    printed = cxai("corpus", "lint").out
    assert sorted(printed.splitlines()) == sorted(shown.splitlines())


def test_the_example_cases_hold(cxai: Cxai) -> None:
    Path("policies/tests").mkdir()
    Path("policies/tests/bags.yaml").write_text(block_with(CORPUS_PAGE, "yaml", "first-bag-today"))
    assert cxai("policies", "test").out.endswith("2 answer cases: all passed\n")


def test_a_failure_looks_as_the_page_shows(cxai: Cxai) -> None:
    example = block_with(CORPUS_PAGE, "yaml", "first-bag-today")
    text = example.replace("bag costs $45", "bag costs $35")
    Path("policies/tests").mkdir()
    Path("policies/tests/bags.yaml").write_text(text)
    assert cxai("policies", "test").out.startswith(
        block_with(CORPUS_PAGE, "", "failed: policies/tests/bags.yaml")
    )


def test_every_key_of_a_case_is_described() -> None:
    (table,) = re.findall(r"\| key \| what it says \|\n(.*?)\n\n", CORPUS_PAGE, re.DOTALL)
    described = set(re.findall(r"`([a-z_]+)`", "".join(row.split("|")[1] for row in table.splitlines())))
    assert described == set(Case.model_fields)


def commands(value: object) -> list[str]:
    """Every ``cxai`` command in a CI file."""
    if isinstance(value, dict):
        return [one for inner in value.values() for one in commands(inner)]
    if isinstance(value, list):
        return [one for inner in value for one in commands(inner)]
    return [value] if isinstance(value, str) and value.startswith("cxai ") else []


@pytest.mark.parametrize("name", ["policies.yml", ".gitlab-ci.yml"])
def test_the_commands_of_the_ci_snippets_run(cxai: Cxai, name: str) -> None:
    found = commands(yaml.safe_load(block_with(CI_PAGE, "yaml", name)))
    assert len(found) == 2
    for command in found:
        ran = cxai(*shlex.split(command)[1:])
        assert ran.status == 0, (command, ran.err)


def test_the_hooks_of_the_page_exist_and_run(cxai: Cxai) -> None:
    hooks = {
        hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    }
    (repository,) = yaml.safe_load(block_with(CI_PAGE, "yaml", ".pre-commit-config.yaml"))["repos"]
    assert {hook["id"] for hook in repository["hooks"]} == set(hooks)
    for hook in repository["hooks"]:
        entry = shlex.split(hooks[hook["id"]]["entry"])
        assert cxai(*entry[1:], *hook.get("args", [])).status == 0
        assert re.match(hooks[hook["id"]]["files"], "policy_corpus/airline/fees.md")
