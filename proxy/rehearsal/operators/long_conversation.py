"""A long conversation: before what was recorded twenty exchanges that say nothing."""

from __future__ import annotations

from random import Random

from proxy.context.conversation import said_in
from proxy.rehearsal.operators.operator import Operator, Scene, with_turns
from proxy.rehearsal.operators.small_talk import EXCHANGES
from proxy.rehearsal.suite.model import Conversation, JsonObject, Turn

MANY = 20


def _long_conversation(scene: Scene, random: Random) -> Scene:
    said = [message for _ in range(MANY) for message in _exchange(random)]

    def begun(turn: Turn) -> Turn:
        """Behind what the model is told at the beginning."""
        at = next((at for at, one in enumerate(turn.messages) if one.get("role") == "user"), 0)
        return turn.model_copy(update={"messages": (*turn.messages[:at], *said, *turn.messages[at:])})

    first, *others = scene.conversation.turns
    return with_turns(scene, [begun(first), *(one if one.continues else begun(one) for one in others)])


def _exchange(random: Random) -> tuple[JsonObject, JsonObject]:
    asked, answer = random.choice(EXCHANGES)
    return {"role": "user", "content": asked}, {"role": "assistant", "content": answer}


def _is_long(conversation: Conversation) -> bool:
    return max(len(said_in(messages)) for _, messages in conversation.requests()) >= MANY


LONG_CONVERSATION = Operator(
    _long_conversation, 0.05, "a customer in twenty writes for an hour", seen=_is_long
)
