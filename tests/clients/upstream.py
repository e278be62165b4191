"""The provider behind the proxy for the clients: it answers by what it was asked (conversation.json), on loopback.

It asks for its key, and it speaks chat completions, responses and the older completions, whole and streamed.
https://platform.openai.com/docs/api-reference/responses-streaming
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.provider import Provider, Reply

JsonObject = dict[str, Any]
CONVERSATION: JsonObject = json.loads(
    (Path(__file__).parent / "conversation.json").read_text(encoding="utf-8")
)
KEY = "sk-clients-own-key"
NO_ANSWER = "There is no answer to this question in conversation.json."
NOT_STRUCTURED = "A schema was not asked for."
USAGE = {
    "input_tokens": 10,
    "input_tokens_details": {"cached_tokens": 0},
    "output_tokens": 5,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 15,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of any dialect: the customer's last words, and what a tool returned since then."""

    question: str
    tool_result: str | None
    has_tools: bool
    has_schema: bool


@dataclass(frozen=True, slots=True)
class Said:
    """The model's answer: a text, or a call of the tool."""

    text: str | None = None
    calls_tool: bool = False


class ClientsProvider(Provider):
    """The scripted provider, with its replies chosen by the request."""

    def reply_to(self, request: JsonObject) -> Reply:
        path = self.paths[-1].partition("?")[0]
        if not self._has_key():
            return _error(401, "Incorrect API key provided.", "invalid_api_key")
        if path.endswith("/models"):
            return _json({"object": "list", "data": [_model(CONVERSATION["model"])]})
        if request.get("model") != CONVERSATION["model"]:
            return _error(404, CONVERSATION["unknown_model_message"], "model_not_found", "model")
        if path.endswith("/chat/completions"):
            return _chat(_said(_asked_in_messages(request)))
        if path.endswith("/responses"):
            return _response(_said(_asked_in_items(request)), request)
        return _completion(_said(Asked(request.get("prompt") or "", None, False, False)), request)

    def _has_key(self) -> bool:
        headers = self.headers[-1]
        return KEY in (headers.get("authorization", "").removeprefix("Bearer "), headers.get("api-key"))


def _said(asked: Asked) -> Said:
    tool, structured = CONVERSATION["tool"], CONVERSATION["structured"]
    if asked.question == tool["question"] and asked.tool_result is not None:
        return Said(_told_by_tool(asked.tool_result))
    if asked.question == tool["question"] and asked.has_tools:
        return Said(calls_tool=True)
    if asked.question == structured["question"]:
        return Said(json.dumps(structured["answer"]) if asked.has_schema else NOT_STRUCTURED)
    for part in (CONVERSATION["supported"], CONVERSATION["invented"]):
        if asked.question == part["question"]:
            return Said(part["answer"])
    return Said(NO_ANSWER)


def _told_by_tool(result: str) -> str:
    """Built from what the client sent back, so that a client that lost the result is found out."""
    try:
        booking = json.loads(result)
        return f"Your booking {booking['reference']} is {booking['status']}."
    except (ValueError, KeyError, TypeError):
        return f"The tool's result could not be read: {result}"


def _asked_in_messages(request: JsonObject) -> Asked:
    question, result = "", None
    for message in request["messages"]:
        if message["role"] == "user":
            question, result = _text(message["content"]), None
        elif message["role"] == "tool":
            result = _text(message["content"])
    schema = (request.get("response_format") or {}).get("type") == "json_schema"
    return Asked(question, result, bool(request.get("tools")), schema)


def _asked_in_items(request: JsonObject) -> Asked:
    items = request["input"]
    if isinstance(items, str):
        items = [{"role": "user", "content": items}]
    question, result = "", None
    for item in items:
        if item.get("role") == "user":
            question, result = _text(item["content"]), None
        elif item.get("type") == "function_call_output":
            result = _text(item["output"])
    schema = ((request.get("text") or {}).get("format") or {}).get("type") == "json_schema"
    return Asked(question, result, bool(request.get("tools")), schema)


def _text(content: str | Sequence[JsonObject]) -> str:
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


def _chat(said: Said) -> Reply:
    tool = CONVERSATION["tool"]
    function = {"name": tool["name"], "arguments": json.dumps(tool["arguments"])}
    calls = [{"id": "call_1", "type": "function", "function": function}] if said.calls_tool else []
    return Reply((said.text,), tool_calls=calls)


