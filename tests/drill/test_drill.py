"""The drill as anybody runs it: every promise is kept, the page in docs/ is true, and a broken promise is told."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import pytest
from conftest import ROOT
from typer.testing import CliRunner

from proxy.cli import app
from proxy.drill import run
from proxy.drill.fault import Fault, Stage, Way
from proxy.drill.faults import provider
from proxy.drill.outcome import Outcome
from proxy.drill.place import Place

# Its faults have time limits, which other tests' work beside it would run into.
pytestmark = pytest.mark.alone


@pytest.fixture(scope="session")
def printed(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """The one run of the whole drill that the tests share."""
    command = [sys.executable, "-m", "proxy.cli", "drill", "--format", "markdown"]
    folder = tmp_path_factory.mktemp("elsewhere")
    # Whoever has a proxy of their own has settings for it, which must not matter.
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CXAI_ON_FIRE": "1", "OTEL_SDK_DISABLED": "true"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)


def test_every_promise_is_kept(printed: subprocess.CompletedProcess[str]) -> None:
    assert printed.returncode == 0, printed.stdout + printed.stderr
    assert printed.stdout.count("| yes |\n") == sum(len(stage.faults) for stage in run.STAGES) >= 12


def test_the_page_in_docs_is_what_the_drill_prints(printed: subprocess.CompletedProcess[str]) -> None:
    page = (ROOT / "docs" / "drill.md").read_text(encoding="utf-8")
    assert page == printed.stdout, "make it again: cxai drill --format markdown > docs/drill.md"


@pytest.mark.parametrize("mode", ["open", "closed", "escalate"])
def test_each_choice_for_what_is_unverified_is_tried(
    printed: subprocess.CompletedProcess[str], mode: str
) -> None:
    assert f"`on_unverified: {mode}`" in printed.stdout


def only(*faults: Fault) -> tuple[Stage, ...]:
    return (Stage("provider", faults, lambda _: provider.LIMITS),)


def test_a_broken_promise_ends_the_command_with_status_1(
    monkeypatch: pytest.MonkeyPatch, logging_as_it_was: None
) -> None:
    refusing, *_ = provider.FAULTS
    wrong = replace(refusing, promised=replace(refusing.promised, reason="upstream_timeout"))
    monkeypatch.setattr(run, "STAGES", only(wrong))
    result = CliRunner().invoke(app, ["drill", "--format", "markdown"])
    assert result.exit_code == 1
    row = result.stdout.splitlines()[-1]
    assert row.endswith("| NO |") and "verified: no (upstream_unreachable)" in row
    assert f"not as promised: {refusing.name}" in result.stderr


def test_a_fault_that_cannot_be_tried_is_no_kept_promise_and_leaves_the_others_alone() -> None:
    def fails(place: Place, way: Way) -> Outcome:
        raise RuntimeError("no such port")

    answers_500 = next(fault for fault in provider.FAULTS if fault.name == "The provider answers 500")
    results = run.run_drill(only(replace(answers_500, work=fails), answers_500))
    assert [result.kept for result in results] == [False, True]
    assert results[0].seen_in_words() == "whole: could not be tried: RuntimeError: no such port"
