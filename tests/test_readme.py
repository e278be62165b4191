"""The README's commands do what it says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, RunningProxy

from proxy.demo.conversations import read_conversations

README = (ROOT / "README.md").read_text(encoding="utf-8")
SHELL_BLOCKS = re.findall(r"```sh\n(.*?)```", README, flags=re.DOTALL)
CURL = [block for block in SHELL_BLOCKS if block.startswith("curl")]
CHECK = [block for block in SHELL_BLOCKS if block.startswith("cxai check")]
ANSWER = "Yes, you can claim it within 90 days after your trip."


def run(command: str) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euc", command], capture_output=True, text=True, cwd=ROOT, env={**os.environ, "PATH": path}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_there_are_examples_to_run() -> None:
    assert len(CURL) >= 2 and len(CHECK) == 1


@pytest.mark.parametrize("command", CURL)
def test_the_curl_examples_get_a_verdict(proxy: RunningProxy, command: str) -> None:
    proxy.provider.answers(ANSWER)
    body = json.loads(run(command.replace("http://127.0.0.1:8080", proxy.url)))
    verdict = body.get("cxai", body)
    assert verdict["decision"] == "rewrite"
    assert verdict["claims"][0]["verdict"] != "supported"


def test_the_demo_has_an_answer_to_the_examples_question() -> None:
    body = json.loads(re.search(r"-d '(.*?)'", CURL[0], flags=re.DOTALL)[1])  # type: ignore[index]
    recorded = {(conversation.model, conversation.asked[-1]) for conversation in read_conversations()}
    assert (body["model"], body["messages"][-1]["content"]) in recorded


@pytest.mark.parametrize("command", CHECK)
def test_the_check_example_finds_its_claim_supported(command: str) -> None:
    assert "supported" in run(command)


def test_every_document_that_the_readme_links_to_is_there() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", README)
    assert links and all((ROOT / link).exists() for link in links)
