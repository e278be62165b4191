"""Suites are read as they were written; each bad line is named; the shipped one is whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

from proxy.rehearsal.suite.model import Answer, Conversation, Head, KnownFact, Label, Sampling, Turn
from proxy.rehearsal.suite.reading import SuiteError, open_suite, write_suite

SHIPPED = ROOT / "policies" / "rehearsal" / "airline"
HEAD = Head(
    suite="s",
    version=1,
    source="csv",
    sampling=Sampling(taken=1, of=1, how="all"),
    personal_data="replaced",
)


def conversation(name: str = "c1", **more: Any) -> Conversation:
    asked = {"role": "user", "content": "How long do refunds take?"}
    answer = Answer(content="Refunds take 14 days. Bye!")
    label = Label(start=0, end=21, label="supported")
    known = {"open_case": KnownFact(value=False, age_s=2.5, source="crm")}
    first = Turn(messages=(asked,), answer=answer, labels=(label,), facts=known)
    again = Turn(messages=({"role": "user", "content": "Thanks"},), answer=Answer(content="You are welcome."))
    return Conversation(id=name, turns=(first, again), **more)


def written(folder: Path, *lines: str) -> Path:
    file = folder / "suite.jsonl"
    file.write_text("\n".join([HEAD.model_dump_json(), *lines]) + "\n", encoding="utf-8")
    return file


def test_a_suite_is_read_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "suite.jsonl"
    conversations = [conversation("ç1", customer="C-7"), conversation("c2")]
    write_suite(file, HEAD, conversations)
    for suite in (open_suite(file), open_suite(tmp_path)):
        assert suite.head == HEAD
        assert list(suite.conversations()) == conversations
        assert suite.conversation(1) == conversations[1] and suite.turns == (2, 2)


def test_a_request_has_what_was_said_before_it_as_it_was_recorded() -> None:
    (_, first), (_, second) = conversation().requests()
    assert [one["content"] for one in first] == ["How long do refunds take?"]
    assert [one["content"] for one in second] == [
        "How long do refunds take?",
        "Refunds take 14 days. Bye!",
        "Thanks",
    ]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"turns": []}, "turns: Tuple should have at least 1 item"),
        ({"turn": 1}, "turn: Extra inputs are not permitted"),
        ({"turns": [{"answer": {}}]}, "turns.0.answer: the answer has neither a text nor calls of tools"),
        (
            {
                "turns": [
                    {"answer": {"content": "Hi"}, "labels": [{"start": 0, "end": 9, "label": "supported"}]}
                ]
            },
            "turns.0: a label is of characters 0 to 9, and the answer has 2",
        ),
        ({"id": "c0"}, 'the conversation "c0" is in line 2 already'),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, changed: dict[str, Any], told: str) -> None:
    bad = json.dumps({**conversation("c1").model_dump(mode="json"), **changed})
    file = written(tmp_path, conversation("c0").model_dump_json(), bad)
    with pytest.raises(SuiteError) as raised:
        open_suite(file)
    assert f"{file}:3: {told}" in str(raised.value)


def test_all_bad_lines_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(SuiteError) as raised:
        open_suite(written(tmp_path, "{", *["[]"] * 30))
    assert len(str(raised.value).splitlines()) == 21 and "… and 11 more" in str(raised.value)


def test_a_suite_without_a_head_or_conversations_is_no_suite(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match="there is no conversation"):
        open_suite(written(tmp_path))
    (tmp_path / "other.jsonl").write_text(conversation().model_dump_json() + "\n", encoding="utf-8")
    with pytest.raises(SuiteError, match=r"other\.jsonl:1: head: suite: Field required"):
        open_suite(tmp_path / "other.jsonl")
    with pytest.raises(SuiteError, match="cannot be read: No such file"):
        open_suite(tmp_path / "nowhere.jsonl")


def test_the_shipped_suite_is_whole_and_says_where_it_is_from() -> None:
    suite = open_suite(SHIPPED)
    assert (suite.head.sampling.taken, suite.head.personal_data) == (24, "replaced")
    assert "MIT" in (suite.head.licence or "") and "MIT License" in (SHIPPED / "LICENSE").read_text("utf-8")
    labels = [label.label for one in suite.conversations() for turn in one.turns for label in turn.labels]
    assert {"supported", "contradicted", "unsupported", "not_checkable"} == set(labels)
    for one in suite.conversations():
        for turn in one.turns:
            text = turn.answer.content or ""
            assert all(text[label.start : label.end].strip() for label in turn.labels)
