"""Recorded traffic becomes suites: from each source, with what was sampled and left out said in the head."""

from __future__ import annotations

import csv
import gzip
import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from support.command_line import Cxai, cxai
from support.told import BEGAN, told

from proxy.ledger.ledger import Ledger
from proxy.rehearsal.suite.reading import open_suite
from proxy.telemetry.genai import messages_json

__all__ = ["cxai"]

ASKED = {"role": "user", "content": "How long do refunds take?"}
SAID = {"role": "assistant", "content": "Refunds take 14 days."}
AGAIN = {"role": "user", "content": "And by cheque?"}
SAID_AGAIN = {"role": "assistant", "content": "By cheque they take 30 days."}
CALL = {"id": "call_1", "type": "function", "function": {"name": "get_order", "arguments": "{}"}}


def lines(file: Path, *objects: Any) -> Path:
    file.write_text("".join(json.dumps(one) + "\n" for one in objects), encoding="utf-8")
    return file


def request(messages: list[Any], answer: Any, **more: Any) -> dict[str, Any]:
    asked = {"model": "m", "messages": messages, **more.pop("request", {})}
    return {"request": asked, "response": {"choices": [{"message": answer}], "created": 1767225600}, **more}


def texts(file: Path) -> list[list[list[str]]]:
    """By conversation and turn, what was new and what was answered."""
    return [
        [[*(one["content"] or "" for one in turn.messages), turn.answer.content or ""] for turn in each.turns]
        for each in open_suite(file).conversations()
    ]


TWO_TURNS = [
    [
        ["How long do refunds take?", "Refunds take 14 days."],
        ["And by cheque?", "By cheque they take 30 days."],
    ]
]


def test_requests_of_a_log_are_put_together_to_conversations(cxai: Cxai, tmp_path: Path) -> None:
    other = [{"role": "system", "content": "Be kind."}, ASKED]
    log = lines(
        tmp_path / "log.jsonl",
        request([ASKED], SAID),
        request(other, SAID, headers={"X-CXAI-Conversation-Id": "named", "x-cxai-customer-id": "C-1"}),
        request([ASKED, SAID, AGAIN], SAID_AGAIN),
        {"request": {"messages": [ASKED]}, "response": {"error": {"message": "down"}}},
    )
    ran = cxai("rehearse", "record", "--from", "openai-log", str(log), "--keep-personal-data")
    assert ran.status == 0 and "2 conversations of 2, 3 turns" in ran.out, ran.err
    suite = open_suite(tmp_path / "suite.jsonl")
    first, named = suite.conversations()
    assert texts(suite.file)[:1] == TWO_TURNS
    assert (named.id, named.customer, named.model) == ("named", "C-1", "m")
    assert first.turns[0].at is not None and first.turns[0].at.year == 2026
    assert suite.head.left_out == {"a request without an answer of choices": 1}


def test_a_whole_conversation_has_a_turn_for_each_answer(cxai: Cxai, tmp_path: Path) -> None:
    calling = {"role": "assistant", "content": None, "tool_calls": [CALL]}
    result = {"role": "tool", "tool_call_id": "call_1", "content": '{"status": "sent"}'}
    packed = tmp_path / "log.jsonl.gz"
    with gzip.open(packed, "wt", encoding="utf-8") as file:
        file.write(json.dumps({"id": "c1", "messages": [ASKED, calling, result, SAID, AGAIN]}) + "\n")
    labels = lines(
        tmp_path / "labels.jsonl",
        {"conversation": "c1", "message": 3, "start": 0, "end": 7, "label": "supported", "why": "so"},
    )
    ran = cxai("rehearse", "record", "--from", "openai-log", str(packed), "--labels", str(labels))
    assert ran.status == 0, ran.err
    first, second = next(open_suite(tmp_path / "suite.jsonl").conversations()).turns
    assert first.answer.tool_calls == (CALL,) and second.messages == (result,)
    assert [one.label for one in second.labels] == ["supported"] and not first.labels


def test_transcripts_have_an_answer_for_what_was_written_before_it(cxai: Cxai, tmp_path: Path) -> None:
    with (tmp_path / "chats.csv").open("w", newline="", encoding="utf-8") as file:
        writing = csv.writer(file)
        writing.writerow(["conversation", "role", "text", "at", "channel"])
        for role, text in (("customer", ASKED), ("bot", SAID), ("Customer", AGAIN), ("agent", SAID_AGAIN)):
            writing.writerow(["c1", role, text["content"], "2026-03-01T12:00:00Z", "email"])
        writing.writerow(["c1", "customer", "Thanks", "", ""])
        writing.writerow(["c1", "supervisor", "Note to self", "", ""])
    ran = cxai("rehearse", "record", "--from", "csv", "chats.csv")
    assert ran.status == 0, ran.err
    suite = open_suite(tmp_path / "suite.jsonl")
    assert texts(suite.file) == TWO_TURNS and suite.conversation(0).channel == "email"
    assert suite.head.left_out == {'a row of the role "supervisor"': 1, "a message that nobody answered": 1}


