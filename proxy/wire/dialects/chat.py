"""Chat completions: the dialect of ``POST /v1/chat/completions``.

https://platform.openai.com/docs/api-reference/chat
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from proxy.actions.gate import Gate
from proxy.guard import AnswerGuard, Messages
from proxy.wire.dialects.chat_calls import CALLS, tool_calls_of
from proxy.wire.dialects.chat_request import asking_whole, chat_request, instructed
from proxy.wire.dialects.chat_shape import completion_of, empty_answer, finish_reasons
from proxy.wire.dialects.chat_stream import ChatStream, observed_stream, told_as_stream
from proxy.wire.dialects.dialect import Asked, Observed, Place, Summary
from proxy.wire.dialects.logprobs import passing
from proxy.wire.request_body import parse_json_object

JsonObject = dict[str, Any]


class Chat:
    paths = ("/v1/chat/completions",)

    def parse(self, raw: bytes, params: Mapping[str, Any]) -> Asked:
        return chat_request(raw, parse_json_object(raw))

    def asking_whole(self, asked: Asked, messages: Messages | None = None) -> bytes:
        return asking_whole(asked, messages)

    def instructed(self, asked: Asked, text: str) -> Asked:
        return instructed(asked, text)

    def whole(self, content: bytes) -> ChatAnswer:
        return ChatAnswer(completion_of(content))

    def unasked(self, asked: Asked, response_id: str, created_at: int) -> bytes:
        return empty_answer(
            asked,
            "chat.completion",
            response_id,
            created_at,
            {"message": {"role": "assistant", "content": ""}},
        )

    def told(self, body: JsonObject, asked: Asked) -> Iterable[bytes]:
        return told_as_stream(body, usage_asked=asked.usage_asked)

    def stream_guard(self, answer: AnswerGuard, asked: Asked) -> ChatStream:
        return ChatStream(answer, usage_asked=asked.usage_asked)

    def observed(self, events: Iterable[str]) -> Observed:
        return observed_stream(events)


@dataclass(frozen=True, slots=True)
class ChatAnswer:
    """A chat completion in the shape that ``completion_of`` gives it; its places are its choices."""

    completion: JsonObject

    @property
    def places(self) -> Sequence[Place]:
        return [
            Place(choice["index"], message["content"] or "", calls=tool_calls_of(message))
            for choice in self.completion["choices"]
            for message in (choice["message"],)
        ]

    @property
    def summary(self) -> Summary:
        completion = self.completion
        return Summary(
            id=completion.get("id"),
            model=completion.get("model"),
            finish_reasons=finish_reasons(completion),
            usage=completion.get("usage") or {},
            messages=[choice["message"] for choice in completion["choices"]],
        )

    def delivered(self, gates: Mapping[int, Gate], usage: JsonObject) -> JsonObject:
        choices = [_delivered(choice, gates.get(choice["index"])) for choice in self.completion["choices"]]
        counted = {"usage": usage} if "usage" in self.completion else {}
        return {**self.completion, "choices": choices, **counted}


def _delivered(choice: JsonObject, gate: Gate | None) -> JsonObject:
    logprobs = passing(choice["entries"], gate)
    choice = {key: value for key, value in choice.items() if key != "entries"} | logprobs
    if gate is None:
        return choice
    message = {**choice["message"], "content": gate.delivered or None}
    if gate.closed is None:
        return {**choice, "message": message}
    left = {key: value for key, value in message.items() if key not in CALLS}
    return {**choice, "message": {**left, "refusal": gate.refusal}, "finish_reason": "stop"}
