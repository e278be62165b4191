"""Completions: each choice of each prompt is guarded, whole and streamed, as the official client meets it."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from conftest import RunningProxy, StartProxy
from support.provider import USAGE, Reply
from support.raw_answers import streaming

JsonObject = dict[str, Any]
TRUE = "You must apply before you travel."
FALSE = "You can claim the bereavement fare within 90 days after your trip."
HEAD = {"id": "cmpl-1", "object": "text_completion", "created": 1, "model": "davinci"}
WHOLE = "routes:\n  - name: all\n    delivery: whole\n"


def text_choice(text: Any, index: int = 0, finish: str | None = "stop", **more: Any) -> JsonObject:
    return {"index": index, "text": text, "logprobs": None, "finish_reason": finish, **more}


def whole(*texts: str, **more: Any) -> Reply:
    choices = [text_choice(text, index) for index, text in enumerate(texts)]
    return Reply(body=json.dumps({**HEAD, "choices": choices, "usage": USAGE, **more}).encode())


def stream_of(*texts: str, size: int = 7, end: bool = True) -> Reply:
    """The choices' pieces mixed, then their ends, then the usage."""
    most = max(map(len, texts))
    chunks = [
        {**HEAD, "choices": [text_choice(text[at : at + size], index, None)]}
        for at in range(0, most, size)
        for index, text in enumerate(texts)
        if text[at : at + size]
    ]
    if end:
        chunks += [{**HEAD, "choices": [text_choice("", index)]} for index in range(len(texts))]
        chunks += [{**HEAD, "choices": [], "usage": USAGE}]
    return streaming(*chunks, done=end)


def ask(proxy: RunningProxy, prompt: Any = "Bereavement?", **more: Any) -> httpx.Response:
    return proxy.post("/v1/completions", {"model": "davinci", "prompt": prompt, **more})


def chunks_in(response: httpx.Response) -> list[JsonObject]:
    data = [line[6:] for line in response.text.split("\n") if line.startswith("data: ")]
    assert data[-1] == "[DONE]"
    return [json.loads(one) for one in data[:-1]]


def said(response: httpx.Response, index: int = 0) -> str:
    if "event-stream" not in response.headers["content-type"]:
        return str(response.json()["choices"][index]["text"])
    choices = [choice for chunk in chunks_in(response) for choice in chunk["choices"]]
    return "".join(choice["text"] for choice in choices if choice["index"] == index)


def cxai_of(response: httpx.Response) -> JsonObject:
    body = chunks_in(response)[-1] if "event-stream" in response.headers["content-type"] else response.json()
    return dict(body["cxai"])


@pytest.mark.parametrize("stream", [False, True])
def test_the_official_client_gets_guarded_text(proxy: RunningProxy, stream: bool) -> None:
    proxy.provider.replies = [stream_of(f"{TRUE} {FALSE}") if stream else whole(f"{TRUE} {FALSE}")]
    answer = proxy.client().completions.create(model="davinci", prompt="Bereavement?", stream=stream)
    text = "".join(chunk.choices[0].text for chunk in answer) if stream else answer.choices[0].text
    assert text.startswith(TRUE) and "after travel has been completed" in text and "90 days" not in text
    assert proxy.provider.paths[-1] == "/v1/completions"


@pytest.mark.parametrize("stream", [False, True])
def test_a_true_answer_keeps_its_shape(proxy: RunningProxy, stream: bool) -> None:
    proxy.provider.replies = [stream_of(TRUE) if stream else whole(TRUE)]
    response = ask(proxy, stream=stream, stream_options={"include_usage": True}, suffix="!", best_of=2)
    assert said(response) == TRUE
    bodies = chunks_in(response) if stream else [response.json()]
    assert {body["object"] for body in bodies} == {"text_completion"}
    for choice in (choice for body in bodies for choice in body["choices"]):
        assert choice.keys() == {"index", "text", "logprobs", "finish_reason"}
    assert [c["finish_reason"] for b in bodies for c in b["choices"] if c["finish_reason"]] == ["stop"]
    assert bodies[-1]["usage"] == USAGE and bodies[-1]["cxai"]["decision"] == "deliver"
    assert proxy.provider.requests[-1]["suffix"] == "!" and proxy.provider.requests[-1]["best_of"] == 2


@pytest.mark.parametrize("stream", [False, True])
def test_each_prompt_has_its_own_question(proxy: RunningProxy, stream: bool) -> None:
    """A bare "Yes." is a claim only after a question that can be answered so."""
    prompts = ["Can I claim the bereavement fare after my trip?", "Write one word."]
    texts = ["Yes.", "Yes.", "Yes.", FALSE]
    proxy.provider.replies = [stream_of(*texts) if stream else whole(*texts)]
    response = ask(proxy, prompts, n=2, stream=stream)
    claims = cxai_of(response)["claims"]
    assert [claim["choice"] for claim in claims] == [0, 1, 2, 3]
    readings = [claim["kind"] for claim in claims]
    assert proxy.provider.requests[-1]["prompt"] == prompts
    alone = [kind_of_yes(proxy, prompt) for prompt in prompts]
    assert readings[:3] == [alone[0], alone[0], alone[1]]
    assert "90 days" not in response.text


def kind_of_yes(proxy: RunningProxy, prompt: str) -> str:
    proxy.provider.replies = [whole("Yes.")]
    return str(cxai_of(ask(proxy, prompt))["claims"][0]["kind"])


