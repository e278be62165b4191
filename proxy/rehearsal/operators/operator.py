"""What an operator is: it changes what comes in (messages, context, the provider's behaviour), and never the truth."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any

from proxy.rehearsal.suite.model import Conversation, JsonObject, KnownFact


@dataclass(frozen=True, slots=True)
class Trouble:
    """What the provider does in the place of an answer: an error of this HTTP status."""

    status: int


@dataclass(frozen=True, slots=True)
class Scene:
    """A conversation as it is played, and the provider's troubles by the number of the turn."""

    conversation: Conversation
    troubles: Mapping[int, Trouble] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Operator:
    """``apply`` changes one scene. ``share`` is the share of conversations that it hits, ``because`` why that many.

    No traffic was at hand from which shares could be taken, so that each is an assumption.
    """

    apply: Callable[[Scene, Random], Scene]
    share: float
    because: str


def with_messages(scene: Scene, change: Callable[[str], str], *, turns_from: int = 0) -> Scene:
    """The scene with what its customer writes changed; the same text comes out the same, wherever it is repeated."""
    changed = cache(change)
    turns = [
        turn
        if number < turns_from
        else turn.model_copy(update={"messages": tuple(_message(one, changed) for one in turn.messages)})
        for number, turn in enumerate(scene.conversation.turns)
    ]
    return Scene(scene.conversation.model_copy(update={"turns": tuple(turns)}), scene.troubles)


def with_facts(scene: Scene, change: Callable[[KnownFact], KnownFact]) -> Scene:
    """The scene with every recorded fact of its context changed."""
    turns = [
        turn.model_copy(update={"facts": {name: change(fact) for name, fact in turn.facts.items()}})
        for turn in scene.conversation.turns
    ]
    return Scene(scene.conversation.model_copy(update={"turns": tuple(turns)}), scene.troubles)


def one_of(random: Random, sentences: str) -> str:
    """One of these lines."""
    return random.choice([line.strip() for line in sentences.strip().splitlines()])


def _message(message: JsonObject, change: Callable[[str], str]) -> JsonObject:
    if message.get("role") != "user":
        return message
    return {**message, "content": _content(message.get("content"), change)}


def _content(content: Any, change: Callable[[str], str]) -> Any:
    if isinstance(content, str):
        return change(content)
    if not isinstance(content, list):
        return content
    return [
        {**part, "text": change(part["text"])}
        if isinstance(part, dict) and isinstance(part.get("text"), str)
        else part
        for part in content
    ]
