"""Completions: the dialect of ``POST /v1/completions``, which is older than chat and has a prompt in place of messages.

A choice's ``text`` is guarded as a chat message's content is, and everything is told as chat completions tell it. Each
of several prompts is a question of its own, with as many choices as were asked for.

https://platform.openai.com/docs/api-reference/completions
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import zip_longest
from typing import Annotated, Any

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from proxy.actions.gate import Gate
from proxy.context.conversation import text_of
from proxy.guard import AnswerGuard, Messages
from proxy.telemetry import names
from proxy.wire.dialects.chat import ChatAnswer
from proxy.wire.dialects.chat_shape import (
    answer_with_choices,
    chunk_with,
    empty_answer,
    envelope,
    finish_of,
    index_of,
)
from proxy.wire.dialects.chat_stream import ChatStream, event, observed_stream, told_as_stream
from proxy.wire.dialects.dialect import Asked, Observed
from proxy.wire.dialects.logprobs import entries_of
from proxy.wire.errors import InvalidRequest, UpstreamInvalid
from proxy.wire.request_body import StreamOptions, not_streamed, parse_json_object, read_request

JsonObject = dict[str, Any]
_KEPT = ("index", "finish_reason", "content_filter_results")
_MOST_PROMPTS = 128


class _Body(BaseModel):
    """What the guard relies on; the provider checks the rest (``suffix``, ``best_of``)."""

    model_config = ConfigDict(extra="allow", strict=True)
    model: str = Field(min_length=1)
    prompt: str | Annotated[list[Any], Field(min_length=1, max_length=_MOST_PROMPTS)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: int | None = Field(default=None, ge=1, le=128)
    echo: bool | None = None


class Completions:
    paths: tuple[str, ...] = ("/v1/completions",)

    def parse(self, raw: bytes, params: Mapping[str, Any]) -> Asked:
        return completions_request(raw, parse_json_object(raw))

    def asking_whole(self, asked: Asked, messages: Messages | None = None) -> bytes:
        body = not_streamed(asked.body)
        if messages is not None:
            body["prompt"] = "\n\n".join(text_of(message) for message in messages)
            body |= {key: 1 for key in ("n", "best_of") if key in body}
        return msgspec.json.encode(body)

    def instructed(self, asked: Asked, text: str) -> Asked:
        """There is no system prompt here: the text stands before each prompt, and is nothing that the customer said."""
        prompts = [f"{text}\n\n{message['content']}" for message in asked.messages]
        given = asked.body["prompt"]
        body = {**asked.body, "prompt": prompts[0] if isinstance(given, str) else prompts}
        return replace(asked, raw=msgspec.json.encode(body), body=body)

    def whole(self, content: bytes) -> TextAnswer:
        body = answer_with_choices(content, "completion")
        choices = [{**_choice(one), "index": place} for place, one in enumerate(body["choices"])]
        return TextAnswer({**envelope(body), "choices": choices})

    def unasked(self, asked: Asked, response_id: str, created_at: int) -> bytes:
        return empty_answer(asked, "text_completion", response_id, created_at, {"text": ""})

    def told(self, body: JsonObject, asked: Asked) -> Iterable[bytes]:
        return told_as_stream(_as_chat(body), usage_asked=asked.usage_asked, tell=_Telling().chunk)

    def stream_guard(self, answer: AnswerGuard, asked: Asked) -> ChatStream:
        return ChatStream(answer, usage_asked=asked.usage_asked, read=_chunk_of, tell=_Telling().chunk)

    def observed(self, events: Iterable[str]) -> Observed:
        return observed_stream(events, _chunk_of)


class TextAnswer(ChatAnswer):
    """A completion held as a chat completion, until it is delivered."""

    def delivered(self, gates: Mapping[int, Gate], usage: JsonObject) -> JsonObject:
        body = super().delivered(gates, usage)
        return {**body, "choices": [_text_choice(choice, choice["message"]) for choice in body["choices"]]}


def completions_request(raw: bytes, body: JsonObject) -> Asked:
    """``body`` is ``raw`` as JSON. Raises InvalidRequest that names what is wrong, where, and what to do."""
    checked = read_request(body, _Body)
    if checked.echo:
        raise InvalidRequest(
            "echo is not possible here: the prompt would be judged as if the model had said it. "
            "Leave it out, and put the prompt before the answer yourself.",
            param="echo",
            code="invalid_value",
        )
    prompts = _prompts(checked.prompt)
    return Asked(
        raw=raw,
        body=body,
        model=checked.model,
        messages=tuple({"role": "user", "content": prompt} for prompt in prompts),
        path="/completions",
        operation=names.TEXT_COMPLETION,
        streamed=bool(checked.stream),
        usage_asked=bool(checked.stream_options and checked.stream_options.include_usage),
        questions=prompts if len(prompts) > 1 else (),
        choices_each=checked.n or 1,
    )


def _prompts(prompt: str | list[Any]) -> tuple[str, ...]:
    """Raises InvalidRequest for tokens: without the question's words an answer cannot be judged."""
    prompts = [prompt] if isinstance(prompt, str) else prompt
    if not all(isinstance(one, str) for one in prompts):
        raise InvalidRequest(
            "prompt must be text, or a list of texts: in tokens the proxy cannot read the question.",
            param="prompt",
            code="invalid_value",
        )
    return tuple(prompts)


