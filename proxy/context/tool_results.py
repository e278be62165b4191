"""Facts about the customer from the request's tool messages (OpenAI's ``tool`` role and the older ``function`` role).

Only what a tool returned is a fact. What the customer writes is never one, whatever it looks like.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from proxy.grounding.types import Fact

UNNAMED_TOOL = "tool"
GIVEN_RESULT = "tool_result"

_ERROR_TEXT = re.compile(
    r"\s*[\[(]?(?:(?:\w+\s?)?error\b|exception\b|traceback\b|failed\b|failure\b|cannot\b|unable to\b|unauthori[sz]ed\b|forbidden\b"
    r"|[45]\d\d\s(?:error|bad|not|internal|service|forbidden|un)|timed? ?out\b|not found\b|no \w+ found\b|\w+ not found\b)",
    re.IGNORECASE,
)
_FAILED_WORDS = frozenset("error failed failure fail rejected denied declined timeout unauthorized forbidden".split())
_STATUS_KEYS = ("status", "state", "outcome", "result")
_FLAG_KEYS = ("success", "succeeded", "ok", "successful")
_ERROR_KEYS = ("error", "errors", "error_message", "errorMessage", "exception")


def facts_from_messages(messages: Iterable[Mapping[str, Any]]) -> tuple[Fact, ...]:
    """The tool results among a request's messages, in order, each under its tool's name."""
    names: dict[str, str] = {}
    facts: list[Fact] = []
    for message in messages:
        role = message.get("role")
        if role == "assistant":
            names.update(_called_names(message))
        elif role in ("tool", "function"):
            text = content_text(message.get("content"))
            name = names.get(str(message.get("tool_call_id"))) or message.get("name") or UNNAMED_TOOL
            facts.append(Fact(str(name), text, succeeded(text)))
    return tuple(facts)


def facts_from_texts(texts: Sequence[str]) -> tuple[Fact, ...]:
    """Facts from bare tool results, as the check endpoint takes them."""
    return tuple(Fact(GIVEN_RESULT, text, succeeded(text)) for text in texts)


def _called_names(message: Mapping[str, Any]) -> dict[str, str]:
    calls = message.get("tool_calls")
    if not isinstance(calls, list):
        return {}
    return {
        str(call.get("id")): str(function["name"])
        for call in calls
        if isinstance(call, Mapping)
        and isinstance(function := call.get("function") or call.get("custom"), Mapping)
        and function.get("name")
    }


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
