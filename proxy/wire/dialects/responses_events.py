"""The typed events that tell a response as a stream, numbered from 0 on.

https://platform.openai.com/docs/api-reference/responses-streaming
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from proxy.wire.dialects.responses_shape import text_part
from proxy.wire.errors import ProxyError

JsonObject = dict[str, Any]

# Where a call's words stand, and the events that tell them; calls of other kinds are told as a whole.
_CALL_WORDS = {
    "function_call": ("arguments", "response.function_call_arguments"),
    "custom_tool_call": ("input", "response.custom_tool_call_input"),
}


class Telling:
    """One stream. Each method returns the bytes of its events; items are told in the order of the output."""

    def __init__(self) -> None:
        self._number = 0

    def event(self, kind: str, **fields: Any) -> bytes:
        data = {"type": kind, "sequence_number": self._number, **fields}
        self._number += 1
        return f"event: {kind}\ndata: ".encode() + msgspec.json.encode(data) + b"\n\n"

    def begin(self, response: JsonObject) -> Iterator[bytes]:
        begun = {**response, "status": "in_progress", "output": [], "usage": None}
        yield self.event("response.created", response=begun)
        yield self.event("response.in_progress", response=begun)

    def end(self, response: JsonObject) -> bytes:
        return self.event(f"response.{response['status']}", response=response)

    def failure(self, error: ProxyError, cxai: JsonObject) -> bytes:
        """With the error once flat, as the reference has it, and once as an object, by which the SDKs know it."""
        told = {"message": error.message, "param": error.param, "code": error.code}
        return self.event("error", **told, error={"type": error.type, **told}, cxai=cxai)

    def item(self, index: int, item: JsonObject) -> Iterator[bytes]:
        """An item that is there as a whole."""
        if item["type"] != "message":
            yield from self._call(index, item)
            return
        yield self.added(index, {**item, "status": "in_progress", "content": []})
        parts = item["content"]
        if parts and parts[0]["type"] == "output_text":
            yield self.text_opened(index, item["id"])
            if parts[0]["text"]:
                yield self.text(index, item["id"], parts[0]["text"])
        yield from self.message_closed(index, item)

    def added(self, index: int, item: JsonObject) -> bytes:
        return self.event("response.output_item.added", output_index=index, item=item)

    def text_opened(self, index: int, item_id: str) -> bytes:
        return self._part("added", index, item_id, 0, text_part(""))

    def text(self, index: int, item_id: str, delta: str) -> bytes:
        """Log probabilities come with the whole text: a sentence may leave in other pieces than it came in."""
        place = {"item_id": item_id, "output_index": index, "content_index": 0}
        return self.event("response.output_text.delta", **place, delta=delta, logprobs=[])

    def message_closed(self, index: int, item: JsonObject) -> Iterator[bytes]:
        """The end of a message whose text, where it has one, was opened and told."""
        for number, part in enumerate(item["content"]):
            place = {"item_id": item["id"], "output_index": index, "content_index": number}
            if part["type"] == "output_text":
                told = {"text": part["text"], "logprobs": part["logprobs"]}
                yield self.event("response.output_text.done", **place, **told)
            else:
                refusal = part["refusal"]
                yield self._part("added", index, item["id"], number, {**part, "refusal": ""})
                yield self.event("response.refusal.delta", **place, delta=refusal)
                yield self.event("response.refusal.done", **place, refusal=refusal)
            yield self._part("done", index, item["id"], number, part)
        yield self.event("response.output_item.done", output_index=index, item=item)

    def _call(self, index: int, item: JsonObject) -> Iterator[bytes]:
        words, kind = _CALL_WORDS.get(item["type"], ("", ""))
        begun = {words: ""} if words and words in item else {}
        yield self.added(index, {**item, **begun, "status": "in_progress"} if begun else item)
        if begun:
            place = {"item_id": item.get("id"), "output_index": index}
            yield self.event(f"{kind}.delta", **place, delta=item[words])
            named = {"name": item.get("name")} if words == "arguments" else {}
            yield self.event(f"{kind}.done", **place, **named, **{words: item[words]})
        yield self.event("response.output_item.done", output_index=index, item=item)

    def _part(self, what: str, index: int, item_id: str, number: int, part: JsonObject) -> bytes:
        place = {"item_id": item_id, "output_index": index, "content_index": number}
        return self.event(f"response.content_part.{what}", **place, part=part)
