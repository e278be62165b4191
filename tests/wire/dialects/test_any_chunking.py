"""However a provider cuts its stream, and for any number of choices, what comes out is what the whole answer gives.

Cut is inside of abbreviations, amounts, sections' signs, emoji, CJK, lists, tables and code fences; the pieces of the
choices come in any order, several in one event or an event each; the end comes with the last piece or by itself.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from conftest import RunningProxy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import responses
from support.provider import Reply
from support.raw_answers import HEAD, JsonObject, streaming

PARTS = [
    "I'm sorry for your loss.",
    "You must apply before you travel.",
    "You can claim the bereavement fare within 90 days after your trip.",
    "From the U.S. it costs $1,000.50, or approx. €900 at 10 a.m. on Dec. 5.",
    "See § 3. and No. 5 of the tariff, e.g. for Dr. Smith.",
    "The fee for booking by telephone is $25.",
    "I have refunded $450 to your card.",
    "It was great! 😊 👩‍👩‍👧 Anything else?",
    "退款需要九十天。您可以在旅行后申请！",
    "- Copy of the death certificate\n- A newspaper notice\n  1. which is not accepted",
    "| Fee | Price |\n|---|---|\n| Telephone booking | $25 |\n| Change | $900 |",
    "```\nrefund = 450. # paid\n```",
    "**You must apply** before *you travel*...",
    "## Fares\n> A newspaper notice is not accepted.",
]
TEXTS = st.builds(
    lambda parts, separator: separator.join(parts),
    st.lists(st.sampled_from(PARTS), min_size=1, max_size=4),
    st.sampled_from([" ", "\n", "\n\n"]),
)
EXAMPLES = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
QUESTION = [{"role": "user", "content": "What about bereavement fares?"}]


@st.composite
def cut(draw: st.DrawFn, text: str) -> list[str]:
    """The text in pieces; often a character at a time around one place, where a decision may hang."""
    edges = draw(st.lists(st.integers(0, len(text)), max_size=8))
    near = draw(st.integers(0, len(text)))
    edges += range(near, min(near + draw(st.integers(0, 12)), len(text)))
    return [text[start:end] for start, end in pairwise([0, *sorted(edges), len(text)])]


Piece = tuple[int, str, str | None]


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[list[str], list[list[Piece]]]:
    """Choices, and the events in which they arrive: pieces of some of them, each with a finish reason or none."""
    texts = draw(st.lists(TEXTS, min_size=1, max_size=3))
    waiting = []
    for index, text in enumerate(texts):
        pieces: list[Piece] = [(index, piece, None) for piece in draw(cut(text))]
        ends_by_itself = draw(st.booleans())
        last = (index, "", "stop") if ends_by_itself else (index, pieces.pop()[1], "stop")
        waiting.append([*pieces, last])
    events: list[list[Piece]] = []
    while any(waiting):
        some = draw(st.lists(st.sampled_from([one for one in waiting if one]), min_size=1, max_size=3))
        events.append([queue.pop(0) for queue in {id(one): one for one in some}.values()])
    return texts, events


def chat_answers(texts: Sequence[str], events: Sequence[Sequence[Piece]]) -> tuple[Reply, Reply]:
    """Whole and streamed."""
    choices = [
        {"index": index, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        for index, text in enumerate(texts)
    ]
    whole = {**HEAD, "object": "chat.completion", "choices": choices}
    told = [
        {
            **HEAD,
            "choices": [
                {"index": index, "delta": {"content": text}, "finish_reason": finish}
                for index, text, finish in event
            ],
        }
        for event in events
    ]
    return Reply(body=json.dumps(whole).encode()), streaming(*told)


def completions_answers(texts: Sequence[str], events: Sequence[Sequence[Piece]]) -> tuple[Reply, Reply]:
    head = {**HEAD, "object": "text_completion"}
    choices = [{"index": n, "text": text, "finish_reason": "stop"} for n, text in enumerate(texts)]
    told = [
        {
            **head,
            "choices": [
                {"index": index, "text": text, "finish_reason": finish} for index, text, finish in event
            ],
        }
        for event in events
    ]
    return Reply(body=json.dumps({**head, "choices": choices}).encode()), streaming(*told)


def both(proxy: RunningProxy, path: str, body: JsonObject, replies: tuple[Reply, Reply]) -> tuple[Any, Any]:
    """The same question whole and streamed. In one conversation, so that a handover is the same case."""
    proxy.provider.replies = [replies[0]]
    headers = {"x-cxai-conversation-id": f"c {hash(replies[0].body)}"}
    whole = proxy.post(path, body, headers=headers).json()
    proxy.provider.replies = [replies[1]]
    streamed = proxy.post(path, {**body, "stream": True}, headers=headers)
    lines = [line[6:] for line in streamed.text.split("\n") if line.startswith("data: {")]
    return whole, [json.loads(line) for line in lines]


def same_verdict(told: JsonObject, whole: JsonObject) -> None:
    assert {**told, "response_id": ""} == {**whole, "response_id": ""}


@EXAMPLES
@given(arrived=arrivals())
def test_chat(proxy: RunningProxy, arrived: tuple[list[str], list[list[Piece]]]) -> None:
    texts, events = arrived
    body = {"model": "m", "messages": QUESTION, "n": len(texts)}
    whole, told = both(proxy, "/v1/chat/completions", body, chat_answers(texts, events))
    same_verdict(told[-1]["cxai"], whole["cxai"])
    for choice in whole["choices"]:
        mine = [one for event in told for one in event["choices"] if one["index"] == choice["index"]]
        content = "".join(one["delta"].get("content") or "" for one in mine)
        refusals = [one["delta"]["refusal"] for one in mine if one["delta"].get("refusal")]
        assert (content, refusals) == (
            choice["message"]["content"] or "",
            [refusal for refusal in [choice["message"].get("refusal")] if refusal],
        )
        assert [one["finish_reason"] for one in mine if one["finish_reason"]] == [choice["finish_reason"]]


@EXAMPLES
@given(arrived=arrivals())
def test_completions(proxy: RunningProxy, arrived: tuple[list[str], list[list[Piece]]]) -> None:
    texts, events = arrived
    body = {"model": "m", "prompt": "What about bereavement fares?", "n": len(texts)}
    whole, told = both(proxy, "/v1/completions", body, completions_answers(texts, events))
    same_verdict(told[-1]["cxai"], whole["cxai"])
    for choice in whole["choices"]:
        mine = [one for event in told for one in event["choices"] if one["index"] == choice["index"]]
        assert "".join(one["text"] for one in mine) == choice["text"]
        assert [one["finish_reason"] for one in mine if one["finish_reason"]] == [choice["finish_reason"]]


@EXAMPLES
@given(texts=st.lists(TEXTS, min_size=1, max_size=2), data=st.data())
def test_responses(proxy: RunningProxy, texts: list[str], data: st.DataObject) -> None:
    """Its answers have no choices, but may have several messages, one after the other."""
    messages = [responses.message(text, id=f"msg_{number}") for number, text in enumerate(texts)]
    events = list(responses.events(messages, 1, responses.response(*messages)))
    deltas = {number: iter(data.draw(cut(text))) for number, text in enumerate(texts)}
    told: list[JsonObject] = []
    for event in events:
        if event["type"] != "response.output_text.delta":
            told.append(event)
        else:
            pieces = deltas[event["output_index"]]
            told += [{**event, "delta": piece} for piece in pieces]
    replies = responses.whole(*messages), responses.raw_stream(told)
    whole, got = both(proxy, "/v1/responses", {"model": "m", "input": QUESTION}, replies)
    ended = got[-1]["response"]
    same_verdict(ended["cxai"], whole["cxai"])
    assert [one["content"] for one in ended["output"]] == [one["content"] for one in whole["output"]]
    for number, item in enumerate(whole["output"]):
        left = [
            event["delta"]
            for event in got
            if event["type"] == "response.output_text.delta" and event["output_index"] == number
        ]
        assert "".join(left) == "".join(part.get("text", "") for part in item["content"])


@pytest.mark.parametrize("text", PARTS)
def test_a_character_at_a_time(proxy: RunningProxy, text: str) -> None:
    events = [[(0, character, None)] for character in text] + [[(0, "", "stop")]]
    whole, told = both(
        proxy, "/v1/chat/completions", {"model": "m", "messages": QUESTION}, chat_answers([text], events)
    )
    same_verdict(told[-1]["cxai"], whole["cxai"])
    content = "".join(one["delta"].get("content") or "" for event in told for one in event["choices"])
    assert content == (whole["choices"][0]["message"]["content"] or "")
