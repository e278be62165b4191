"""A response, whole or as its events tell it, read into the shape that the guard relies on.

Of the output two kinds of items come back: messages, whose text is judged, and calls that the client's program answers.
What else a provider puts there (reasoning, hosted tools with what they found, kinds nobody knows) could carry text past
the guard, and is left out; so are annotations. Beside the output come back numbers and the names listed here.

https://platform.openai.com/docs/api-reference/responses/object
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from proxy.actions.gate import Gate
from proxy.rules.facts import ToolCall
from proxy.wire.dialects.chat_calls import tool_call
from proxy.wire.dialects.chat_shape import MODEL_REFUSAL
from proxy.wire.dialects.dialect import Asked, Place, Summary
from proxy.wire.dialects.logprobs import untouched
from proxy.wire.errors import UpstreamInvalid

JsonObject = dict[str, Any]

MOST_ITEMS = 128
ENDS = ("completed", "incomplete", "failed")
CALLS = (
    *("function_call", "custom_tool_call", "computer_call", "local_shell_call", "shell_call"),
    *("apply_patch_call", "mcp_approval_request"),
)
_NAME = re.compile(r"[\w.:/@+-]{1,128}")
_ECHOED: JsonObject = {
    **{"instructions": None, "metadata": {}, "tools": [], "tool_choice": "auto"},
    "text": {"format": {"type": "text"}},
}
_ECHOED_WHERE_ASKED = ("user", "safety_identifier", "prompt_cache_key", "prompt")
_NAMES_KEPT = ("id", "object", "status", "model", "service_tier", "truncation")
_OBJECTS = ("reasoning", "incomplete_details", "error", "usage")
_USAGE = {
    "input_tokens": "prompt_tokens",
    "output_tokens": "completion_tokens",
    "total_tokens": "total_tokens",
    "input_tokens_details": "prompt_tokens_details",
    "output_tokens_details": "completion_tokens_details",
}
_OWN_USAGE = {chat: own for own, chat in _USAGE.items()}


@dataclass(slots=True)
class Message:
    """A message of the output: its texts joined to one, and whether the model refuses."""

    id: str
    phase: str | None = None
    text: str = ""
    refuses: bool = False
    status: str = "completed"
    logprobs: list[JsonObject] = field(default_factory=list)

    def read(self, item: Mapping[str, Any]) -> None:
        """Take its content from an item that is whole."""
        parts = [part for part in _listed(item.get("content")) if isinstance(part, Mapping)]
        texts = [part for part in parts if part.get("type") == "output_text"]
        self.text = "".join(text for part in texts if isinstance(text := part.get("text"), str))
        self.refuses = any(part.get("type") == "refusal" for part in parts)
        self.status = "incomplete" if item.get("status") == "incomplete" else "completed"
        self.logprobs = [one for part in texts for one in _listed(part.get("logprobs"))]

    def delivered(self, gate: Gate | None) -> JsonObject:
        """The item that leaves. A message without text has no gate; the model's refusal is told in our words."""
        if gate is None:
            text, refusal = "", MODEL_REFUSAL if self.refuses else None
        else:
            refusal = MODEL_REFUSAL if self.refuses and gate.closed is None else gate.refusal
            text = gate.delivered
        logprobs = [_as_told(entry) for entry in untouched(self.logprobs, gate)]
        content: list[JsonObject] = []
        if text or refusal is None:
            content.append(text_part(text, logprobs))
        if refusal is not None:
            content.append({"type": "refusal", "refusal": refusal})
        cut_short = gate is not None and gate.closed is not None
        return {**opened(self), "status": "completed" if cut_short else self.status, "content": content}


def message_of(item: Mapping[str, Any], number: int) -> Message:
    """A message as it begins, without its content."""
    phase = item.get("phase")
    return Message(_name(item.get("id")) or f"msg_{number}", phase if _name(phase) else None)


def opened(message: Message) -> JsonObject:
    phase = {"phase": message.phase} if message.phase else {}
    item = {"id": message.id, "type": "message", "role": "assistant", "status": "in_progress", "content": []}
    return {**item, **phase}


def text_part(text: str, logprobs: Sequence[JsonObject] = ()) -> JsonObject:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": list(logprobs)}


def speaks(behind: Gate) -> bool:
    """Whether the gate behind a response's messages has words of its own."""
    return behind.closed is not None or bool(behind.delivered)