def test_spans_with_messages_are_turns(cxai: Cxai, tmp_path: Path) -> None:
    calling = {"role": "assistant", "content": None, "tool_calls": [CALL]}
    result = {"role": "tool", "tool_call_id": "call_1", "content": '{"status": "sent"}'}

    def span(at: int, asked: list[Any], answered: Any, **more: str) -> dict[str, Any]:
        told = {
            "gen_ai.request.model": "m",
            "gen_ai.conversation.id": "c1",
            "gen_ai.input.messages": messages_json(asked),
            "gen_ai.output.messages": messages_json([answered], ["stop"]),
            **more,
        }
        pairs = [{"key": name, "value": {"stringValue": value}} for name, value in told.items()]
        return {"traceId": "t", "startTimeUnixNano": str(at * 10**9), "attributes": pairs}

    bare = {"attributes": [{"key": "gen_ai.request.model", "value": {"stringValue": "m"}}]}
    spans = [span(2, [ASKED, calling, result], SAID), span(1, [ASKED], calling), bare, {"name": "other"}]
    file = lines(tmp_path / "traces.jsonl", {"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]})
    ran = cxai("rehearse", "record", "--from", "otlp", str(file))
    assert ran.status == 0, ran.err
    suite = open_suite(tmp_path / "suite.jsonl")
    first, second = suite.conversation(0).turns
    assert first.answer.tool_calls == (CALL,) and second.messages == (result,) and second.continues
    assert suite.head.left_out == {"a span of a model's call that carries no messages": 1}


def test_the_ledger_gives_what_was_asked_known_and_answered(
    cxai: Cxai, tmp_path: Path, ledger: Ledger, ledger_url: str
) -> None:
    case = {"state": "fresh", "class": "required", "value": True, "age_s": 3.0, "source": "crm"}
    fact = {"source": "get_order", "text": '{"status": "sent"}', "succeeded": True}
    for number, (asked, said) in enumerate(((ASKED, SAID), (AGAIN, SAID_AGAIN))):
        record = told(
            f"r{number}",
            said["content"],
            hours=number,
            conversation_id="c1",
            question=asked["content"],
            facts=[fact],
            context={"completeness": 1.0, "facts": {"open_case": case}},
        )
        ledger.record(record)
    ledger.record(told("r9", "Nobody asked.", hours=3))
    ran = cxai("rehearse", "record", "--database-url", ledger_url, "--since", "2026-01-01")
    assert ran.status == 0, ran.err
    suite = open_suite(tmp_path / "suite.jsonl")
    first, second = suite.conversation(0).turns
    assert [one.get("content") for one in first.messages] == [ASKED["content"], None, '{"status": "sent"}']
    assert second.messages == (AGAIN,) and second.at == BEGAN + timedelta(hours=1)
    assert first.facts["open_case"].value is True and first.facts["open_case"].source == "crm"
    assert suite.head.left_out == {"a decision whose question is not kept": 1}


def test_a_sample_is_drawn_by_its_seed_and_said(cxai: Cxai, tmp_path: Path) -> None:
    log = lines(tmp_path / "log.jsonl", *({"id": f"c{at}", "messages": [ASKED, SAID]} for at in range(30)))
    drawn = []
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        sampled = ("--sample", "5", "--seed", seed, "--to", f"{name}.jsonl")
        assert cxai("rehearse", "record", "--from", "openai-log", str(log), *sampled).status == 0
        suite = open_suite(tmp_path / f"{name}.jsonl")
        assert (suite.head.sampling.taken, suite.head.sampling.of) == (5, 30)
        drawn.append([one.id for one in suite.conversations()])
    assert drawn[0] == drawn[1] != drawn[2]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--from", "fax", "a"), 'there is no source "fax"; there are ledger, openai-log, csv, otlp'),
        (("--from", "csv"), "name the files to read"),
        (("--from", "csv", "none.csv"), "none.csv: cannot be read: No such file"),
        (("--from", "csv", "bad.csv"), "bad.csv:1: no column role, text; the first row names the columns"),
        (("--from", "openai-log", "bad.jsonl"), "bad.jsonl:2: no JSON"),
        (("--from", "openai-log", "bad.jsonl", "--to", "bad.csv"), "bad.csv is there already"),
        (("--from", "openai-log", "odd.jsonl"), "odd.jsonl:1: request.messages.0: Input should be"),
        (("--from", "otlp", "odd.jsonl"), "odd.jsonl:1: resourceSpans.0: Input should be"),
        (("--from", "otlp", "empty.jsonl"), "there is no conversation to record"),
        (
            ("--from", "otlp", "empty.jsonl", "--spacy-model", "en"),
            "it is Presidio that uses it; add --presidio",
        ),
        (
            ("--from", "otlp", "empty.jsonl", "--presidio", "--keep-personal-data"),
            "nothing is replaced with --keep-personal-data; leave one of them out",
        ),
    ],
)
def test_what_cannot_be_read_is_named(
    cxai: Cxai, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    (tmp_path / "bad.csv").write_text("conversation,who\n", encoding="utf-8")
    (tmp_path / "bad.jsonl").write_text('{"id": "c1"}\nnothing\n', encoding="utf-8")
    odd = {"request": {"messages": ["Hello"]}, "resourceSpans": ["a span"]}
    (tmp_path / "odd.jsonl").write_text(json.dumps(odd), encoding="utf-8")
    (tmp_path / "empty.jsonl").write_text("{}\n", encoding="utf-8")
    ran = cxai("rehearse", "record", *arguments)
    assert ran.status == 2 and said in ran.err


def test_what_presidio_needs_is_named_where_it_is_not_installed(
    cxai: Cxai, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "presidio_analyzer", None)
    log = lines(tmp_path / "log.jsonl", {"id": "c1", "messages": [ASKED, SAID]})
    ran = cxai("rehearse", "record", "--from", "openai-log", str(log), "--presidio")
    assert ran.status == 2
    assert (
        "--presidio needs presidio_analyzer, which is not installed; pip install 'cxai-proxy[presidio]'"
        in ran.err
    )
