"""Facts about the customer from the request's tool messages (OpenAI's ``tool`` role and the older ``function`` role).

Only what a tool returned is a fact. What the customer writes is never one, whatever it looks like.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from proxy.grounding.claims.phrases import phrases, words_in
from proxy.grounding.types import Fact

UNNAMED_TOOL = "tool"
GIVEN_RESULT = "tool_result"
LONGEST_ARGUMENT = 60  # characters
MOST_NESTING = 8

_ERROR_TEXT = phrases(
    r"""
    \s*[\[(]?(?:\w+\s?)?(?:error|exception|traceback)\b
    \s*[\[(]?(?:failed|failure|cannot|unable to|unauthori[sz]ed|forbidden|timed? ?out)\b
    \s*[\[(]?[45]\d\d\s(?:error|bad|not|internal|service|forbidden|un)
    \s*[\[(]?(?:\w+ )?not found\b
    \s*[\[(]?no \w+ found\b
    """
)
_FAILED_WORDS = words_in("error failed failure fail rejected denied declined timeout unauthorized forbidden")
_STATUS_KEYS = ("status", "state", "outcome", "result")
_FLAG_KEYS = ("success", "succeeded", "ok", "successful")
_ERROR_KEYS = ("error", "errors", "error_message", "errorMessage", "exception")


def facts_from_messages(messages: Iterable[Mapping[str, Any]]) -> tuple[Fact, ...]:
    """The tool results among a request's messages, in order, each under its tool's name.

    The short arguments of a call that succeeded follow as a fact of their own: what a search was for, or what was
    booked, often stands only there. The call itself comes from the model, so a failed or empty one proves nothing.
    """
    calls: dict[str, tuple[str, str]] = {}
    facts: list[Fact] = []
    for message in messages:
        role = message.get("role")
        if role == "assistant":
            calls.update(_calls(message))
        elif role in ("tool", "function"):
            text = content_text(message.get("content"))
            name, arguments = calls.get(str(message.get("tool_call_id")), ("", ""))
            fact = Fact(str(name or message.get("name") or UNNAMED_TOOL), text, succeeded(text))
            facts.append(fact)
            if arguments and fact.succeeded and text.strip():
                facts.append(Fact(fact.source, arguments))
    return tuple(facts)


def facts_from_texts(texts: Sequence[str]) -> tuple[Fact, ...]:
    """Facts from bare tool results, as the check endpoint takes them."""
    return tuple(Fact(GIVEN_RESULT, text, succeeded(text)) for text in texts)


def _calls(message: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Name and short arguments of an assistant message's tool calls, by call id."""
    calls = message.get("tool_calls")
    if not isinstance(calls, list):
        return {}
    return {
        str(call.get("id")): (str(function["name"]), _short_arguments(function.get("arguments")))
        for call in calls
        if isinstance(call, Mapping)
        and isinstance(function := call.get("function") or call.get("custom"), Mapping)
        and function.get("name")
    }


def _short_arguments(arguments: Any) -> str:
    """The arguments that identify something, as ``{"arguments": {...}}``; long texts are the model's own words."""
    try:
        value = json.loads(arguments) if isinstance(arguments, str) else arguments
    except (ValueError, RecursionError):
        return ""
    short = _shortened(value)
    return json.dumps({"arguments": short}, ensure_ascii=False) if isinstance(short, dict) and short else ""


def _shortened(value: Any, depth: int = 0) -> Any:
    if isinstance(value, dict) and depth < MOST_NESTING:
        inner = {key: _shortened(item, depth + 1) for key, item in value.items()}
        return {key: item for key, item in inner.items() if item is not None}
    if isinstance(value, list) and depth < MOST_NESTING:
        return [item for item in (_shortened(item, depth + 1) for item in value) if item is not None]
    if isinstance(value, str):
        return value if len(value) <= LONGEST_ARGUMENT else None
    return value if isinstance(value, int | float) else None


def content_text(content: Any) -> str:
    """A message's content as one text: a string, or the text parts of an array joined by line breaks."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        parts = (part.get("text") if isinstance(part, Mapping) else part for part in content)
        return "\n".join(part for part in parts if isinstance(part, str))
    return "" if content is None else json.dumps(content, ensure_ascii=False, default=str)


def succeeded(text: str) -> bool:
    """False where a tool's result says that it failed: an error text, or JSON with an error, ``success: false`` or a
    failed status at its top."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return not _ERROR_TEXT.match(text)
    if isinstance(value, str):
        return not _ERROR_TEXT.match(value)
    return not (isinstance(value, dict) and _says_failed(value))


def _says_failed(result: Mapping[str, Any]) -> bool:
    if any(result.get(key) is False for key in _FLAG_KEYS) or any(result.get(key) for key in _ERROR_KEYS):
        return True
    if any(str(result.get(key, "")).strip().lower() in _FAILED_WORDS for key in _STATUS_KEYS):
        return True
    code = result.get("status_code", result.get("statusCode", result.get("status")))
    return isinstance(code, int) and not isinstance(code, bool) and 400 <= code <= 599
