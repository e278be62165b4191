"""What an operator is: it changes what comes in (messages, context, the provider's behaviour), and never the truth."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from random import Random
from typing import Any

from proxy.rehearsal.operators.seeing import Seen
from proxy.rehearsal.suite.model import Conversation, JsonObject, KnownFact, Turn


class Needs(StrEnum):
    """What an operator can only do in a rehearsal that was asked for with this."""

    RECORDED = "--upstream recorded"
    THEN = "--context then"
    SPEED = "--speed"


@dataclass(frozen=True, slots=True)
class Trouble:
    """What the provider does: it waits so long, and then gives an error of this HTTP status, or its answer.

    ``whole`` is how much of the answer comes before the connection is cut, from 0 to 1, which is all of it.
    """

    status: int | None = None
    waits_s: float = 0.0
    whole: float = 1.0


@dataclass(frozen=True, slots=True)
class Scene:
    """A conversation as it is played, and the provider's troubles by the number of the turn.

    ``starts_s`` is when its customer comes, in seconds after the suite's first one; 0 where the suite is played as
    fast as it goes. The proxy judges a turn by documents that are ``documents_behind_s`` older, by the number of the
    turn. ``utc_offset_h`` is that of the customer's clock. Where ``nobody_reviews``, cases stay open until the end.
    """

    conversation: Conversation
    troubles: Mapping[int, Trouble] = field(default_factory=dict)
    starts_s: float = 0.0
    documents_behind_s: Mapping[int, float] = field(default_factory=dict)
    utc_offset_h: float = 0.0
    nobody_reviews: bool = False


@dataclass(frozen=True, slots=True)
class Operator:
    """``apply`` changes one scene. ``share`` is the share of conversations that it hits, ``because`` why that many.

    No traffic was at hand from which shares could be taken, so that each is an assumption. Where ``seen`` tells whether
    a recorded conversation shows it, the share can be fitted. Scenes of which ``group`` says the same are hit together
    or not at all. One that does not keep labels takes them away where they would hold no longer (truth.py).
    """

    apply: Callable[[Scene, Random], Scene]
    share: float
    because: str
    needs: Needs | None = None
    group: Callable[[Scene], str] = lambda scene: scene.conversation.id
    keeps_labels: bool = True
    seen: Seen | None = None


def with_messages(scene: Scene, change: Callable[[str], str], *, turns_from: int = 0) -> Scene:
    """The scene with what its customer writes changed; the same text comes out the same, wherever it is repeated."""
    changed = cache(change)
    turns = [
        turn
        if number < turns_from
        else turn.model_copy(update={"messages": tuple(_message(one, changed) for one in turn.messages)})
        for number, turn in enumerate(scene.conversation.turns)
    ]
    return with_turns(scene, turns)


def with_turns(scene: Scene, turns: Sequence[Turn]) -> Scene:
    return replace(scene, conversation=scene.conversation.model_copy(update={"turns": tuple(turns)}))


def with_troubles(scene: Scene, random: Random, trouble: Callable[[], Trouble], in_turns: float) -> Scene:
    """The scene with a trouble in this share of its turns, and at least in one."""
    turns = len(scene.conversation.turns)
    hit = random.sample(range(turns), max(1, round(in_turns * turns)))
    return replace(scene, troubles={**scene.troubles, **{number: trouble() for number in hit}})


def with_facts(scene: Scene, change: Callable[[KnownFact], KnownFact]) -> Scene:
    """The scene with every recorded fact of its context changed."""
    turns = [
        turn.model_copy(update={"facts": {name: change(fact) for name, fact in turn.facts.items()}})
        for turn in scene.conversation.turns
    ]
    return with_turns(scene, turns)


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
