"""Nothing that was not judged reaches a customer, wherever in an answer a provider puts it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from conftest import RunningProxy
from support.provider import Reply
from support.raw_answers import HEAD, ROLE, STOP, choice, chunk, streaming, whole

TRUE = "You must apply before you travel."
FALSE = "You can claim the bereavement fare within 90 days after your trip."
UNJUDGED = {
    "reasoning_content": FALSE,
    "reasoning": FALSE,
    "reasoning_details": [{"type": "reasoning.text", "text": FALSE}],
    "refusal": FALSE,
    "audio": {"id": "a", "data": "AA==", "transcript": FALSE},
    "annotations": [{"type": "url_citation", "url_citation": {"title": FALSE, "url": "https://x"}}],
    "content": [{"type": "text", "text": FALSE}, {"type": "thinking", "thinking": FALSE}],
    "images": [{"image_url": {"url": FALSE}}],
    "x_note": FALSE,
}
BESIDE = {"text": FALSE, "message": {"content": FALSE}, "delta": {"content": FALSE}, "x_note": FALSE}
LOGPROBS = {"content": [{"token": FALSE, "logprob": -0.1, "top_logprobs": []}]}


def lines(text: str) -> list[str]:
    return [line[6:] for line in text.split("\n") if line.startswith("data: ")]


def events(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines(text) if line != "[DONE]"]


def said(text: str, index: int = 0) -> str:
    choices = [one for event in events(text) for one in event.get("choices", []) if one["index"] == index]
    return "".join(one["delta"].get("content") or "" for one in choices)


@pytest.mark.parametrize("field", UNJUDGED)
@pytest.mark.parametrize("content", [TRUE, None])
def test_no_field_of_a_message_is_a_way_around(proxy: RunningProxy, field: str, content: str | None) -> None:
    proxy.provider.replies = [whole(choice(**{"content": content, field: UNJUDGED[field]}))]
    response = proxy.ask("Bereavement?")
    assert response.status_code == 200 and "90 days" not in response.text
    if field != "content" and content is not None:
        assert response.json()["choices"][0]["message"]["content"] == TRUE


@pytest.mark.parametrize("field", UNJUDGED)
def test_no_field_of_a_delta_is_a_way_around(proxy: RunningProxy, field: str) -> None:
    proxy.provider.replies = [
        streaming(ROLE, chunk({field: UNJUDGED[field]}), chunk({"content": TRUE}), STOP)
    ]
    response = proxy.ask("Bereavement?", stream=True)
    assert "90 days" not in response.text and lines(response.text)[-1] == "[DONE]"
    if field not in ("content", "refusal"):
        assert said(response.text) == TRUE


@pytest.mark.parametrize("field", ["text", "message", "delta", "x_note"])
def test_no_field_beside_a_message_is_a_way_around(proxy: RunningProxy, field: str) -> None:
    good = choice(TRUE)
    proxy.provider.replies = [
        whole(
            {**BESIDE, **good, "logprobs": LOGPROBS}
            if field == "delta"
            else {
                **good,
                **{key: value for key, value in BESIDE.items() if key not in good},
                "logprobs": LOGPROBS,
            }
        )
    ]
    response = proxy.ask("Bereavement?")
    assert response.json()["choices"][0]["message"]["content"] == TRUE
    assert "90 days" not in response.text


@pytest.mark.parametrize("field", ["text", "message", "x_note"])
def test_no_field_beside_a_delta_is_a_way_around(proxy: RunningProxy, field: str) -> None:
    proxy.provider.replies = [
        streaming(ROLE, chunk({"content": TRUE}, **{field: BESIDE[field]}, logprobs=LOGPROBS), STOP)
    ]
    response = proxy.ask("Bereavement?", stream=True)
    assert said(response.text) == TRUE and "90 days" not in response.text


@pytest.mark.parametrize("field", ["search_results", "output_text", "message", "text", "reasoning"])
@pytest.mark.parametrize("stream", [False, True])
def test_no_field_beside_the_choices_is_a_way_around(proxy: RunningProxy, field: str, stream: bool) -> None:
    extra = {field: [{"snippet": FALSE}] if field == "search_results" else FALSE}
    events_of = streaming({**ROLE, **extra}, {**HEAD, "choices": [], **extra}, chunk({"content": TRUE}), STOP)
    proxy.provider.replies = [events_of if stream else whole(choice(TRUE), **extra)]
    response = proxy.ask("Bereavement?", stream=stream)
    assert TRUE in response.text.replace('"content":""', "") and "90 days" not in response.text


def test_text_in_parts_is_judged_like_any_other(proxy: RunningProxy) -> None:
    parts = [{"type": "text", "text": "You must apply "}, {"type": "text", "text": "before you travel."}]
    proxy.provider.replies = [whole(choice(parts))]
    assert proxy.ask("Bereavement?").json()["choices"][0]["message"]["content"] == TRUE
    proxy.provider.replies = [streaming(ROLE, chunk({"content": parts}), STOP)]
    assert said(proxy.ask("Bereavement?", stream=True).text) == TRUE


@pytest.mark.parametrize("stream", [False, True])
def test_a_models_own_refusal_is_told_in_our_words(proxy: RunningProxy, stream: bool) -> None:
    proxy.provider.replies = [
        streaming(ROLE, chunk({"refusal": "I can't: "}), chunk({"refusal": FALSE}), STOP)
        if stream
        else whole(choice(None, refusal=f"I can't: {FALSE}"))
    ]
    response = proxy.ask("Bereavement?", stream=stream)
    body = response.text if stream else json.dumps(response.json())
    assert "90 days" not in body and body.count('"refusal"') == 1
    cxai = events(response.text)[-1]["cxai"] if stream else response.json()["cxai"]
    assert (cxai["verified"], cxai["unverified_reason"]) == (False, "no_text")


def test_what_comes_after_the_finish_reason_does_not_leave(proxy: RunningProxy) -> None:
    late = [chunk({"content": " " + FALSE}), chunk({"content": " More."}, "stop"), STOP]
    proxy.provider.replies = [streaming(ROLE, chunk({"content": TRUE + "\n"}), STOP, *late)]
    response = proxy.ask("Bereavement?", stream=True)
    assert said(response.text) == TRUE + "\n"
    finishes = [c["finish_reason"] for event in events(response.text) for c in event["choices"]]
    assert [reason for reason in finishes if reason] == ["stop"]


def test_content_beside_the_finish_reason_is_judged(proxy: RunningProxy) -> None:
    proxy.provider.replies = [streaming(chunk({"content": f"{TRUE} "}), chunk({"content": FALSE}, "stop"))]
    text = said(proxy.ask("Bereavement?", stream=True).text)
    assert text.startswith(TRUE) and "90 days" not in text


def test_an_empty_finish_reason_is_none(proxy: RunningProxy) -> None:
    words = [chunk({"content": word}, "") for word in ("You must apply ", "before you travel.")]
    proxy.provider.replies = [streaming(*words, STOP)]
    assert said(proxy.ask("Bereavement?", stream=True).text) == TRUE


def test_choices_without_an_index_are_kept_apart(proxy: RunningProxy) -> None:
    # The same place of two texts: a verdict on the one must not pass the other.
    decoy = TRUE.ljust(len(FALSE) - 1, "e") + "."
    nameless = [{k: v for k, v in choice(text).items() if k != "index"} for text in (TRUE, FALSE)]
    same = [choice(text, index=0) for text in (decoy, FALSE)]
    for choices in (nameless, same):
        proxy.provider.replies = [whole(*choices)]
        response = proxy.ask("Bereavement?", n=2)
        assert "90 days" not in response.text
        assert [one["index"] for one in response.json()["choices"]] == [0, 1]


@pytest.mark.parametrize("index", ["0", -1, True, 1e9, 10**30, [0], 1.5])
def test_an_odd_index_is_an_error(proxy: RunningProxy, index: Any) -> None:
    proxy.provider.replies = [streaming(chunk({"content": TRUE}, index=index), STOP)]
    response = proxy.ask("Bereavement?", stream=True)
    assert json.loads(lines(response.text)[-1])["error"]["code"] == "upstream_invalid_response"


def test_a_stream_without_index_or_role_is_the_first_choice(proxy: RunningProxy) -> None:
    nameless = [{"delta": {"content": TRUE}}, {"index": None, "delta": None, "finish_reason": "stop"}]
    proxy.provider.replies = [streaming(*({**HEAD, "choices": [one]} for one in nameless))]
    assert said(proxy.ask("Bereavement?", stream=True).text) == TRUE


@pytest.mark.parametrize(
    "odd",
    [
        {**HEAD, "choices": "x"},
        {**HEAD, "choices": ["x"]},
        chunk("x"),
        chunk({"content": 5}),
        chunk({"content": {"text": "x"}}),
        "data: not json\n\n",
        "data: []\n\n",
        'data: {"choices": [], "x": "\\ud800"}\n\n',
    ],
)
def test_an_odd_event_ends_the_stream_with_an_error(proxy: RunningProxy, odd: Any) -> None:
    proxy.provider.replies = [streaming(ROLE, chunk({"content": "You can claim it wi"}), odd, STOP)]
    response = proxy.ask("Bereavement?", stream=True)
    assert json.loads(lines(response.text)[-1])["error"]["code"] == "upstream_invalid_response"
    assert "claim it" not in response.text


@pytest.mark.parametrize("error", [FALSE, {"message": "overloaded", "type": "server_error"}, [FALSE]])
def test_an_error_in_the_middle_of_a_stream_is_an_error(proxy: RunningProxy, error: Any) -> None:
    proxy.provider.replies = [streaming(ROLE, chunk({"content": "You can"}), {"error": error}, STOP)]
    response = proxy.ask("Bereavement?", stream=True)
    last = json.loads(lines(response.text)[-1])["error"]
    assert {"message", "type", "param", "code"} == last.keys()
    assert "90 days" not in response.text and "You can" not in response.text
    assert not proxy.awaited_record(response.headers["x-cxai-response-id"]).verified


def test_azures_first_chunk_and_usage_before_the_end(proxy: RunningProxy) -> None:
    first = {**HEAD, "choices": [], "prompt_filter_results": [{"prompt_index": 0}]}
    usage = {**HEAD, "choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}}
    proxy.provider.replies = [streaming(first, ROLE, chunk({"content": TRUE}), usage, STOP)]
    asked = events(proxy.ask("Bereavement?", stream=True, stream_options={"include_usage": True}).text)
    assert asked[0]["prompt_filter_results"] == [{"prompt_index": 0}]
    assert asked[-1]["usage"]["total_tokens"] == 3 and asked[-1]["cxai"]["decision"] == "deliver"
    unasked = events(proxy.ask("Bereavement?", stream=True).text)
    assert unasked[-1]["choices"][0]["finish_reason"] == "stop" and "cxai" in unasked[-1]


def test_a_stream_without_choices_is_an_error(proxy: RunningProxy) -> None:
    proxy.provider.replies = [streaming({**HEAD, "choices": []})]
    response = proxy.ask("Bereavement?", stream=True)
    assert json.loads(lines(response.text)[-1])["error"]["code"] == "upstream_invalid_response"
    proxy.provider.replies = [whole()]
    assert proxy.ask("Bereavement?").status_code == 502


@pytest.mark.parametrize("name", ["crlf", "cr", "comments", "multi-line", "bom", "separators"])
def test_every_way_to_write_an_event_stream_is_read(proxy: RunningProxy, name: str) -> None:
    line_separators = "\u2028\x85\x0b"
    content = TRUE + (line_separators if name == "separators" else "")
    chunks = [chunk({"role": "assistant", "content": content[:9]}), chunk({"content": content[9:]}), STOP]
    texts = [json.dumps(one, ensure_ascii=name != "separators").replace("\x0b", "\\u000b") for one in chunks]
    lines_of = {
        "multi-line": [f"event: message\nid: 7\ndata: {text[:-1]}\ndata: }}\n\n" for text in texts],
        "comments": [f": keep-alive\n\ndata:{text}\nretry: 5\n\n" for text in texts],
    }
    body = "".join([*lines_of.get(name, [f"data: {text}\n\n" for text in texts]), "data: [DONE]\n\n"])
    body = {"crlf": body.replace("\n", "\r\n"), "cr": body.replace("\n", "\r"), "bom": "\ufeff" + body}.get(
        name, body
    )
    proxy.provider.replies = [
        Reply(body=body.encode(), headers={"content-type": "text/event-stream; charset=utf-8"})
    ]
    assert said(proxy.ask("Bereavement?", stream=True).text) == content


def test_a_provider_that_streams_or_not_against_the_request_is_an_error(proxy: RunningProxy) -> None:
    proxy.provider.replies = [whole(choice(FALSE))]
    assert proxy.ask("Bereavement?", stream=True).status_code == 502
    proxy.provider.replies = [streaming(ROLE, chunk({"content": FALSE}), STOP)]
    assert proxy.ask("Bereavement?").status_code == 502


def test_tool_calls_beside_an_answer_that_is_handed_over_do_not_leave(proxy: RunningProxy) -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "refund", "arguments": "{}"}}
    proxy.provider.answers("I have refunded $450 to your credit card.", tool_calls=(call,))
    headers = {"x-cxai-conversation-id": "beside"}
    body = proxy.ask("Where is my money?", headers=headers).json()
    streamed = proxy.ask("Where is my money?", headers=headers, stream=True).text
    assert "tool_calls" not in body["choices"][0]["message"] and "tool_calls" not in streamed
    assert body["choices"][0]["finish_reason"] == "stop"
    assert said(streamed) == body["choices"][0]["message"]["content"]


def test_tool_calls_beside_a_good_answer_arrive_whole(proxy: RunningProxy) -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "look_up", "arguments": ""}}
    deltas = [{"content": TRUE}, {"tool_calls": [{"index": 0, **call}]}]
    deltas += [{"tool_calls": [{"index": 0, "function": {"arguments": part}}]} for part in ('{"a"', ": 1}")]
    finish = chunk({"tool_calls": [{"index": 0, "function": {"arguments": ""}}]}, "tool_calls")
    proxy.provider.replies = [streaming(ROLE, *map(chunk, deltas), finish)]
    got = events(proxy.ask("Bereavement?", stream=True).text)
    calls = [part for event in got for part in event["choices"][0]["delta"].get("tool_calls", [])]
    assert "".join(part["function"]["arguments"] for part in calls) == '{"a": 1}'
    assert calls[0]["id"] == "call_1" and got[-1]["choices"][0]["finish_reason"] == "tool_calls"


@pytest.mark.parametrize("stream", [False, True])
def test_the_older_function_call_arrives_and_is_no_text(proxy: RunningProxy, stream: bool) -> None:
    call = {"name": "look_up", "arguments": "{}"}
    proxy.provider.replies = [
        streaming(ROLE, chunk({"function_call": call}), chunk(finish="function_call"))
        if stream
        else whole(choice(None, finish="function_call", function_call=call))
    ]
    response = proxy.ask("Bereavement?", stream=stream)
    assert '"function_call":{"name":"look_up"' in response.text and '"no_text"' in response.text
