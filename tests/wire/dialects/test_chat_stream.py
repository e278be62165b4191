"""Streamed and whole answers come out the same, and the stream keeps OpenAI's shape."""

from __future__ import annotations

import json
from typing import Any

from conftest import RunningProxy, StartProxy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.provider import Reply

SENTENCES = [
    "I'm sorry for your loss.",
    "You must apply before you travel.",
    "You can claim the bereavement fare within 90 days after your trip.",
    "A newspaper notice is not accepted.",
    "It costs approx. $25.50, e.g. by phone!",
    "- Copy of the death certificate\n- A newspaper notice",
    "I have refunded $450 to your card.",
    "Would you like me to help? 😊",
    "Kontaktieren Sie uns bitte unter der angegebenen Nummer, wir helfen gern.",
    "| Fee | Price |\n|---|---|\n| Telephone booking | $25 |\n| Change | $900 |",
]


def events(text: str) -> list[dict[str, Any]]:
    lines = [line[6:] for line in text.splitlines() if line.startswith("data: ")]
    assert lines[-1] == "[DONE]"
    return [json.loads(line) for line in lines[:-1]]


def streamed_text(chunks: list[dict[str, Any]], choice: int = 0) -> str:
    deltas = [c["delta"] for chunk in chunks for c in chunk["choices"] if c["index"] == choice]
    return "".join(delta.get("content") or "" for delta in deltas)


def final(chunks: list[dict[str, Any]]) -> dict[str, Any]:
    (carrier,) = [chunk for chunk in chunks if "cxai" in chunk]
    assert carrier is chunks[-1]
    return carrier["cxai"]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    parts=st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=5),
    separator=st.sampled_from([" ", "\n\n"]),
    chunk_size=st.integers(min_value=1, max_value=60),
)
def test_a_stream_equals_the_whole_answer(
    proxy: RunningProxy, parts: list[str], separator: str, chunk_size: int
) -> None:
    proxy.provider.answers(separator.join(parts), chunk_size=chunk_size)
    headers = {"x-cxai-conversation-id": json.dumps(parts)}
    whole = proxy.ask("What about bereavement fares?", headers=headers).json()
    chunks = events(proxy.ask("What about bereavement fares?", headers=headers, stream=True).text)
    assert streamed_text(chunks) == (whole["choices"][0]["message"]["content"] or "")
    assert comparable(final(chunks)) == comparable(whole["cxai"])


CALL = {"id": "call_1", "type": "function", "function": {"name": "look_up", "arguments": "{}"}}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    choices=st.lists(st.lists(st.sampled_from(SENTENCES), min_size=0, max_size=3), min_size=2, max_size=3),
    calls=st.booleans(),
    chunk_size=st.integers(min_value=1, max_value=60),
)
def test_every_choice_of_a_stream_equals_that_of_the_whole_answer(
    proxy: RunningProxy, choices: list[list[str]], calls: bool, chunk_size: int
) -> None:
    texts = [" ".join(parts) for parts in choices]
    proxy.provider.answers(*texts, chunk_size=chunk_size, tool_calls=(CALL,) if calls else ())
    asked = {"n": len(texts), "headers": {"x-cxai-conversation-id": f"n {hash(json.dumps(texts))}"}}
    whole = proxy.ask("Bereavement fares?", **asked, stream=False).json()
    chunks = events(proxy.ask("Bereavement fares?", **asked, stream=True).text)
    assert comparable(final(chunks)) == comparable(whole["cxai"])
    for index, choice in enumerate(whole["choices"]):
        mine = [c for event in chunks for c in event["choices"] if c["index"] == index]
        deltas = [c["delta"] for c in mine]
        message = choice["message"]
        assert streamed_text(chunks, index) == (message["content"] or "")
        assert [c["finish_reason"] for c in mine if c["finish_reason"]] == [choice["finish_reason"]]
        assert [d["refusal"] for d in deltas if d.get("refusal")] == [
            refusal for refusal in (message.get("refusal"),) if refusal
        ]
        assert [call["id"] for d in deltas for call in d.get("tool_calls") or ()] == [
            call["id"] for call in message.get("tool_calls") or ()
        ]


