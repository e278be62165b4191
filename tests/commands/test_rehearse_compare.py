"""``cxai rehearse compare``: a suite of one kind of question is told what live traffic has besides."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.command_line import command_line

from proxy.rehearsal.suite.model import Answer, Conversation, Head, Sampling, Turn
from proxy.rehearsal.suite.reading import write_suite

ENGLISH = "Where is my bag, and when will it be brought to me?"
SPANISH = "¿Dónde está mi maleta y cuándo me la van a traer al hotel?"


def suite(path: Path, texts: list[str]) -> None:
    head = Head(
        suite=path.stem, version=1, source="test", personal_data="kept",
        sampling=Sampling(taken=len(texts), of=len(texts), how="all"),
    )  # fmt: skip
    write_suite(
        path,
        head,
        [
            Conversation(
                id=f"{path.stem}-{number}",
                turns=(
                    Turn(messages=({"role": "user", "content": text},), answer=Answer(content="One moment.")),
                ),
            )
            for number, text in enumerate(texts)
        ],
    )


def test_what_the_suite_lacks_is_told_with_conversations_that_have_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cxai = command_line(tmp_path, monkeypatch, capsys)
    suite(tmp_path / "pilot.jsonl", [ENGLISH] * 40)
    suite(tmp_path / "live.jsonl", [ENGLISH] * 20 + [SPANISH] * 20)
    ran = cxai("rehearse", "compare", "pilot.jsonl", "live.jsonl")
    assert ran.status == 0, ran.err
    assert "the language of messages: differs" in ran.out
    assert "not known, so not compared: intents, completeness, freshness, arrivals, faults" in ran.out
    gap = next(line for line in ran.out.splitlines() if "are in the language es" in line)
    assert gap.startswith("- 50.0% of live messages are in the language es (20 of 40, ")
    assert "the suite has none (0 of 40, 0.0% to 8.8%); 40 more would close the gap; begin with live-" in gap
    same = cxai("rehearse", "compare", "pilot.jsonl", "pilot.jsonl", "--json").json_lines()[0]
    assert same["gaps"] == [] and same["score"]["value"] == 100.0


def test_a_file_that_is_no_suite_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cxai = command_line(tmp_path, monkeypatch, capsys)
    (tmp_path / "pilot.jsonl").write_text("no suite\n", encoding="utf-8")
    ran = cxai("rehearse", "compare", "pilot.jsonl", "pilot.jsonl")
    assert ran.status != 0 and "pilot.jsonl" in ran.err