@pytest.mark.parametrize("stream", [False, True])
def test_a_handover_is_the_text_and_nothing_comes_after(proxy: RunningProxy, stream: bool) -> None:
    text = f"{TRUE} I have refunded $450 to your card. {TRUE}"
    proxy.provider.replies = [stream_of(text) if stream else whole(text)]
    response = ask(proxy, stream=stream, user=f"escalated-{stream}")
    assert cxai_of(response)["escalation"]["ref"] in said(response)
    assert "$450" not in response.text and said(response).count(TRUE) == 1


@pytest.mark.parametrize("stream", [False, True])
def test_what_is_withheld_is_said_at_the_texts_end(proxy: RunningProxy, stream: bool) -> None:
    german = "Sie können den Trauerfalltarif bis zu neunzig Tage nach der Reise beantragen."
    proxy.provider.replies = [stream_of(german) if stream else whole(german)]
    response = ask(proxy, stream=stream)
    assert cxai_of(response)["decision"] == "refuse" and cxai_of(response)["unverified_reason"] == "language"
    assert said(response).startswith("I can't check this") and "Trauerfall" not in response.text


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("size", [7, 1000])
def test_what_is_withheld_after_other_text_is_said_in_a_paragraph_of_its_own(
    proxy: RunningProxy, stream: bool, size: int
) -> None:
    german = "Sie können den Trauerfalltarif bis zu neunzig Tage nach der Reise beantragen."
    proxy.provider.replies = [
        stream_of(f"{TRUE} {german}", size=size) if stream else whole(f"{TRUE} {german}")
    ]
    assert said(ask(proxy, stream=stream)).startswith(f"{TRUE}\n\nI can't check this")


@pytest.mark.parametrize("stream", [False, True])
def test_the_model_is_asked_again_with_the_prompt(start_proxy: StartProxy, stream: bool) -> None:
    proxy = start_proxy(policies=WHOLE)
    proxy.provider.replies = [whole(FALSE), whole(TRUE)]
    response = ask(proxy, stream=stream, n=1, best_of=3)
    assert said(response) == TRUE and cxai_of(response)["reask"]["times"] == 1
    _, again = proxy.provider.requests
    assert again["prompt"].startswith("Bereavement?\n\n") and FALSE in again["prompt"]
    assert (again["n"], again["best_of"]) == (1, 1) and "stream" not in again


def test_of_several_prompts_none_is_asked_again(start_proxy: StartProxy) -> None:
    proxy = start_proxy(policies=WHOLE)
    proxy.provider.replies = [whole(FALSE, TRUE)]
    response = ask(proxy, ["Bereavement?", "Apply when?"])
    assert "90 days" not in response.text and len(proxy.provider.requests) == 1


@pytest.mark.parametrize("field", ["logprobs", "message", "reasoning_content", "x_note"])
@pytest.mark.parametrize("stream", [False, True])
def test_no_field_is_a_way_around(proxy: RunningProxy, field: str, stream: bool) -> None:
    aside = {field: {"tokens": [FALSE], "content": FALSE}}
    choice = text_choice(TRUE, **aside)
    reply = {**HEAD, "choices": [choice], "message": FALSE}
    proxy.provider.replies = [streaming(reply) if stream else Reply(body=json.dumps(reply).encode())]
    response = ask(proxy, stream=stream)
    assert said(response) == TRUE and "90 days" not in response.text


@pytest.mark.parametrize("choice", [{"index": 0}, {"text": ["x"]}, {"text": None}, "x"])
def test_an_answer_that_is_no_completion_is_told_so(proxy: RunningProxy, choice: Any) -> None:
    proxy.provider.replies = [Reply(body=json.dumps({**HEAD, "choices": [choice]}).encode())]
    response = ask(proxy)
    assert response.status_code == 502 and response.json()["error"]["code"] == "upstream_invalid_response"


def test_a_stream_that_breaks_off_ends_in_an_error(proxy: RunningProxy) -> None:
    proxy.provider.replies = [stream_of(f"{TRUE} You can claim", end=False)]
    response = ask(proxy, stream=True)
    assert '"upstream_unreachable"' in response.text and "[DONE]" not in response.text
    assert "You can claim" not in response.text


def test_observing_changes_no_byte(start_proxy: StartProxy) -> None:
    proxy = start_proxy(policies="routes:\n  - name: all\n    mode: observe\n")
    for stream in (False, True):
        reply = stream_of(FALSE) if stream else whole(FALSE)
        proxy.provider.replies = [reply]
        assert ask(proxy, stream=stream).content == reply.body


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"echo": True}, "echo"),
        ({"prompt": [1, 2]}, "prompt"),
        ({"prompt": [[1, 2], [3]]}, "prompt"),
        ({"prompt": []}, "prompt"),
        ({"prompt": None}, "prompt"),
        ({"n": 0}, "n"),
    ],
)
def test_what_cannot_be_guarded_is_refused_clearly(proxy: RunningProxy, more: JsonObject, param: str) -> None:
    before = len(proxy.provider.requests)
    response = proxy.post("/v1/completions", {"model": "davinci", "prompt": "x", **more})
    assert response.status_code == 400 and response.json()["error"]["param"].startswith(param)
    assert len(proxy.provider.requests) == before
