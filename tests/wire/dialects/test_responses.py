"""``/v1/responses``, as the official client uses it: text, streams, structured outputs, tools, and earlier answers."""

from __future__ import annotations

import json
from typing import Annotated, Any

import openai
import pytest
from conftest import RunningProxy, StartProxy
from pydantic import BaseModel, Field
from support import responses as provided

from proxy.wire.dialects.chat_shape import MODEL_REFUSAL

JsonObject = dict[str, Any]
TRUE = "You must apply before you travel."
FALSE = "You can claim the bereavement fare within 90 days after your trip."
ESCALATING = "Your refund of $450 has been paid to your card."
QUESTION = "Can I get the bereavement fare after my trip?"
TOOLS = [
    {
        "type": "function",
        "name": "look_up",
        "parameters": {"type": "object", "properties": {}},
        "strict": False,
    }
]


class Advice(BaseModel):
    advice: str


class Short(BaseModel):
    advice: Annotated[str, Field(max_length=80)]


def create(proxy: RunningProxy, asked: Any = QUESTION, **options: Any) -> Any:
    return proxy.client().responses.create(model="test-model", input=asked, **options)


def test_a_false_sentence_is_repaired(proxy: RunningProxy) -> None:
    proxy.provider.replies = [provided.whole(provided.reasoning(), provided.message(f"Sorry! {FALSE}"))]
    answer = create(proxy, instructions="Be kind.", metadata={"a": "b"})
    assert (
        answer.output_text.startswith("Sorry! ") and "after travel has been completed" in answer.output_text
    )
    assert "90 days" not in answer.output_text
    assert [item.type for item in answer.output] == ["message"]
    assert (answer.status, answer.instructions, answer.metadata) == ("completed", "Be kind.", {"a": "b"})
    assert (answer.usage.input_tokens, answer.usage.output_tokens_details.reasoning_tokens) == (10, 3)
    assert answer.cxai["decision"] == "rewrite" and answer.id == answer.cxai["response_id"]
    (claim,) = [claim for claim in answer.cxai["claims"] if claim["action"] == "rewrite"]
    assert answer.output_text[claim["start"] : claim["end"]] == claim["text"]


def test_the_provider_is_asked_in_its_own_dialect_and_keeps_nothing(proxy: RunningProxy) -> None:
    proxy.provider.replies = [provided.whole(provided.message(TRUE))]
    image = {"type": "input_image", "image_url": "data:image/png;base64,AA==", "detail": "auto"}
    asked = [{"role": "user", "content": [{"type": "input_text", "text": QUESTION}, image]}]
    answer = create(proxy, asked, max_output_tokens=50, extra_body={"unknown_field": 1})
    sent = proxy.provider.requests[-1]
    assert proxy.provider.paths[-1] == "/v1/responses"
    assert sent == {
        **{"model": "test-model", "input": asked, "max_output_tokens": 50},
        **{"unknown_field": 1, "store": False},
    }
    with proxy.ledger() as ledger:
        record = ledger.answer(answer.id)
    assert record is not None and record.question == QUESTION
    assert record.usage["completion_tokens"] == 5


def test_the_official_stream(proxy: RunningProxy) -> None:
    proxy.provider.replies = [provided.streamed(provided.reasoning(), provided.message(f"{TRUE} {FALSE}"))]
    with proxy.client().responses.stream(model="test-model", input=QUESTION) as stream:
        deltas = "".join(event.delta for event in stream if event.type == "response.output_text.delta")
        final = stream.get_final_response()
    assert deltas == final.output_text and deltas.startswith(TRUE) and "90 days" not in deltas
    assert final.cxai["decision"] == "rewrite" and final.id.startswith("cxr-")


def test_a_broken_stream_is_an_error_of_the_official_client(proxy: RunningProxy) -> None:
    proxy.provider.replies = [provided.streamed(provided.message(TRUE), cut_after=5)]
    with pytest.raises(openai.APIError, match="broke off"):
        list(create(proxy, stream=True))


def parsed(proxy: RunningProxy, said: str, *, stream: bool, shape: type[BaseModel] = Advice) -> Any:
    """What the client makes of a model's structured output."""
    proxy.provider.replies = [provided.whole(provided.message(said))]
    asked: JsonObject = {"model": "test-model", "input": QUESTION, "text_format": shape}
    if not stream:
        return proxy.client().responses.parse(**asked)
    with proxy.client().responses.stream(**asked) as events:
        return events.get_final_response()


