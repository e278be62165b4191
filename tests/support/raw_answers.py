"""A provider's answers byte by byte: what a scripted ``Reply`` cannot say, because no good provider says it."""

from __future__ import annotations

import json
from typing import Any

from support.provider import Reply

JsonObject = dict[str, Any]
EVENT_STREAM = {"content-type": "text/event-stream"}


def chunk(delta: Any = None, finish: Any = None, **fields: Any) -> JsonObject:
    """A chunk with one choice; ``fields`` are of the choice."""
    choice = {"index": 0, "delta": {} if delta is None else delta, "finish_reason": finish, **fields}
    return {**HEAD, "choices": [choice]}


HEAD = {"id": "chatcmpl-raw", "object": "chat.completion.chunk", "created": 1, "model": "test-model"}
ROLE = chunk({"role": "assistant", "content": ""})
STOP = chunk(finish="stop")


def event_of(data: JsonObject) -> bytes:
    return f"data: {json.dumps(data)}\n\n".encode()


def streaming(*events: JsonObject | str, done: bool = True) -> Reply:
    """These events as they are; a string is sent as raw lines."""
    lines = [event if isinstance(event, str) else f"data: {json.dumps(event)}\n\n" for event in events]
    body = "".join([*lines, "data: [DONE]\n\n" if done else ""])
    return Reply(body=body.encode(), headers=EVENT_STREAM)


def whole(*choices: JsonObject, **fields: Any) -> Reply:
    body = {**HEAD, "object": "chat.completion", "choices": list(choices), **fields}
    return Reply(body=json.dumps(body).encode())


def choice(content: Any = "", index: int = 0, finish: str = "stop", **message: Any) -> JsonObject:
    return {
        "index": index,
        "message": {"role": "assistant", "content": content, **message},
        "finish_reason": finish,
    }