def _choice(choice: Any) -> JsonObject:
    if not isinstance(choice, dict) or not isinstance(choice.get("text"), str):
        raise UpstreamInvalid("The model provider's answer is not a completion: a choice has no `text`.")
    kept = {key: choice[key] for key in _KEPT if key in choice}
    message = {"role": "assistant", "content": choice["text"]}
    entries = _entries(choice.get("logprobs"))
    return {**kept, "message": message, "entries": entries, "finish_reason": finish_of(choice)}


def _chunk_of(data: str) -> JsonObject:
    return chunk_with(data, _chunk_choice)


def _chunk_choice(choice: Any) -> JsonObject:
    text = choice.get("text") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(text, str | None):
        raise UpstreamInvalid("The model provider's stream holds a choice without a usable `text`.")
    kept = {key: choice[key] for key in _KEPT if key in choice}
    return {
        **kept,
        "index": index_of(choice),
        "delta": {"content": text} if text else {},
        "entries": _entries(choice.get("logprobs")),
        "finish_reason": finish_of(choice),
    }


def _as_chat(body: JsonObject) -> JsonObject:
    """A delivered completion as a chat completion again, to be told piece by piece."""
    choices = [
        {
            **choice,
            "message": {"role": "assistant", "content": choice["text"]},
            "logprobs": {"content": _entries(choice["logprobs"])} if choice["logprobs"] else None,
        }
        for choice in body["choices"]
    ]
    return {**body, "choices": choices}


class _Telling:
    """One stream; it knows which choices have text by now."""

    def __init__(self) -> None:
        self._begun: set[int] = set()

    def chunk(self, chunk: JsonObject) -> bytes:
        choices = [self._choice(choice) for choice in chunk["choices"]]
        return event({**chunk, "object": "text_completion", "choices": choices})

    def _choice(self, choice: JsonObject) -> JsonObject:
        told = _text_choice(choice, choice["delta"], begun=choice["index"] in self._begun)
        if told["text"]:
            self._begun.add(choice["index"])
        return told


def _text_choice(choice: JsonObject, said: JsonObject, *, begun: bool = False) -> JsonObject:
    """What chat says beside the text, why it does not answer, stands at the text's end here, as its last paragraph."""
    refusal = said.get("refusal")
    before = ("",) if begun and refusal and not said.get("content") else ()
    text = "\n\n".join([*before, *(part for part in (said.get("content"), refusal) if part)])
    kept = {key: value for key, value in choice.items() if key in _KEPT}
    return {"text": text, "logprobs": _text_logprobs(entries_of(choice.get("logprobs"))), **kept}


def _entries(logprobs: Any) -> list[JsonObject]:
    """Log probabilities, which are lists side by side here, as chat has them: one entry a token."""
    if not isinstance(logprobs, dict):
        return []
    lists = [logprobs.get(key) for key in ("tokens", "token_logprobs", "top_logprobs", "text_offset")]
    columns = [one if isinstance(one, list) else [] for one in lists]
    return [
        {"token": token, "logprob": logprob, "top_logprobs": _alternatives(top), "offset": offset}
        for token, logprob, top, offset in zip_longest(*columns)
    ]


def _alternatives(top: Any) -> list[JsonObject] | None:
    if not isinstance(top, dict):
        return None
    return [{"token": token, "logprob": logprob} for token, logprob in top.items()]


def _text_logprobs(entries: list[Any]) -> JsonObject | None:
    if not entries:
        return None
    tops = [entry.get("top_logprobs") for entry in entries]
    return {
        "tokens": [entry["token"] for entry in entries],
        "token_logprobs": [entry["logprob"] for entry in entries],
        "top_logprobs": [top and {one["token"]: one["logprob"] for one in top} for top in tops]
        if any(top is not None for top in tops)
        else None,
        "text_offset": [entry.get("offset") for entry in entries],
    }