@pytest.mark.parametrize("stream", [False, True])
def test_a_structured_output_that_is_right_is_parsed(proxy: RunningProxy, stream: bool) -> None:
    answer = parsed(proxy, json.dumps({"advice": TRUE}), stream=stream)
    assert answer.output_parsed == Advice(advice=TRUE)
    assert answer.cxai["decision"] == "deliver"


@pytest.mark.parametrize("stream", [False, True])
def test_a_structured_output_that_is_wrong_is_repaired_inside_its_string(
    proxy: RunningProxy, stream: bool
) -> None:
    answer = parsed(proxy, json.dumps({"advice": f"{TRUE} {FALSE}"}), stream=stream)
    advice = answer.output_parsed.advice
    assert advice.startswith(TRUE) and "after travel has been completed" in advice
    assert "90 days" not in answer.output_text and answer.cxai["decision"] == "rewrite"
    (claim,) = [claim for claim in answer.cxai["claims"] if claim["action"] == "rewrite"]
    assert answer.output_text[claim["start"] : claim["end"]] == claim["text"]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("false", "shape"), [(FALSE, Short), (ESCALATING, Advice)])
def test_a_structured_output_that_cannot_be_repaired_is_a_refusal(
    proxy: RunningProxy, stream: bool, false: str, shape: type[BaseModel]
) -> None:
    answer = parsed(proxy, json.dumps({"advice": false}), stream=stream, shape=shape)
    assert answer.output_parsed is None and answer.output_text == ""
    assert answer.cxai["decision"] == "escalate"
    assert answer.cxai["escalation"]["ref"] in answer.output[0].content[0].refusal


def test_no_call_leaves_beside_a_structured_output_that_is_withheld(proxy: RunningProxy) -> None:
    output = [provided.call(), provided.message(json.dumps({"advice": ESCALATING}))]
    proxy.provider.replies = [provided.whole(*output)]
    answer = create(proxy, text={"format": {"type": "json_object"}}, tools=TOOLS)
    assert [item.type for item in answer.output] == ["message"] and answer.output_text == ""


def test_the_models_own_refusal_is_told_in_our_words(proxy: RunningProxy) -> None:
    proxy.provider.replies = [provided.whole(provided.message(refusal=FALSE))]
    answer = create(proxy)
    assert [part.refusal for part in answer.output[0].content] == [MODEL_REFUSAL]
    assert not answer.cxai["verified"]


def test_a_tool_is_called_and_its_result_is_a_fact(proxy: RunningProxy) -> None:
    proxy.provider.replies = [provided.whole(provided.call())]
    first = create(proxy, "What did I pay?", tools=TOOLS)
    (called,) = first.output
    assert (called.type, called.name, called.arguments) == ("function_call", "look_up", '{"booking": "AB12"}')
    result = {
        "type": "function_call_output",
        "call_id": called.call_id,
        "output": '{"amount_paid": "$43.50"}',
    }
    proxy.provider.replies = [provided.whole(provided.message("You paid $43.50."))]
    second = create(proxy, [result], previous_response_id=first.id, tools=TOOLS)
    assert second.output_text == "You paid $43.50." and second.cxai["decision"] == "deliver"
    assert second.cxai["claims"][0]["kind"] == "account"
    assert [item["type"] for item in proxy.provider.requests[-1]["input"]] == [
        *("message", "function_call", "function_call_output")
    ]


@pytest.mark.parametrize("stream", [False, True])
def test_where_nothing_is_enforced_all_is_the_providers(start_proxy: StartProxy, stream: bool) -> None:
    proxy = start_proxy(policies="routes:\n  - name: all\n    mode: observe\n")
    output = [provided.reasoning(), provided.message(FALSE)]
    reply = provided.streamed(*output) if stream else provided.whole(*output)
    proxy.provider.replies = [reply]
    body = {"model": "test-model", "input": QUESTION, "stream": stream}
    body |= {"previous_response_id": "resp_1", "conversation": "conv_1"}
    response = proxy.post("/v1/responses", body)
    assert response.content == reply.body and proxy.provider.requests == [body]
    record = proxy.awaited_record(response.headers["x-cxai-response-id"])
    assert (record.mode, record.decision, record.verified) == ("observe", "rewrite", True)
    assert [choice["model_text"] for choice in record.choices] == [FALSE]


