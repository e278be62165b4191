"""``cxai rehearse consistency``: the same questions come to the same, and where they do not it is shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.command_line import Cxai, cxai
from support.rehearsing import FALSE, TRUE, settle_in, suite_of, turn
from support.rehearsing import shop as conversation

from proxy.drill.company import QUESTION

__all__ = ["cxai"]

ASK = (
    "rehearse",
    "consistency",
    "suite.jsonl",
    "--corpus",
    "corpus",
    "--policies",
    "policies",
    "--processes",
    "1",
)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    settle_in(tmp_path)
    turns = turn(TRUE), turn(FALSE, asked="May I send it back?")
    suite_of(tmp_path / "suite.jsonl", conversation("c", *turns))
    return tmp_path


def test_questions_that_come_to_the_same_are_counted(cxai: Cxai, shop: Path) -> None:
    told = json.loads(cxai(*ASK, "--json").out)
    assert told["questions"] == 2 and len(told["pairs"]) == 9
    assert told["same_both"] == told["same_values"] == told["same_decision"]
    assert (told["same_both"]["hits"], told["same_both"]["n"], told["differing"]) == (2, 2, [])


def test_a_wording_that_comes_to_something_else_is_shown_beside_the_question(cxai: Cxai, shop: Path) -> None:
    other = {"question": QUESTION, "wordings": ["I want to talk to a human being, now."]}
    (shop / "wordings.jsonl").write_text(json.dumps(other) + "\n", encoding="utf-8")
    asked = *ASK, "--wordings", "wordings.jsonl", "--channels", "chat"
    ran = cxai(*asked)
    assert ran.status == 0 and "Pairs that differ, 1 of 1" in ran.out, ran.err
    told = json.loads(cxai(*asked, "--json").out)
    (one,) = told["differing"]
    assert (one["question"], one["wording"], one["channel"]) == (QUESTION, "given 1", "chat")
    assert (one["asked"]["decision"], one["other"]["decision"]) == ("deliver", "escalate")
    assert one["asked"]["values"] and (told["same_decision"]["hits"], told["same_decision"]["n"]) == (1, 2)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (("--channels", "chat,chat"), "name different channels, such as chat,email"),
        (("--wordings", "none.jsonl"), "--wordings: none.jsonl: cannot be read"),
    ],
)
def test_what_cannot_be_asked_is_said(cxai: Cxai, shop: Path, told: tuple[str, ...], said: str) -> None:
    ran = cxai(*ASK, *told)
    assert ran.status == 2 and said in ran.err
