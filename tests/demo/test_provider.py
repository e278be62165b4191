"""The demo provider, over real HTTP and with the official client."""

from __future__ import annotations

import httpx
import openai
import pytest

from proxy.demo.conversations import Conversation
from proxy.demo.provider import FINGERPRINT, UNKNOWN_QUESTION, RecordedAnswers

Conversations = tuple[Conversation, ...]


@pytest.fixture
def client(provider_url: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=provider_url, api_key="none", max_retries=0)


def test_every_recorded_answer_is_played_word_for_word(
    client: openai.OpenAI, conversations: Conversations
) -> None:
    for conversation in conversations:
        completion = client.chat.completions.create(
            model=conversation.model, messages=list(conversation.messages)
        )
        assert completion.choices[0].message.content == conversation.model_said
        assert completion.choices[0].finish_reason == "stop"


def test_a_stream_comes_in_small_pieces_and_is_the_same_answer(
    client: openai.OpenAI, conversations: Conversations
) -> None:
    for conversation in conversations:
        chunks = client.chat.completions.create(
            model=conversation.model,
            messages=list(conversation.messages),
            stream=True,
            stream_options={"include_usage": True},
        )
        pieces, usage = [], None
        for chunk in chunks:
            usage = chunk.usage or usage
            pieces += [choice.delta.content or "" for choice in chunk.choices]
        assert "".join(pieces) == conversation.model_said
        assert len(pieces) > len(conversation.model_said.split())
        assert usage and usage.total_tokens == usage.prompt_tokens + usage.completion_tokens


def test_it_says_that_it_is_a_demo(provider_url: str, conversations: Conversations) -> None:
    models = httpx.get(f"{provider_url}/models")
    assert {model["id"] for model in models.json()["data"]} == {
        "demo-recorded-answers-airline",
        "demo-recorded-answers-telecom",
    }
    asked = {"model": conversations[0].model, "messages": list(conversations[0].messages)}
    for body in (asked, {**asked, "stream": True}):
        answer = httpx.post(f"{provider_url}/chat/completions", json=body)
        assert "recorded" in answer.headers["x-demo-provider"]
        assert FINGERPRINT in answer.text


def test_every_choice_asked_for_is_there(client: openai.OpenAI, conversations: Conversations) -> None:
    asked = conversations[0]
    completion = client.chat.completions.create(model=asked.model, messages=list(asked.messages), n=3)
    assert [choice.index for choice in completion.choices] == [0, 1, 2]
    stream = client.chat.completions.create(
        model=asked.model, messages=list(asked.messages), n=2, stream=True
    )
    texts = {0: "", 1: ""}
    for chunk in stream:
        for choice in chunk.choices:
            texts[choice.index] += choice.delta.content or ""
    assert set(texts.values()) == {asked.model_said}


def test_an_unknown_model_is_an_openai_error_that_names_the_known_ones(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="demo-recorded-answers-airline"):
        client.chat.completions.create(model="gpt-5", messages=[{"role": "user", "content": "Hello"}])


def test_an_unknown_question_gets_no_invented_answer(
    client: openai.OpenAI, conversations: Conversations
) -> None:
    completion = client.chat.completions.create(
        model=conversations[0].model, messages=[{"role": "user", "content": "What is the weather like?"}]
    )
    assert completion.choices[0].message.content == UNKNOWN_QUESTION


def test_the_number_of_turns_tells_equal_questions_apart(conversations: Conversations) -> None:
    first, second = conversations[0], conversations[1]
    again = [{"role": "user", "content": "Hello"}, *second.messages]
    recorded = RecordedAnswers([first, second])
    assert recorded.find(second.messages) == second.model_said
    assert recorded.find(again) == second.model_said, "a turn more is no other question"
    assert (
        recorded.find([*first.messages, {"role": "user", "content": "Please check that."}])
        == first.model_said
    )
    parts = [{"role": "user", "content": [{"type": "text", "text": first.asked[-1]}]}]
    assert recorded.find(parts) == first.model_said
