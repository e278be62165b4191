"""Chat completions as a stream: text leaves sentence by sentence, the last chunk carries the ``cxai`` object.

https://platform.openai.com/docs/api-reference/chat-streaming
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import msgspec

from proxy.actions.gate import Gate
from proxy.guard import AnswerGuard
from proxy.wire.dialects.chat_calls import ArrivingCalls, tool_calls_of
from proxy.wire.dialects.chat_shape import chunk_of, finish_reasons
from proxy.wire.dialects.dialect import Observed, Place, Summary
from proxy.wire.dialects.logprobs import passing
from proxy.wire.errors import ProxyError, UpstreamInvalid, UpstreamUnreachable, error_object, told_in_stream

JsonObject = dict[str, Any]
DONE = "[DONE]"
_END = f"data: {DONE}\n\n".encode()


def event(data: JsonObject) -> bytes:
    return b"data: " + msgspec.json.encode(data) + b"\n\n"


Read = Callable[[str], JsonObject]
Tell = Callable[[JsonObject], bytes]


class ChatStream:
    """Turns a provider's chunks into those that the customer gets.

    Held back are: calls of tools, whole, and a refusal until the choice's text is judged to its end, since they do not
    leave beside a choice that is cut short, nor a call that a rule stops; the newest chunk with a ``finish_reason`` and
    the usage chunk, since the last chunk of all carries the verdict on the whole answer; and log probabilities until
    the choice's end, when it is known whether its text left untouched. What comes after a choice's ``finish_reason`` is
    dropped.

    ``read`` makes a chunk of an event's data, and ``tell`` an event of a chunk: completions are told otherwise.
    """

    def __init__(
        self, answer: AnswerGuard, *, usage_asked: bool, read: Read = chunk_of, tell: Tell = event
    ) -> None:
        self._chunk_of = read
        self._tell = tell
        self._answer = answer
        self._usage_asked = usage_asked
        self._finished: set[int] = set()
        self._finished_ahead: set[int] = set()  # by the events that ``texts`` has seen
        self._calls: dict[int, ArrivingCalls] = {}
        self._refusals: dict[int, JsonObject] = {}
        self._entries: dict[int, list[Any]] = {}
        self._head: JsonObject = {}
        self._finish: JsonObject | None = None
        self._usage: JsonObject | None = None
        self._telling: list[JsonObject] = []

    async def relay(self, events: AsyncIterator[str]) -> AsyncIterator[bytes]:
        ended = False
        async for data in events:
            if ended := data.strip() == DONE:
                break
            chunk = self._read(data)
            if not chunk["choices"]:
                for out in self._without_choices(chunk):
                    yield self._tell(out)
            for choice in chunk["choices"]:
                for out in await self._pass(chunk, choice):
                    yield self._tell(out)
        for choice in self._missing_ends(ended=ended):
            for out in await self._pass(self._head, choice):
                yield self._tell(out)

    def texts(self, data: str) -> Iterable[tuple[int, str]]:
        with suppress(ProxyError):
            for choice in self._chunk_of(data)["choices"]:
                content = choice["delta"].get("content")
                if content and choice["index"] not in self._finished_ahead:
                    yield choice["index"], content
                if choice["finish_reason"] is not None:
                    self._finished_ahead.add(choice["index"])

    def last(self, cxai: JsonObject) -> Iterable[bytes]:
        """The chunks that were held; the very last one carries ``cxai``."""
        return _ending(
            [chunk for chunk in (self._finish, self._usage) if chunk is not None], cxai, self._tell
        )

    def failure(self, error: ProxyError, cxai: JsonObject) -> bytes:
        """What the OpenAI SDKs read as an error in the middle of a stream; no ``[DONE]`` follows."""
        return event({**error_object(error.message, error.type, error.param, error.code), "cxai": cxai})

    def summary(self) -> Summary:
        return _summary(self._telling, {index: gate.model_text for index, gate in self._answer.gates.items()})

    def _read(self, data: str) -> JsonObject:
        """The next chunk. Raises ProxyError where it is none, or reports an error."""
        chunk = self._chunk_of(data)
        if not self._telling or chunk.get("usage") or finish_reasons(chunk):
            self._telling.append(chunk)
        _without_error(chunk)
        self._head = self._head or {k: v for k, v in chunk.items() if k not in ("choices", "usage")}
        self._answer.usage.update(chunk.get("usage") or {})
        return chunk

    def _missing_ends(self, *, ended: bool) -> list[JsonObject]:
        """The provider has finished: the ends of choices that it did not end, where it said ``[DONE]``.

        Raises ProxyError where the stream broke off in the middle of a choice, or had none.
        """
        gates = self._answer.gates
        unfinished = [index for index in gates if index not in self._finished]
        if (unfinished or not gates) and not ended:
            raise UpstreamUnreachable("The model provider's stream broke off before the answer was whole.")
        if not gates:
            raise UpstreamInvalid("The model provider's stream ended without an answer.")
        calling = {index for index, calls in self._calls.items() if "tool_calls" in calls.message}
        return [
            {"index": index, "delta": {}, "finish_reason": "tool_calls" if index in calling else "stop"}
            for index in unfinished
        ]

    def _without_choices(self, chunk: JsonObject) -> list[JsonObject]:
        """Azure's first chunk passes; a usage chunk waits for the end, and is left out where nobody asked for it."""
        if not chunk.get("usage"):
            return [chunk]
        if self._usage_asked:
            self._usage = chunk
        return []

    async def _pass(self, chunk: JsonObject, choice: JsonObject) -> list[JsonObject]:
        index, finish = choice["index"], choice["finish_reason"]
        if index in self._finished:
            return []
        gate = self._answer.gate(index)
        entries = self._entries.setdefault(index, [])
        entries += choice.get("entries", ())
        out = [_with(chunk, choice, delta) for delta in await self._deltas(gate, choice["delta"], finish)]
        if finish is not None:
            self._finished.add(index)
            ended = {**choice, **passing(entries, gate)}
            out += self._hold(_with(chunk, ended, {}, "stop" if gate.closed is not None else finish))
        return out

    async def _deltas(self, gate: Gate, delta: JsonObject, finish: str | None) -> list[JsonObject]:
        """What leaves for one delta, and at the end of its choice what was held beside the text."""
        was_closed, content = gate.closed is not None, delta.get("content")
        calls = self._calls.setdefault(gate.choice, ArrivingCalls())
        calls.take(delta)
        if delta.get("refusal"):
            self._refusals[gate.choice] = {"refusal": delta["refusal"]}
        released = await gate.feed(content) if content else ""
        if finish is not None:
            released += await gate.finish()
            released += await self._answer.conclude(gate.choice, tool_calls_of(calls.message))
        now: JsonObject = {} if was_closed or "role" not in delta else {"role": delta["role"]}
        if released or (isinstance(content, str) and now):
            now["content"] = released
        if gate.refusal is not None and not was_closed:
            now["refusal"] = gate.refusal
        rest: list[JsonObject] = []
        if finish is not None and gate.closed is None:
            rest = [self._refusals.get(gate.choice, {}), *calls.deltas()]
        return [one for one in (now, *rest) if one]

    def _hold(self, finish: JsonObject) -> list[JsonObject]:
        before, self._finish = self._finish, finish
        return [before] if before is not None else []