def test_a_text_in_two_parts_is_judged_as_one(proxy: RunningProxy) -> None:
    proxy.provider.replies = [provided.whole(provided.message(FALSE[:45], FALSE[45:]))]
    answer = create(proxy)
    assert len(answer.output[0].content) == 1 and answer.cxai["claims"][0]["action"] == "rewrite"
    assert "after travel has been completed" in answer.output_text


@pytest.mark.parametrize("stream", [False, True])
def test_it_is_asked_again_where_the_answer_is_held(start_proxy: StartProxy, stream: bool) -> None:
    proxy = start_proxy(policies="routes:\n  - name: all\n    delivery: whole\n")
    proxy.provider.replies = [provided.whole(provided.message(FALSE)), provided.whole(provided.message(TRUE))]
    if stream:
        with proxy.client().responses.stream(model="test-model", input=QUESTION) as events:
            answer = events.get_final_response()
    else:
        answer = create(proxy)
    assert answer.output_text == TRUE and answer.usage.total_tokens == 30
    assert answer.cxai["reask"]["times"] == 1
    asked, again = proxy.provider.requests
    assert asked["store"] is False and again["store"] is False and "stream" not in again
    assert [item["role"] for item in again["input"]] == ["user", "assistant", "user"]
    assert again["input"][1]["content"] == FALSE


def logprobs(text: str) -> list[JsonObject]:
    others = [{"token": "X" * 200, "logprob": -9.0}, {"token": "until 90 days after", "logprob": -9.0}]
    return [
        {"token": token, "bytes": list(token.encode()), "logprob": -0.1, "top_logprobs": others}
        for token in text.replace(" ", " \0").split("\0")
    ]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("text", "passed"), [(TRUE, True), (FALSE, False), (f"{ESCALATING} {TRUE}", False)])
def test_log_probabilities_pass_with_untouched_text_alone(
    proxy: RunningProxy, stream: bool, text: str, passed: bool
) -> None:
    item = provided.message(text)
    item["content"][0]["logprobs"] = logprobs(text)
    proxy.provider.replies = [provided.streamed(item) if stream else provided.whole(item)]
    asked = {"include": ["message.output_text.logprobs"]}
    if stream:
        with proxy.client().responses.stream(model="test-model", input=QUESTION, **asked) as events:
            answer = events.get_final_response()
    else:
        answer = create(proxy, **asked)
    given = answer.output[0].content[0].logprobs
    assert "".join(one.token for one in given) == (text if passed else "")
    assert not any(one.top_logprobs for one in given)
    assert answer.cxai.get("logprobs_dropped", []) == ([] if passed else [0])


def test_log_probabilities_of_another_text_are_left_out(proxy: RunningProxy) -> None:
    item = provided.message(TRUE)
    item["content"][0]["logprobs"] = logprobs(FALSE)
    proxy.provider.replies = [provided.whole(item)]
    answer = create(proxy, include=["message.output_text.logprobs"])
    assert answer.output_text == TRUE and answer.output[0].content[0].logprobs == []
    assert answer.cxai["logprobs_dropped"] == [0]


def test_nothing_unjudged_leaves(proxy: RunningProxy) -> None:
    search = {"id": "ws_1", "type": "web_search_call", "status": "completed", "action": {"query": FALSE}}
    citation = {
        "type": "url_citation",
        "title": FALSE,
        "url": "https://a.example",
        "start_index": 0,
        "end_index": 1,
    }
    item = provided.message(TRUE, phase=FALSE, id=FALSE, note=FALSE)
    item["content"][0]["annotations"] = [citation]
    proxy.provider.replies = [
        provided.whole(
            search, item, metadata={"a": FALSE}, instructions=FALSE, text=FALSE, tools=[FALSE], aside=FALSE
        )
    ]
    response = proxy.post("/v1/responses", {"model": "test-model", "input": QUESTION})
    assert response.json()["output"][0]["content"][0]["text"] == TRUE
    assert "90 days" not in response.text


def test_an_answer_without_an_end_is_the_providers_mistake(proxy: RunningProxy) -> None:
    proxy.provider.replies = [provided.whole(provided.message(TRUE), status="queued")]
    response = proxy.post("/v1/responses", {"model": "test-model", "input": QUESTION})
    assert (response.status_code, response.json()["error"]["code"]) == (502, "upstream_invalid_response")