def comparable(cxai: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in cxai.items() if key != "response_id"}


def test_a_sentence_leaves_before_the_answer_is_over(start_proxy: StartProxy) -> None:
    proxy = start_proxy()
    proxy.provider.answers("You must apply before you travel. " * 3)
    chunks = events(proxy.ask("Bereavement?", stream=True).text)
    with_text = [chunk for chunk in chunks if chunk["choices"][0]["delta"].get("content")]
    assert len(with_text) >= 3


def test_the_headers_of_a_stream_say_pending(proxy: RunningProxy) -> None:
    proxy.provider.answers("Hello!")
    response = proxy.ask("Hi", stream=True)
    assert response.headers["x-cxai-decision"] == "pending"
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["x-accel-buffering"] == "no"  # nginx in front passes it on as it comes
    assert response.headers["x-cxai-response-id"] and response.headers["x-cxai-trace-id"]


def test_the_verdict_is_on_the_usage_chunk_where_usage_was_asked_for(proxy: RunningProxy) -> None:
    proxy.provider.answers("You must apply before you travel.")
    chunks = events(proxy.ask("Bereavement?", stream=True, stream_options={"include_usage": True}).text)
    assert chunks[-1]["choices"] == [] and chunks[-1]["usage"]["total_tokens"] == 15
    assert final(chunks)["decision"] == "deliver"


def test_without_usage_no_chunk_has_empty_choices(proxy: RunningProxy) -> None:
    proxy.provider.answers("You must apply before you travel.")
    chunks = events(proxy.ask("Bereavement?", stream=True).text)
    assert all(chunk["choices"] for chunk in chunks)
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"


def test_every_choice_of_a_stream_is_guarded(proxy: RunningProxy) -> None:
    true, false = (
        "You must apply before you travel.",
        "You can claim the fare within 90 days after your trip.",
    )
    proxy.provider.answers(true, false, chunk_size=7)
    chunks = events(proxy.ask("Bereavement?", stream=True, n=2).text)
    assert streamed_text(chunks, 0) == true
    assert "90 days" not in streamed_text(chunks, 1)
    finishes = [c["index"] for chunk in chunks for c in chunk["choices"] if c["finish_reason"]]
    assert sorted(finishes) == [0, 1]
    assert {claim["choice"] for claim in final(chunks)["claims"]} == {0, 1}


def test_a_stream_that_is_cut_off_ends_with_an_error_and_delivers_no_unjudged_text(
    proxy: RunningProxy,
) -> None:
    proxy.provider.replies = [Reply(("You must apply before you travel. You can claim it wi",), cut_after=14)]
    response = proxy.ask("Bereavement?", stream=True)
    lines = [line[6:] for line in response.text.splitlines() if line.startswith("data: ")]
    assert json.loads(lines[-1])["error"]["code"] == "upstream_unreachable"
    assert "[DONE]" not in lines
    assert "You can claim" not in response.text


def test_a_stream_without_done_or_finish_reason_is_still_judged_to_its_end(proxy: RunningProxy) -> None:
    proxy.provider.replies = [Reply(("You must apply before you travel",), finish=False)]
    chunks = events(proxy.ask("Bereavement?", stream=True).text)
    assert streamed_text(chunks) == "You must apply before you travel"
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"


def test_a_route_that_delivers_whole_still_streams_to_a_client_that_asks_for_it(
    start_proxy: StartProxy,
) -> None:
    proxy = start_proxy(policies="routes:\n  - name: whole\n    delivery: whole\n    reask: {times: 0}\n")
    proxy.provider.answers("You must apply before you travel.")
    response = proxy.ask("Bereavement?", stream=True, stream_options={"include_usage": True})
    chunks = events(response.text)
    assert streamed_text(chunks) == "You must apply before you travel."
    assert final(chunks)["decision"] == "deliver"
    assert response.headers["x-cxai-decision"] == "deliver"
    assert proxy.provider.requests[-1].get("stream") is None