def _completion(said: Said, request: JsonObject) -> Reply:
    head = {"id": "cmpl-1", "object": "text_completion", "created": 1, "model": request["model"]}

    def piece(text: str, finish: str | None) -> JsonObject:
        return {
            **head,
            "choices": [{"index": 0, "text": text, "logprobs": None, "finish_reason": finish}],
        }

    usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    if not request.get("stream"):
        return _json({**piece(said.text or "", "stop"), "usage": usage})
    pieces = [piece(text, None) for text in _pieces(said.text or "")]
    return _events([*pieces, piece("", "stop")], done=True)


def _response(said: Said, request: JsonObject) -> Reply:
    item = _call_item() if said.calls_tool else _message_item(said.text or "")
    whole = _response_object(request, [item], "completed")
    if not request.get("stream"):
        return _json(whole)
    begun = _response_object(request, [], "in_progress")
    events = [
        {"type": "response.created", "response": begun},
        {"type": "response.in_progress", "response": begun},
        *(_call_events(item) if said.calls_tool else _message_events(item)),
        {"type": "response.completed", "response": whole},
    ]
    return _events([{**event, "sequence_number": number} for number, event in enumerate(events)])


def _response_object(request: JsonObject, output: Sequence[JsonObject], status: str) -> JsonObject:
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "status": status,
        "background": False,
        "error": None,
        "incomplete_details": None,
        "instructions": request.get("instructions"),
        "max_output_tokens": None,
        "metadata": {},
        "model": request["model"],
        "output": list(output),
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "reasoning": {"effort": None, "summary": None},
        "store": False,
        "temperature": 1.0,
        "text": request.get("text") or {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": request.get("tools") or [],
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": USAGE if status == "completed" else None,
        "user": None,
    }


def _message_item(text: str, status: str = "completed") -> JsonObject:
    parts = [_text_part(text)] if status == "completed" else []
    return {"id": "msg_1", "type": "message", "status": status, "role": "assistant", "content": parts}


def _text_part(text: str) -> JsonObject:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def _message_events(item: JsonObject) -> list[JsonObject]:
    text = item["content"][0]["text"]
    place = {"item_id": item["id"], "output_index": 0, "content_index": 0}
    return [
        {"type": "response.output_item.added", "output_index": 0, "item": _message_item("", "in_progress")},
        {"type": "response.content_part.added", **place, "part": _text_part("")},
        *(
            {"type": "response.output_text.delta", **place, "delta": piece, "logprobs": []}
            for piece in _pieces(text)
        ),
        {"type": "response.output_text.done", **place, "text": text, "logprobs": []},
        {"type": "response.content_part.done", **place, "part": _text_part(text)},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
    ]


def _call_item(arguments: str | None = None, status: str = "completed") -> JsonObject:
    tool = CONVERSATION["tool"]
    return {
        "id": "fc_1",
        "type": "function_call",
        "status": status,
        "call_id": "call_1",
        "name": tool["name"],
        "arguments": json.dumps(tool["arguments"]) if arguments is None else arguments,
    }


def _call_events(item: JsonObject) -> list[JsonObject]:
    place = {"item_id": item["id"], "output_index": 0}
    arguments = item["arguments"]
    return [
        {"type": "response.output_item.added", "output_index": 0, "item": _call_item("", "in_progress")},
        {"type": "response.function_call_arguments.delta", **place, "delta": arguments},
        {
            "type": "response.function_call_arguments.done",
            **place,
            "name": item["name"],
            "arguments": arguments,
        },
        {"type": "response.output_item.done", "output_index": 0, "item": item},
    ]


def _pieces(text: str, size: int = 5) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]


def _model(name: str) -> JsonObject:
    return {"id": name, "object": "model", "created": 1, "owned_by": "tests"}


def _error(status: int, message: str, code: str, param: str | None = None) -> Reply:
    error = {"message": message, "type": "invalid_request_error", "param": param, "code": code}
    return _json({"error": error}, status)


def _json(body: JsonObject, status: int = 200) -> Reply:
    return Reply(body=json.dumps(body).encode(), status=status)


def _events(events: Sequence[JsonObject], *, done: bool = False) -> Reply:
    """Named events where they have a type, as the responses API sends them."""
    lines = [
        (f"event: {event['type']}\n" if "type" in event else "") + f"data: {json.dumps(event)}\n\n"
        for event in events
    ]
    body = "".join(lines) + ("data: [DONE]\n\n" if done else "")
    return Reply(body=body.encode(), headers={"content-type": "text/event-stream"})
