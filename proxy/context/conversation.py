"""What the customer wrote in a conversation: it proves what the customer said, never policy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

# A question is held against every sentence of the answer; a book pasted into it must not stop the judges.
LONGEST_READ = 8_000  # characters


def said_in(messages: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """The customer's messages as texts, each as far as the guard reads it."""
    return tuple(text_of(message)[:LONGEST_READ] for message in messages if message.get("role") == "user")


def text_of(message: Mapping[str, Any]) -> str:
    """The text of a message: its content, or the text parts of it, joined by line breaks."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    parts = (part.get("text") for part in content if isinstance(part, Mapping) and part.get("type") == "text")
    return "\n".join(part for part in parts if isinstance(part, str))