def message_behind(gate: Gate) -> JsonObject:
    """The message of ours that leaves behind the model's: a notice, or what is said when a rule stops the rest."""
    return Message("msg_cxai").delivered(gate)


def tool_calls_of(items: Iterable[JsonObject]) -> tuple[ToolCall, ...]:
    """The calls as the rules read them. What a hosted tool is to do is told by the other fields of its item."""
    return tuple(map(_tool_call, items))


def _tool_call(item: JsonObject) -> ToolCall:
    call_id = item.get("call_id") or item.get("id")
    if item["type"] in ("function_call", "mcp_approval_request"):
        return tool_call(call_id, item.get("name"), item.get("arguments"))
    if item["type"] == "custom_tool_call":
        return tool_call(call_id, item.get("name"), item.get("input"), is_text=True)
    told = {key: value for key, value in item.items() if key not in ("id", "call_id", "type", "status")}
    return tool_call(call_id, item["type"], told)


def is_call(item: Any) -> bool:
    return isinstance(item, Mapping) and item.get("type") in CALLS


def is_message(item: Any) -> bool:
    return isinstance(item, Mapping) and item.get("type") == "message"


@dataclass(frozen=True, slots=True)
class ResponsesAnswer:
    """A whole response; its places are its messages and then its calls, each going on where the one before it ended."""

    head: JsonObject
    messages: Sequence[Message]
    calls: Sequence[JsonObject]

    @property
    def places(self) -> Sequence[Place]:
        texts = [Place(at, message.text, continues=True) for at, message in enumerate(self.messages)]
        return [*texts, calls_place(len(texts), self.calls)]

    @property
    def summary(self) -> Summary:
        texts = [message.text for message in self.messages]
        return summary_of(self.head, texts, calling=bool(self.calls))

    def delivered(self, gates: Mapping[int, Gate], usage: JsonObject) -> JsonObject:
        output: list[JsonObject] = []
        cut_short = False
        for index, message in enumerate(self.messages):
            gate = gates.get(index)
            if not cut_short:
                output.append(message.delivered(gate))
            cut_short = cut_short or (gate is not None and gate.closed is not None)
        behind = gates.get(len(self.messages))
        if not cut_short and behind is not None and speaks(behind):
            output.append(message_behind(behind))
            cut_short = behind.closed is not None
        return ending(self.head, output if cut_short else [*output, *self.calls], usage, cut_short=cut_short)


def calls_place(index: int, calls: Sequence[JsonObject]) -> Place:
    """The place behind a response's messages: that of its calls, and of what we say there."""
    return Place(index, "", tool_calls_of(calls), continues=True)


def ending(
    head: JsonObject, output: Sequence[JsonObject], usage: JsonObject, *, cut_short: bool
) -> JsonObject:
    """The response as it leaves at its end; one that we cut short is complete, whatever became of the model's."""
    ended = {"status": "completed", "incomplete_details": None, "error": None} if cut_short else {}
    counted = {"usage": _own_usage(head["usage"], usage)} if "usage" in head else {}
    return {**head, **ended, "output": list(output), **counted}


def response_of(content: bytes) -> ResponsesAnswer:
    """A whole response. Raises UpstreamInvalid where it is none, or has not ended."""
    body = _json(content, "The model provider's answer is not valid JSON.")
    output = body.get("output")
    if not isinstance(output, list) or len(output) > MOST_ITEMS:
        raise UpstreamInvalid("The model provider's answer is not a response: it has no usable `output`.")
    head = head_of(body)
    if head["status"] not in ENDS:
        raise UpstreamInvalid("The model provider's answer is a response that has not ended.")
    messages: list[Message] = []
    for item in filter(is_message, output):
        messages.append(message_of(item, len(messages)))
        messages[-1].read(item)
    return ResponsesAnswer(head, messages, [dict(item) for item in output if is_call(item)])


def empty_response(asked: Asked, response_id: str, created_at: int) -> bytes:
    """A whole response in which no model said anything: one message without text."""
    head = {"id": response_id, "object": "response", "created_at": created_at, "model": asked.model}
    asked_for = {key: asked.body.get(key) for key in ("temperature", "top_p")}
    usage = {
        **{"input_tokens": 0, "output_tokens": 0, "total_tokens": 0},
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens_details": {"reasoning_tokens": 0},
    }
    return msgspec.json.encode(
        {
            **head,
            **asked_for,
            "status": "completed",
            "parallel_tool_calls": asked.body.get("parallel_tool_calls", True),
            "output": [opened(Message(f"msg_{response_id}"))],
            "usage": usage,
        }
    )


