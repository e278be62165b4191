"""OpenAI's bodies, of each dialect, as ``gen_ai.*`` attributes. Nobody is trusted to send the right types."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeGuard

from opentelemetry.util.types import AttributeValue

from proxy.telemetry import names

Attributes = dict[str, AttributeValue]
JsonObject = Mapping[str, Any]

MAX_NAME_CHARS = 128

_FLOATS = {
    names.REQUEST_TEMPERATURE: ("temperature",),
    names.REQUEST_TOP_P: ("top_p",),
    names.REQUEST_FREQUENCY_PENALTY: ("frequency_penalty",),
    names.REQUEST_PRESENCE_PENALTY: ("presence_penalty",),
}
_INTEGERS = {
    names.REQUEST_MAX_TOKENS: ("max_completion_tokens", "max_tokens", "max_output_tokens"),
    names.REQUEST_SEED: ("seed",),
}
_WORDS = {
    names.REQUEST_REASONING_LEVEL: ("reasoning_effort", "reasoning.effort"),
    names.REQUEST_SERVICE_TIER: ("service_tier",),
}
_OUTPUT_TYPE = ("response_format.type", "text.format.type")
_OUTPUT_TYPES = {"json_object": "json", "json_schema": "json", "text": "text"}


def short_name(value: object) -> str:
    """A name that came from outside (a model, a finish reason), printable and at most 128 characters."""
    text = "".join(character for character in str(value) if character.isprintable())
    return text[:MAX_NAME_CHARS]


def request_attributes(body: JsonObject, *, content: bool) -> Attributes:
    """The request's parameters; messages and stop sequences, which are text, only where ``content`` is on."""
    found: Attributes = {}
    for name, keys in (_FLOATS | _INTEGERS).items():
        value = next((number for key in keys if is_number(number := _at(body, key))), None)
        if value is not None:
            found[name] = float(value) if name in _FLOATS else int(value)
    for name, keys in _WORDS.items():
        if (word := _word(body, keys)) is not None:
            found[name] = short_name(word)
    if is_number(body.get("n")) and body["n"] != 1:
        found[names.REQUEST_CHOICES] = int(body["n"])
    if output := _OUTPUT_TYPES.get(_word(body, _OUTPUT_TYPE) or ""):
        found[names.OUTPUT_TYPE] = output
    if content:
        found |= _request_text(body)
    return found


def usage_attributes(usage: JsonObject | None) -> Attributes:
    """Token counts of an OpenAI ``usage`` object; what is not a count is left out."""
    if not isinstance(usage, Mapping):
        return {}
    counts = {
        names.USAGE_INPUT: usage.get("prompt_tokens"),
        names.USAGE_OUTPUT: usage.get("completion_tokens"),
        names.USAGE_CACHE_READ: _at(usage, "prompt_tokens_details.cached_tokens"),
        names.USAGE_REASONING: _at(usage, "completion_tokens_details.reasoning_tokens"),
    }
    return {name: int(count) for name, count in counts.items() if is_number(count)}


def messages_json(messages: object, finish_reasons: Sequence[str | None] = ()) -> str:
    """OpenAI messages in the GenAI message schema (role and parts), as the JSON string that spans carry."""
    listed = messages if isinstance(messages, (list, tuple)) else []
    converted: list[dict[str, Any]] = [
        _message(message) for message in listed if isinstance(message, Mapping)
    ]
    for message, reason in zip(converted, finish_reasons, strict=False):
        if reason:
            message["finish_reason"] = reason
    return json.dumps(converted, ensure_ascii=False, default=str)


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether a JSON value is a number that fits an attribute (a bool is not one)."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 2**63


def _request_text(body: JsonObject) -> Attributes:
    found: Attributes = {names.INPUT_MESSAGES: messages_json(body.get("messages"))}
    stop = body.get("stop")
    sequences = [stop] if isinstance(stop, str) else stop
    if isinstance(sequences, list) and all(isinstance(sequence, str) for sequence in sequences):
        found[names.REQUEST_STOP] = sequences
    return found


def _word(body: JsonObject, paths: Iterable[str]) -> str | None:
    return next((word for path in paths if isinstance(word := _at(body, path), str)), None)


def _at(body: JsonObject, path: str) -> object:
    """What stands at a path of keys, such as ``reasoning.effort``; None where nothing does."""
    found: object = body
    for key in path.split("."):
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def _message(message: JsonObject) -> dict[str, Any]:
    role = str(message.get("role", "assistant"))
    if role == "tool":
        response = {
            "type": "tool_call_response",
            "id": message.get("tool_call_id"),
            "response": message.get("content"),
        }
        return {"role": role, "parts": [response]}
    parts = [*_content_parts(message.get("content")), *_tool_calls(message.get("tool_calls"))]
    if isinstance(message.get("refusal"), str):
        parts.append({"type": "text", "content": message["refusal"]})
    return {"role": role, "parts": parts}


def _content_parts(content: object) -> Iterable[dict[str, Any]]:
    if isinstance(content, str):
        return [{"type": "text", "content": content}]
    listed = content if isinstance(content, list) else []
    return [_content_part(part) for part in listed if isinstance(part, Mapping)]


def _content_part(part: JsonObject) -> dict[str, Any]:
    if isinstance(part.get("text"), str):
        return {"type": "text", "content": part["text"]}
    # Images, audio and files: that there was one is worth a trace, its bytes are not.
    return {"type": str(part.get("type", "unknown"))}


def _tool_calls(calls: object) -> Iterable[dict[str, Any]]:
    listed = calls if isinstance(calls, list) else []
    for call in listed:
        function = call.get("function") if isinstance(call, Mapping) else None
        if isinstance(function, Mapping):
            yield {
                "type": "tool_call",
                "id": call.get("id"),
                "name": function.get("name"),
                "arguments": function.get("arguments"),
            }
