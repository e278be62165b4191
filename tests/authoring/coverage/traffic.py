"""Traffic made for measuring coverage: questions that the shipped documents answer, and planted gaps."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import cycle
from pathlib import Path
from typing import NamedTuple

import yaml
from conftest import RunningProxy

from proxy.ledger.records import DecisionRecord

TESTS = Path(__file__).parents[2]
ANSWERED = "answered"


class Said(NamedTuple):
    """``topic`` is that of the gap, or ANSWERED."""

    topic: str
    question: str
    answer: str


def planted_gaps(*, held_out: bool) -> list[Said]:
    """What customers ask that no document answers, with what a model makes up about it."""
    text = (Path(__file__).parent / "data" / "gaps.yaml").read_text(encoding="utf-8")
    return [
        Said(gap["topic"], question, answer)
        for gap in yaml.safe_load(text)
        if gap["held_out"] is held_out
        for question, answer in zip(gap["questions"], cycle(gap["answers"]), strict=False)
    ]


def answered_questions() -> list[Said]:
    """Questions to the shipped documents, with true and false answers: the documents speak of both."""
    lines = (TESTS / "data" / "shipped_corpus_answers.jsonl").read_text(encoding="utf-8").splitlines()
    cases = yaml.safe_load((TESTS / "data" / "shipped_corpus_cases.yaml").read_text(encoding="utf-8"))
    return [
        *(Said(ANSWERED, row["question"], row["answer"]) for row in map(json.loads, lines)),
        *(Said(ANSWERED, one["question"], one["claim"]) for one in cases if one["label"] != "unsupported"),
    ]


def asked_of(proxy: RunningProxy, traffic: Iterable[Said]) -> dict[str, str]:
    """Has all of it asked and answered; the topic by response id."""
    topics = {}
    for said in traffic:
        proxy.provider.answers(said.answer)
        topics[proxy.ask(said.question).headers["x-cxai-response-id"]] = said.topic
    return topics


def records_of(proxy: RunningProxy) -> Sequence[DecisionRecord]:
    with proxy.ledger() as ledger:
        return ledger.answers(limit=100_000)