def event_of(data: str) -> JsonObject:
    """An event of a stream; its ``type`` is a string. Raises UpstreamInvalid."""
    event = _json(data, "The model provider's stream holds an event that is not valid JSON.")
    if not isinstance(event.get("type"), str):
        raise UpstreamInvalid("The model provider's stream holds an event without a `type`.")
    return event


def head_of(body: Mapping[str, Any]) -> JsonObject:
    """A response without its output. What it repeats of the request is put back from there (``echoed``)."""
    head: JsonObject = {
        key: value
        for key, value in body.items()
        if (_name(value) if key in _NAMES_KEPT else key not in _OBJECTS and _is_plain(value))
    }
    reasoning, details, error, usage = (body.get(key) for key in _OBJECTS)
    if isinstance(reasoning, Mapping):
        head["reasoning"] = {key: _name(reasoning.get(key)) for key in ("effort", "summary")}
    if isinstance(details, Mapping):
        head["incomplete_details"] = {"reason": _name(details.get("reason"))}
    if isinstance(error, Mapping):
        message = str(error.get("message") or "The model provider reported an error.")
        head["error"] = {"code": _name(error.get("code")) or "server_error", "message": message}
    if isinstance(usage, Mapping):
        head["usage"] = _counts(usage)
    return {
        "error": None,
        "incomplete_details": None,
        **head,
        "object": "response",
        "status": head.get("status") or "completed",
    }


def echoed(head: JsonObject, asked: Asked, response_id: str) -> JsonObject:
    """A response without its output under our id; what repeats the request is taken from there."""
    body = asked.body
    own = {"id": response_id, "previous_response_id": asked.follows, "store": asked.turn is not None}
    asked_too = {key: body[key] for key in _ECHOED_WHERE_ASKED if key in body}
    return {**head, **own, **{key: body.get(key) or default for key, default in _ECHOED.items()}, **asked_too}


def summary_of(head: Mapping[str, Any], texts: Iterable[str], *, calling: bool) -> Summary:
    """In the words of chat completions."""
    details = head.get("incomplete_details") or {}
    if head.get("status") == "incomplete":
        reason = "length" if details.get("reason") == "max_output_tokens" else details.get("reason")
    elif head.get("status") == "failed":
        reason = "error"
    elif head.get("status") == "completed":
        reason = "tool_calls" if calling else "stop"
    else:
        reason = None
    return Summary(
        id=head.get("id"),
        model=head.get("model"),
        finish_reasons=[reason] if reason else [],
        usage=chat_usage(head.get("usage")),
        messages=[{"role": "assistant", "content": text} for text in texts],
    )


def chat_usage(usage: JsonObject | None) -> JsonObject:
    return {_USAGE.get(key, key): value for key, value in (usage or {}).items()}


def _own_usage(given: JsonObject, usage: JsonObject) -> JsonObject:
    return {**given, **{_OWN_USAGE.get(key, key): value for key, value in usage.items()}}


def _as_told(entry: JsonObject) -> JsonObject:
    return {**_token(entry), "top_logprobs": [_token(other) for other in entry.get("top_logprobs", ())]}


def _token(entry: JsonObject) -> JsonObject:
    """Its bytes and a number are always there in this dialect."""
    token = entry["token"]
    octets = entry.get("bytes") or list(token.encode(errors="replace"))
    return {"token": token, "bytes": octets, "logprob": entry["logprob"] or 0.0}


def _json(content: bytes | str, otherwise: str) -> JsonObject:
    try:
        body = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise UpstreamInvalid(otherwise) from None
    if not isinstance(body, dict):
        raise UpstreamInvalid(otherwise)
    return body


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, bool | int | float)


def _counts(usage: Mapping[str, Any]) -> JsonObject:
    """The numbers of a usage object, and of the objects in it."""
    return {
        key: _counts(value) if isinstance(value, Mapping) else value
        for key, value in usage.items()
        if isinstance(value, int | float | Mapping)
    }


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _name(value: Any) -> str | None:
    return value if isinstance(value, str) and _NAME.fullmatch(value) else None
