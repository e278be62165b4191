"""What a provider answers at ``/responses``: whole, or as the typed events that tell the same."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from support.provider import Reply
from support.raw_answers import EVENT_STREAM

JsonObject = dict[str, Any]
USAGE = {
    "input_tokens": 10,
    "input_tokens_details": {"cached_tokens": 0},
    "output_tokens": 5,
    "output_tokens_details": {"reasoning_tokens": 3},
    "total_tokens": 15,
}
SECRET = "the reasoning that nobody judged"


def message(*texts: str, refusal: str = "", **fields: Any) -> JsonObject:
    parts: list[JsonObject] = [{"type": "output_text", "text": text, "annotations": []} for text in texts]
    parts += [{"type": "refusal", "refusal": refusal}] if refusal else []
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": parts,
        **fields,
    }


def call(arguments: str = '{"booking": "AB12"}', **fields: Any) -> JsonObject:
    item = {"id": "fc_1", "type": "function_call", "call_id": "call_1", "name": "look_up"}
    return {**item, "arguments": arguments, "status": "completed", **fields}


def reasoning() -> JsonObject:
    return {"id": "rs_1", "type": "reasoning", "summary": [{"type": "summary_text", "text": SECRET}]}


def response(*output: JsonObject, status: str = "completed", **fields: Any) -> JsonObject:
    head = {
        "id": "resp_provider",
        "object": "response",
        "created_at": 1,
        "model": "test-model",
        "status": status,
    }
    asides = {"output_text": SECRET, "error": None, "incomplete_details": None, "temperature": 1.0}
    return {**head, **asides, "output": list(output), "usage": USAGE, **fields}


def whole(*output: JsonObject, **fields: Any) -> Reply:
    return Reply(body=json.dumps(response(*output, **fields)).encode())


def streamed(*output: JsonObject, chunk_size: int = 5, cut_after: int | None = None, **fields: Any) -> Reply:
    told = list(events(output, chunk_size, response(*output, **fields)))
    return raw_stream(told if cut_after is None else told[:cut_after])


def raw_stream(told: Sequence[JsonObject]) -> Reply:
    lines = (
        f"event: {event['type']}\ndata: {json.dumps({**event, 'sequence_number': number})}\n\n"
        for number, event in enumerate(told)
    )
    return Reply(body="".join(lines).encode(), headers=EVENT_STREAM)


def events(output: Sequence[JsonObject], chunk_size: int, ended: JsonObject) -> Iterator[JsonObject]:
    begun = {**ended, "status": "in_progress", "output": [], "usage": None}
    yield {"type": "response.created", "response": begun}
    yield {"type": "response.in_progress", "response": begun}
    for index, item in enumerate(output):
        yield {
            "type": "response.output_item.added",
            "output_index": index,
            "item": {**item, "content": [], "status": "in_progress"},
        }
        for number, part in enumerate(item.get("content") or ()):
            yield from _part(index, number, item["id"], part, chunk_size)
        if item["type"] == "reasoning":
            yield {"type": "response.reasoning_summary_text.delta", "output_index": index, "delta": SECRET}
        if item["type"] == "function_call":
            place = {"output_index": index, "item_id": item["id"]}
            yield {"type": "response.function_call_arguments.delta", **place, "delta": item["arguments"]}
            yield {"type": "response.function_call_arguments.done", **place, "arguments": item["arguments"]}
        yield {"type": "response.output_item.done", "output_index": index, "item": item}
    yield {"type": f"response.{ended['status']}", "response": ended}


def _part(index: int, number: int, item_id: str, part: JsonObject, size: int) -> Iterator[JsonObject]:
    place = {"output_index": index, "content_index": number, "item_id": item_id}
    kind, key = ("output_text", "text") if part["type"] == "output_text" else ("refusal", "refusal")
    yield {"type": "response.content_part.added", **place, "part": {**part, key: ""}}
    for at in range(0, len(part[key]), size):
        yield {"type": f"response.{kind}.delta", **place, "delta": part[key][at : at + size]}
    yield {"type": f"response.{kind}.done", **place, key: part[key]}
    yield {"type": "response.content_part.done", **place, "part": part}
