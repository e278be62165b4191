"""A chat completion, whole or a chunk, read into the shape that the guard relies on.

A choice keeps the fields whose text is judged or that hold none: role, content, refusal, calls of tools. What else it
holds (``reasoning_content``, ``audio``, ``annotations``, fields nobody knows) could carry text past the guard, and is
left out. Log probabilities wait under ``entries``, as they came, for ``logprobs.py`` to look at them. Beside the
choices unknown fields pass, except those known to hold text.

https://platform.openai.com/docs/api-reference/chat/object
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from proxy.wire.dialects.chat_calls import CALLS
from proxy.wire.dialects.dialect import Asked
from proxy.wire.dialects.logprobs import entries_of
from proxy.wire.errors import UpstreamInvalid

JsonObject = dict[str, Any]

MODEL_REFUSAL = "I'm sorry, but I can't help with that."
MOST_CHOICES = 128

# Web search results (Perplexity), the other dialects' places for text, and thinking.
_TEXT_BESIDE_CHOICES = frozenset(
    {
        *("citations", "search_results", "related_questions", "images", "output", "output_text", "response"),
        *("text", "content", "message", "delta", "messages", "reasoning", "reasoning_content", "thinking"),
    }
)
_CALL_SHAPES: dict[str, type] = {"tool_calls": list, "function_call": dict}
_REASON = re.compile(r"[\w-]{1,64}")
_MESSAGE_KEPT = ("role", "content", "refusal", *CALLS)
_CHOICE_KEPT = ("index", "finish_reason", "content_filter_results")


def completion_of(content: bytes) -> JsonObject:
    """A whole chat completion. Raises UpstreamInvalid where it is none."""
    body = answer_with_choices(content, "chat completion")
    choices = body["choices"]
    return {**envelope(body), "choices": [_choice(choice, place) for place, choice in enumerate(choices)]}


def answer_with_choices(content: bytes, what: str) -> JsonObject:
    """The body of a whole answer, as it came; ``choices`` is a list with something in it. Raises UpstreamInvalid."""
    try:
        body = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise UpstreamInvalid("The model provider's answer is not valid JSON.") from None
    choices = body.get("choices") if isinstance(body, dict) else None
    if not choices or not isinstance(choices, list) or len(choices) > MOST_CHOICES:
        raise UpstreamInvalid(f"The model provider's answer is not a {what}: it has no usable `choices`.")
    return dict(body)


def empty_answer(
    asked: Asked, kind: str, response_id: str, created_at: int, saying_nothing: JsonObject
) -> bytes:
    """A whole answer in which no model said anything: each choice is like ``saying_nothing``."""
    choices = [{"index": index, **saying_nothing, "finish_reason": "stop"} for index in range(asked.choices)]
    head = {"id": response_id, "object": kind, "created": created_at, "model": asked.model}
    usage = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
    return msgspec.json.encode({**head, "choices": choices, "usage": usage})


def chunk_of(data: str | bytes) -> JsonObject:
    """A chunk of a stream; ``choices`` is there, though it may be empty. Raises UpstreamInvalid."""
    return chunk_with(data, _chunk_choice)


def chunk_with(data: str | bytes, read: Callable[[Any], JsonObject]) -> JsonObject:
    """A chunk whose choices are read by ``read``. Raises UpstreamInvalid."""
    try:
        body = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise UpstreamInvalid("The model provider's stream holds an event that is not valid JSON.") from None
    if not isinstance(body, dict):
        raise UpstreamInvalid("The model provider's stream holds an event that is not a JSON object.")
    choices = body.get("choices") or []
    if not isinstance(choices, list):
        raise UpstreamInvalid("The model provider's stream holds a chunk whose `choices` are no list.")
    return {**envelope(body), "choices": [read(choice) for choice in choices]}


def content_text(content: Any) -> str | None:
    """The text of a message's or delta's content: a string, or the text parts of a list, joined."""
    if content is None or isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise UpstreamInvalid("The model provider's answer has content that is neither text nor parts.")
    parts = (part.get("text") for part in content if isinstance(part, Mapping) and part.get("type") == "text")
    return "".join(part for part in parts if isinstance(part, str))


def envelope(body: Mapping[str, Any]) -> JsonObject:
    """What may stand beside the choices."""
    kept = {key: value for key, value in body.items() if key not in _TEXT_BESIDE_CHOICES}
    if not isinstance(kept.get("usage"), dict):
        kept.pop("usage", None)
    return kept


def _choice(choice: Any, place: int) -> JsonObject:
    """A choice of a whole answer; its place is its index, so that no two choices share one."""
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(message, dict):
        raise UpstreamInvalid(
            "The model provider's answer is not a chat completion: a choice has no `message`."
        )
    kept = {key: choice[key] for key in _CHOICE_KEPT if key in choice}
    return {
        **kept,
        "index": place,
        "message": {"content": None, **_message(message)},
        "entries": entries_of(choice.get("logprobs")),
        "finish_reason": finish_of(choice),
    }


def _chunk_choice(choice: Any) -> JsonObject:
    delta = (choice.get("delta") or {}) if isinstance(choice, dict) else None
    if not isinstance(delta, dict):
        raise UpstreamInvalid("The model provider's stream holds a choice without a usable `delta`.")
    kept = {key: choice[key] for key in _CHOICE_KEPT if key in choice}
    return {
        **kept,
        "index": index_of(choice),
        "delta": _message(delta),
        "entries": entries_of(choice.get("logprobs")),
        "finish_reason": finish_of(choice),
    }


def _message(message: Mapping[str, Any]) -> JsonObject:
    kept = {key: message[key] for key in _MESSAGE_KEPT if key in message}
    if "content" in kept:
        kept["content"] = content_text(kept["content"])
    if "refusal" in kept:
        # Its text is the model's own and never judged; that it refuses is all that is passed on.
        kept["refusal"] = MODEL_REFUSAL if kept["refusal"] else None
    if "role" in kept:
        kept["role"] = "assistant"
    if isinstance(kept.get("tool_calls"), list):
        kept["tool_calls"] = [call for call in kept["tool_calls"] if isinstance(call, dict)]
    return {key: value for key, value in kept.items() if isinstance(value, _CALL_SHAPES.get(key, object))}


def index_of(choice: Mapping[str, Any]) -> int:
    index = choice.get("index")
    if index is None:
        return 0
    if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < MOST_CHOICES:
        raise UpstreamInvalid("The model provider's stream holds a choice with an impossible `index`.")
    return index


def finish_of(choice: Mapping[str, Any]) -> str | None:
    """Some providers send an empty finish reason while they go on; one that is no single word could hold anything."""
    reason = choice.get("finish_reason")
    if not reason:
        return None
    return reason if isinstance(reason, str) and _REASON.fullmatch(reason) else "stop"


def finish_reasons(body: Mapping[str, Any]) -> list[str]:
    return [str(choice["finish_reason"]) for choice in body["choices"] if choice["finish_reason"]]
