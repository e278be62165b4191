"""A guarded stream: text leaves sentence by sentence, the last chunk carries the ``cxai`` object.

https://platform.openai.com/docs/api-reference/chat-streaming
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Any

import msgspec

from proxy.actions.gate import Gate
from proxy.guard import AnswerGuard
from proxy.wire.cxai_object import cxai_object
from proxy.wire.errors import ProxyError, UpstreamUnreachable, error_object

JsonObject = dict[str, Any]
DONE = b"data: [DONE]\n\n"


def event(data: JsonObject) -> bytes:
    return b"data: " + msgspec.json.encode(data) + b"\n\n"


class StreamGuard:
    """Turns a provider's chunks into those that the customer gets.

    The newest chunk with a ``finish_reason`` and the usage chunk are held back, since the last chunk of all carries
    the verdict on the whole answer.
    """

    def __init__(self, answer: AnswerGuard) -> None:
        self.answer = answer
        self.finish_reasons: dict[int, str] = {}
        self._head: JsonObject = {}
        self._finish: JsonObject | None = None
        self._usage: JsonObject | None = None
        self._failed: JsonObject | None = None

    async def relay(self, chunks: AsyncIterator[JsonObject]) -> AsyncIterator[JsonObject]:
        """Yield what leaves, up to but not including the last chunk (see ``last``)."""
        async for chunk in chunks:
            if isinstance(chunk.get("error"), dict):
                self._failed = chunk
                return
            self._head = self._head or {k: v for k, v in chunk.items() if k not in ("choices", "usage")}
            if isinstance(chunk.get("usage"), dict):
                self.answer.usage.update(chunk["usage"])
            if not chunk.get("choices"):
                if chunk.get("usage"):
                    self._usage = chunk
                else:
                    yield chunk
                continue
            for choice in chunk["choices"]:
                for out in await self._pass(chunk, choice):
                    yield out

    async def close(self, *, ended: bool) -> AsyncIterator[JsonObject]:
        """The provider has finished. Where it was cut off, what is still held is not delivered.

        Raises UpstreamUnreachable where the stream broke off in the middle of a choice.
        """
        if self._failed is not None:
            self.answer.mark_unverified("upstream_error")
            raise _failure(self._failed)
        unfinished = [index for index in self.answer.gates if index not in self.finish_reasons]
        if (unfinished or not self.answer.gates) and not ended:
            raise UpstreamUnreachable("The model provider's stream broke off before the answer was whole.")
        for index in unfinished:
            for out in await self._pass(self._head, {"index": index, "delta": {}, "finish_reason": "stop"}):
                yield out

    def last(self) -> list[JsonObject]:
        """The chunks that end the stream; the very last one carries ``cxai``."""
        ending = [chunk for chunk in (self._finish, self._usage) if chunk is not None]
        if ending:
            ending[-1] = {**ending[-1], "cxai": cxai_object(self.answer)}
        return ending

    async def _pass(self, chunk: JsonObject, choice: JsonObject) -> list[JsonObject]:
        delta = choice.get("delta") or {}
        finish = choice.get("finish_reason")
        gate = self.answer.gate(int(choice.get("index") or 0))
        out = [_with(chunk, choice, delta) for delta in await self._deltas(gate, delta, finish is not None)]
        if finish is not None:
            out += self._hold(_with(chunk, choice, {}, "stop" if gate.closed is not None else finish))
            self.finish_reasons[gate.choice] = str(finish)
        return out

    async def _deltas(self, gate: Gate, delta: JsonObject, finished: bool) -> Iterable[JsonObject]:
        was_closed, content = gate.closed is not None, delta.get("content")
        released = await gate.feed(content) if isinstance(content, str) and content else ""
        released += await gate.finish() if finished else ""
        rest = {} if was_closed else {key: value for key, value in delta.items() if key != "content"}
        if released or (isinstance(content, str) and "role" in rest):
            rest["content"] = released
        if gate.refusal is not None and not was_closed:
            rest["refusal"] = gate.refusal
        return [rest] if rest else []

    def _hold(self, finish: JsonObject) -> list[JsonObject]:
        before, self._finish = self._finish, finish
        return [before] if before is not None else []


def _with(chunk: JsonObject, choice: JsonObject, delta: JsonObject, finish: str | None = None) -> JsonObject:
    """The chunk with one choice. Log probabilities belong to tokens that may not leave as they were."""
    kept = {key: value for key, value in choice.items() if key != "logprobs"}
    return {**chunk, "choices": [{**kept, "delta": delta, "finish_reason": finish}]}


def _failure(chunk: JsonObject) -> ProxyError:
    error = chunk["error"]
    failure = ProxyError(str(error.get("message") or "The model provider reported an error."))
    failure.type, failure.code = str(error.get("type") or "upstream_error"), error.get("code")
    return failure


def failure_event(error: ProxyError) -> bytes:
    """What the OpenAI SDKs read as an error in the middle of a stream; no ``[DONE]`` follows."""
    return event(error_object(error.message, error.type, error.param, error.code))


def completion_as_chunks(completion: JsonObject, *, usage_asked: bool) -> list[JsonObject]:
    """A whole answer, told as a stream: for clients that ask for one on a route with ``delivery: whole``."""
    head = {k: v for k, v in completion.items() if k not in ("choices", "usage", "cxai", "object")}
    head["object"] = "chat.completion.chunk"
    chunks = [_choice_chunk(head, choice) for choice in completion["choices"]]
    chunks += [_finish_chunk(head, choice) for choice in completion["choices"]]
    if usage_asked and completion.get("usage"):
        chunks.append({**head, "choices": [], "usage": completion["usage"]})
    if chunks:
        chunks[-1] = {**chunks[-1], "cxai": completion["cxai"]}
    return chunks


def _choice_chunk(head: JsonObject, choice: JsonObject) -> JsonObject:
    delta = {key: value for key, value in choice["message"].items() if value is not None}
    if isinstance(delta.get("tool_calls"), list):
        delta["tool_calls"] = [{"index": i, **call} for i, call in enumerate(delta["tool_calls"])]
    return {**head, "choices": [{"index": choice.get("index", 0), "delta": delta, "finish_reason": None}]}


def _finish_chunk(head: JsonObject, choice: JsonObject) -> JsonObject:
    reason = choice.get("finish_reason") or "stop"
    return {**head, "choices": [{"index": choice.get("index", 0), "delta": {}, "finish_reason": reason}]}
