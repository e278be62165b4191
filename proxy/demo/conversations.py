"""The recorded conversations of both scenes, and how each of them must end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml

CONVERSATIONS = Path(__file__).with_name("conversations.yaml")
STORY = Path(__file__).with_name("story.yaml")
MODEL_PREFIX = "demo-recorded-answers"

JsonObject = dict[str, Any]
State = Literal["calm", "complaint", "stale", "down"]


@dataclass(frozen=True, slots=True)
class Expected:
    """``document`` is the id of the document that decided; None where that does not matter.

    ``rule`` is the rule that acted, if any; ``unasked``: no model was asked.
    """

    decision: str
    must_contain: tuple[str, ...] = ()
    must_not_contain: tuple[str, ...] = ()
    document: str | None = None
    rule: str | None = None
    unasked: bool = False


@dataclass(frozen=True, slots=True)
class Conversation:
    """``messages`` are OpenAI's; ``headers`` the ``x-cxai-*`` headers that the chatbot sends along.

    ``before`` says what is so or happens before it: how the ``crm`` stands, and the text of a ``rule`` that is saved.
    """

    id: str
    company: str
    about: str
    messages: tuple[JsonObject, ...]
    model_said: str
    expected: Expected
    headers: dict[str, str] = field(default_factory=dict)
    stream: bool = False
    before: str = ""
    crm: State = "calm"
    rule: str = ""

    @property
    def model(self) -> str:
        return f"{MODEL_PREFIX}-{self.company}"

    @property
    def asked(self) -> tuple[str, ...]:
        """What the customer wrote, turn by turn."""
        return customer_turns(self.messages)


def read_conversations(path: Path = CONVERSATIONS) -> tuple[Conversation, ...]:
    """Raises ValueError that names the conversation whose fields are not those of ``Conversation``."""
    return tuple(_conversation(entry, path) for entry in yaml.safe_load(path.read_text(encoding="utf-8")))


def customer_turns(messages: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The texts of the user messages; of a content made of parts, its text parts."""
    return tuple(_text(message.get("content")) for message in messages if message.get("role") == "user")


def _text(content: Any) -> str:
    if isinstance(content, list):
        return "\n".join(
            part["text"] for part in content if isinstance(part, dict) and part.get("type") == "text"
        )
    return content or ""


def _conversation(entry: JsonObject, path: Path) -> Conversation:
    try:
        expected = dict(entry["expected"])
        for key in ("must_contain", "must_not_contain"):
            expected[key] = tuple(expected.get(key, ()))
        return Conversation(
            **{**entry, "messages": tuple(entry["messages"]), "expected": Expected(**expected)},
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f'{path.name}: conversation "{entry.get("id", "?")}": {error}') from None
