"""A guarded stream: text leaves sentence by sentence, the last chunk carries the ``cxai`` object.

https://platform.openai.com/docs/api-reference/chat-streaming
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec

from proxy.actions.gate import Gate
from proxy.guard import AnswerGuard
from proxy.wire.answer_shape import CALLS
from proxy.wire.cxai_object import cxai_object
from proxy.wire.errors import ProxyError, UpstreamInvalid, UpstreamUnreachable, error_object

JsonObject = dict[str, Any]
DONE = b"data: [DONE]\n\n"


def event(data: JsonObject) -> bytes:
    return b"data: " + msgspec.json.encode(data) + b"\n\n"


class StreamGuard:
    """Turns a provider's chunks into those that the customer gets.

    Held back are: calls of tools and a refusal until the choice's text is judged to its end, since they do not leave
    beside a choice that is cut short; the newest chunk with a ``finish_reason`` and the usage chunk, since the last
    chunk of all carries the verdict on the whole answer. What comes after a choice's ``finish_reason`` is dropped.
    """

    def __init__(self, answer: AnswerGuard, *, usage_asked: bool) -> None:
        self.answer = answer
        self.finished: set[int] = set()
        self._usage_asked = usage_asked
        self._held: dict[int, list[JsonObject]] = {}
        self._head: JsonObject = {}
        self._finish: JsonObject | None = None
        self._usage: JsonObject | None = None
        self._failed: JsonObject | None = None

    async def relay(self, chunks: AsyncIterator[JsonObject]) -> AsyncIterator[JsonObject]:
        """Yield what leaves, up to but not including the last chunk (see ``last``)."""
        async for chunk in chunks:
            if chunk.get("error"):
                self._failed = chunk
                return
            self._head = self._head or {k: v for k, v in chunk.items() if k not in ("choices", "usage")}
            self.answer.usage.update(chunk.get("usage") or {})
            if not chunk["choices"]:
                for out in self._without_choices(chunk):
                    yield out
            for choice in chunk["choices"]:
                for out in await self._pass(chunk, choice):
                    yield out

    async def close(self, *, ended: bool) -> AsyncIterator[JsonObject]:
        """The provider has finished. Where it was cut off, what is still held is not delivered.

        Raises ProxyError where the stream reported an error, broke off in the middle of a choice, or had none.
        """
        if self._failed is not None:
            raise _failure(self._failed)
        unfinished = [index for index in self.answer.gates if index not in self.finished]
        if (unfinished or not self.answer.gates) and not ended:
            raise UpstreamUnreachable("The model provider's stream broke off before the answer was whole.")
        if not self.answer.gates:
            raise UpstreamInvalid("The model provider's stream ended without an answer.")
        for index in unfinished:
            reason = (
                "tool_calls" if any("tool_calls" in held for held in self._held.get(index, ())) else "stop"
            )
            for out in await self._pass(self._head, {"index": index, "delta": {}, "finish_reason": reason}):
                yield out

    def last(self) -> list[JsonObject]:
        """The chunks that end the stream; the very last one carries ``cxai``."""
        ending = [chunk for chunk in (self._finish, self._usage) if chunk is not None]
        ending[-1] = {**ending[-1], "cxai": cxai_object(self.answer)}
        return ending

    def _without_choices(self, chunk: JsonObject) -> list[JsonObject]:
        """Azure's first chunk passes; a usage chunk waits for the end, and is left out where nobody asked for it."""
        if not chunk.get("usage"):
            return [chunk]
        if self._usage_asked:
            self._usage = chunk
        return []

    async def _pass(self, chunk: JsonObject, choice: JsonObject) -> list[JsonObject]:
        index, finish = choice["index"], choice["finish_reason"]
        if index in self.finished:
            return []
        gate = self.answer.gate(index)
        out = [_with(chunk, choice, delta) for delta in await self._deltas(gate, choice["delta"], finish)]
        if finish is not None:
            self.finished.add(index)
            out += self._hold(_with(chunk, choice, {}, "stop" if gate.closed is not None else finish))
        return out

    async def _deltas(self, gate: Gate, delta: JsonObject, finish: str | None) -> list[JsonObject]:
        """What leaves for one delta, and at the end of its choice what was held beside the text."""
        was_closed, content = gate.closed is not None, delta.get("content")
        held = self._held.setdefault(gate.choice, [])
        held += [{key: delta[key]} for key in CALLS if delta.get(key)]
        if delta.get("refusal") and not any("refusal" in one for one in held):
            held.append({"refusal": delta["refusal"]})
        released = await gate.feed(content) if content else ""
        released += await gate.finish() if finish is not None else ""
        now: JsonObject = {} if was_closed or "role" not in delta else {"role": delta["role"]}
        if released or (isinstance(content, str) and now):
            now["content"] = released
        if gate.refusal is not None and not was_closed:
            now["refusal"] = gate.refusal
        rest = held if finish is not None and gate.closed is None else []
        return [one for one in (now, *rest) if one]

    def _hold(self, finish: JsonObject) -> list[JsonObject]:
        before, self._finish = self._finish, finish
        return [before] if before is not None else []


def _with(chunk: JsonObject, choice: JsonObject, delta: JsonObject, finish: str | None = None) -> JsonObject:
    """The chunk with one choice; usage beside a choice stands with its end."""
    head = chunk if finish is not None else {key: value for key, value in chunk.items() if key != "usage"}
    return {**head, "choices": [{**choice, "delta": delta, "finish_reason": finish}]}


def _failure(chunk: JsonObject) -> ProxyError:
    """The provider's own error; one that is not OpenAI-shaped is not repeated."""
    error = chunk["error"] if isinstance(chunk["error"], dict) else {}
    failure = ProxyError(str(error.get("message") or "The model provider reported an error."))
    failure.type = str(error.get("type") or "upstream_error")
    failure.code = None if error.get("code") is None else str(error["code"])
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