def told_as_stream(completion: JsonObject, *, usage_asked: bool, tell: Tell = event) -> Iterator[bytes]:
    """A whole answer, told as a stream: for clients that ask for one on a route with ``delivery: whole``."""
    head = {k: v for k, v in completion.items() if k not in ("choices", "usage", "cxai", "object")}
    head["object"] = "chat.completion.chunk"
    chunks = [_choice_chunk(head, choice) for choice in completion["choices"]]
    chunks += [_finish_chunk(head, choice) for choice in completion["choices"]]
    if usage_asked and completion.get("usage"):
        chunks.append({**head, "choices": [], "usage": completion["usage"]})
    return _ending(chunks, completion["cxai"], tell)


def observed_stream(events: Iterable[str], read: Read = chunk_of) -> Observed:
    """A recorded stream, up to the first event that is no chunk or reports an error."""
    chunks: list[JsonObject] = []
    ended, broke_off = False, None
    try:
        for data in events:
            if data.strip() == DONE:
                ended = True
            else:
                chunks.append(_without_error(read(data)))
    except ProxyError as error:
        broke_off = error.reason
    texts: dict[int, str] = {}
    calls: dict[int, ArrivingCalls] = {}
    for choice in (choice for chunk in chunks for choice in chunk["choices"]):
        index, delta = choice["index"], choice["delta"]
        texts[index] = texts.get(index, "") + (delta.get("content") or "")
        calls.setdefault(index, ArrivingCalls()).take(delta)
    places = [Place(index, text, tool_calls_of(calls[index].message)) for index, text in texts.items()]
    finished = {choice["index"] for chunk in chunks for choice in chunk["choices"] if choice["finish_reason"]}
    if not ended and finished != texts.keys():
        broke_off = broke_off or UpstreamUnreachable.code
    return Observed(places, _summary(chunks, texts), broke_off)


def _without_error(chunk: JsonObject) -> JsonObject:
    """The chunk. Raises ProxyError where it reports an error."""
    if chunk.get("error"):
        raise told_in_stream(chunk["error"])
    return chunk


def _with(chunk: JsonObject, choice: JsonObject, delta: JsonObject, finish: str | None = None) -> JsonObject:
    """The chunk with one choice; usage beside a choice stands with its end."""
    head = chunk if finish is not None else {key: value for key, value in chunk.items() if key != "usage"}
    kept = {key: value for key, value in choice.items() if key != "entries"}
    return {**head, "choices": [{**kept, "delta": delta, "finish_reason": finish}]}


def _summary(chunks: Iterable[JsonObject], texts: Mapping[int, str]) -> Summary:
    """``chunks`` hold the id, the model, the usage and the finish reasons; ``texts`` are those of the choices."""
    seen: JsonObject = {}
    reasons: list[str] = []
    for chunk in chunks:
        seen |= {key: chunk[key] for key in ("id", "model", "usage") if chunk.get(key)}
        reasons += finish_reasons(chunk)
    messages = [{"role": "assistant", "content": texts[index]} for index in sorted(texts)]
    return Summary(**seen, finish_reasons=reasons, messages=messages)


def _choice_chunk(head: JsonObject, choice: JsonObject) -> JsonObject:
    delta = {key: value for key, value in choice["message"].items() if value is not None}
    if isinstance(delta.get("tool_calls"), list):
        delta["tool_calls"] = [{"index": i, **call} for i, call in enumerate(delta["tool_calls"])]
    return {**head, "choices": [{"index": choice.get("index", 0), "delta": delta, "finish_reason": None}]}


def _finish_chunk(head: JsonObject, choice: JsonObject) -> JsonObject:
    reason = choice.get("finish_reason") or "stop"
    logprobs = {"logprobs": choice["logprobs"]} if choice.get("logprobs") else {}
    ended = {"index": choice.get("index", 0), "delta": {}, **logprobs, "finish_reason": reason}
    return {**head, "choices": [ended]}


def _ending(chunks: Iterable[JsonObject], cxai: JsonObject, tell: Tell) -> Iterator[bytes]:
    *before, last = chunks
    yield from map(tell, before)
    yield tell({**last, "cxai": cxai})
    yield _END
